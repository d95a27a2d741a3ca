-- Grain: one row per tool call, joined with its result, counted once however many sessions repeat
-- it. Key: tool_call_id (the tool_use id, else made from the entry and the block's place).
-- The result is found by the id, before or after the call, in the same session or not.
-- Outcomes: succeeded; failed (`is_error` is set; absent means success); rejected (the user or a
-- permission rule refused it) and interrupted (the user stopped it), which are nobody's failure;
-- pending (no result). `is_success` is null unless the call succeeded or failed.
-- `elapsed_ms` runs from the call's line to the result's and so holds waits for permission;
-- `own_duration_ms` is what the tool reports. `duration_ms` is the latter, else the former; null
-- for a rejected call, which never ran. `has_permission_wait` tells where somebody was waited for,
-- as far as that can be told.
-- A result whose call is missing makes no call.
--
-- Incremental per family of sessions: all lines with the id of a call are in one family. A call
-- stands in the session that owns its message.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['staging']
) }}

with lines as (
    select
        _id,
        session_id,
        owner_session_id,
        message_id,
        type = 'progress' as is_progress,
        is_sidechain,
        agent_id,
        timestamp,
        session_last_entry_at,
        entry_number,
        model,
        version,
        _load_id
    from {{ ref('stg_messages') }}
    where
        tool_use_count + tool_result_count > 0
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
),

blocks as (
    select
        lines.*,
        block.* exclude (_id, session_id, _load_id)
    from lines
    inner join {{ ref('stg_content_blocks') }} as block
        on lines._id = block._id
    where
        block.type in ('tool_use', 'tool_result')
        {% if is_incremental() %}
        and block.session_id in ({{ changed_session_list(this, ref('stg_sessions')) }})
        {% endif %}
),

-- Blocks without an id (documents of the flat shape): a result belongs to the latest call before
-- it in its session.
unnamed as (
    select
        _id,
        ordinal,
        last_value(if(type = 'tool_use', md5(_id || '-' || ordinal), null) ignore nulls) over (
            partition by session_id
            order by entry_number, ordinal
        ) as tool_call_id
    from blocks
    where tool_use_id is null
),

identified as (
    select
        blocks.*,
        coalesce(blocks.tool_use_id, unnamed.tool_call_id) as tool_call_id
    from blocks
    left join unnamed
        on blocks._id = unnamed._id
        and blocks.ordinal = unnamed.ordinal
),

-- Few calls and results are told twice; only those are put in order.
told_twice as (
    select
        tool_call_id,
        type
    from identified
    group by all
    having count(*) > 1
),

told_once as (
    select identified.*
    from identified
    anti join told_twice
        on identified.tool_call_id = told_twice.tool_call_id
        and identified.type = told_twice.type
    union all
    select identified.*
    from identified
    semi join told_twice
        on identified.tool_call_id = told_twice.tool_call_id
        and identified.type = told_twice.type
    qualify row_number() over (
        partition by identified.tool_call_id, identified.type
        order by {{ copy_order('identified') }}, identified.ordinal
    ) = 1
),

calls as (
    select
        _id as entry_id,
        owner_session_id as session_id,
        message_id,
        is_sidechain,
        agent_id,
        timestamp,
        model,
        version,
        tool_call_id,
        ordinal,
        tool_name,
        file_path,
        command,
        agent_or_skill,
        target,
        target_hash,
        tool_input,
        input_length,
        _load_id
    from told_once
    where type = 'tool_use'
),

results as (
    select
        _id as entry_id,
        timestamp,
        tool_call_id,
        is_error,
        error_text,
        result_length,
        result_type,
        result_file_path,
        lines_added,
        lines_removed,
        own_duration_ms,
        denial_kind
    from told_once
    where type = 'tool_result'
),

joined as (
    select
        call.*,
        result.entry_id as result_entry_id,
        result.timestamp as result_at,
        result.is_error,
        result.error_text,
        result.result_length,
        result.result_type,
        result.result_file_path,
        result.lines_added,
        result.lines_removed,
        result.own_duration_ms,
        result.denial_kind
    from calls as call
    left join results as result
        on call.tool_call_id = result.tool_call_id
),

judged as (
    select
        *,
        case
            when result_entry_id is null then 'pending'
            when not is_error then 'succeeded'
            when denial_kind is not null or {{ is_rejection('error_text') }} then 'rejected'
            when {{ is_interruption('error_text') }} then 'interrupted'
            else 'failed'
        end as outcome,
        case when result_at >= timestamp then date_diff('millisecond', timestamp, result_at) end as elapsed_ms
    from joined
)

select
    tool_call_id,
    session_id,
    message_id,
    entry_id,
    result_entry_id,
    ordinal,
    tool_name,
    is_sidechain,
    agent_id,
    timestamp,
    result_at,
    model,
    version,
    outcome,
    case outcome
        when 'succeeded' then true
        when 'failed' then false
    end as is_success,
    outcome = 'rejected' as is_rejected,
    outcome = 'interrupted' as is_interrupted,
    if(outcome in ('failed', 'rejected', 'interrupted'), {{ error_class('judged') }}, null) as error_class,
    try_cast(nullif(regexp_extract(error_text, '^(?:Error: )?Exit code (\d+)', 1), '') as integer) as exit_code,
    error_text,
    denial_kind,
    if(outcome = 'rejected', null, coalesce(own_duration_ms, elapsed_ms)) as duration_ms,
    own_duration_ms,
    elapsed_ms,
    {{ has_permission_wait('judged') }} as has_permission_wait,
    coalesce(file_path, result_file_path) as file_path,
    command,
    agent_or_skill,
    target,
    target_hash,
    tool_input,
    coalesce(input_length, 0) as input_length,
    result_length,
    result_type,
    lines_added,
    lines_removed,
    _load_id
from judged
