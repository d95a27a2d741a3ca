-- Grain: one row per tool call, joined with its result, counted once however many sessions repeat
-- it. Key: tool_call_id (the tool_use id, else made from the entry and the block's place).
-- The result is found by the id, before or after the call, in the same session or not.
-- Outcomes: succeeded; failed (`is_error` is set; absent means success); rejected (the user or a
-- permission rule refused it) and interrupted (the user stopped it), which are nobody's failure;
-- pending (no result). `is_success` is null unless the call succeeded or failed.
-- `duration_ms` runs from the call's line to the result's and so holds waits for permission;
-- `own_duration_ms` is what the tool reports.
--
-- Incremental per session of the message that made the call: ids are keys of `stg_session_keys`,
-- so a session is rebuilt when a line with one of its ids appears or vanishes anywhere.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['staging']
) }}

with
{% if is_incremental() %}
changed as (
    {{ changed_sessions(this, ref('stg_sessions')) }}
),

related as (
    {{ related_sessions('changed', ref('stg_session_keys')) }}
),

{% endif %}
lines as (
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
        tool_use_count,
        tool_result_count,
        _load_id
    from {{ ref('stg_messages') }}
    where
        tool_use_count + tool_result_count > 0
        {% if is_incremental() %}
        and session_id in (select session_id from related)
        {% endif %}
),

blocks as (
    select
        _id,
        unnest(content_blocks) as block
    from {{ ref('stg_conversations') }}
    where
        is_message
        {% if is_incremental() %}
        and session_id in (select session_id from related)
        {% endif %}
),

uses as (
    select
        lines.*,
        coalesce(nullif(block.tool_use_id, ''), md5(lines._id || '-' || block.ordinal)) as tool_call_id,
        block.ordinal,
        coalesce(nullif(block.tool_name, ''), 'unknown') as tool_name,
        block.tool_input
    from lines
    inner join blocks
        on lines._id = blocks._id
    where
        lines.tool_use_count > 0
        and blocks.block.type = 'tool_use'
),

calls as (
    select
        uses.* exclude (session_id, _load_id),
        uses.owner_session_id as session_id,
        owner._load_id,
        json_valid(uses.tool_input) as is_json
    from uses
    inner join {{ ref('stg_sessions') }} as owner
        on uses.owner_session_id = owner.session_id
    {% if is_incremental() %}
    where uses.owner_session_id in (select session_id from changed)
    {% endif %}
    qualify row_number() over (
        partition by uses.tool_call_id
        order by
            is_progress,
            is_sidechain,
            timestamp nulls last,
            session_last_entry_at nulls last,
            uses.session_id,
            _id,
            ordinal
    ) = 1
),

results as (
    select
        lines._id,
        block.tool_use_id as tool_call_id,
        lines.timestamp,
        coalesce(block.is_error, false) as is_error,
        block.result_text,
        block.ordinal = min(block.ordinal) over (partition by lines._id) as is_first_of_entry
    from lines
    inner join blocks
        on lines._id = blocks._id
    where
        lines.tool_result_count > 0
        and blocks.block.type = 'tool_result'
    qualify row_number() over (
        partition by tool_call_id
        order by
            is_progress,
            is_sidechain,
            timestamp nulls last,
            session_last_entry_at nulls last,
            session_id,
            lines._id,
            block.ordinal
    ) = 1
),

joined as (
    select
        calls.*,
        result._id as result_entry_id,
        result.timestamp as result_at,
        result.is_error,
        length(result.result_text) as result_length,
        if(result.is_error, left(result.result_text, 1000), null) as error_text,
        if(result.is_first_of_entry, entry.tool_result_type, null) as result_type,
        if(result.is_first_of_entry, entry.tool_file_path, null) as result_file_path,
        if(result.is_first_of_entry, entry.lines_added, null) as lines_added,
        if(result.is_first_of_entry, entry.lines_removed, null) as lines_removed,
        if(result.is_first_of_entry, entry.tool_duration_ms, null) as own_duration_ms,
        if(result.is_error, entry.tool_denial_kind, null) as denial_kind,
        -- one parse of the input for everything asked of it
        if(calls.is_json, json_extract_string(calls.tool_input, [
            '$.file_path', '$.notebook_path', '$.path', '$.command', '$.pattern', '$.url',
            '$.query', '$.skill', '$.subagent_type', '$.description'
        ]), null) as inputs
    from calls
    left join results as result
        on calls.tool_call_id = result.tool_call_id
    left join {{ ref('stg_conversations') }} as entry
        on result._id = entry._id
        {% if is_incremental() %}
        and entry.session_id in (select session_id from related)
        {% endif %}
),

judged as (
    select
        *,
        case
            when result_entry_id is null then 'pending'
            when not is_error then 'succeeded'
            when denial_kind is not null
                or starts_with(error_text, 'The user doesn''t want to') then 'rejected'
            when {{ is_interruption('error_text') }} then 'interrupted'
            else 'failed'
        end as outcome
    from joined
)

select
    tool_call_id,
    session_id,
    message_id,
    _id as entry_id,
    result_entry_id,
    ordinal,
    tool_name,
    is_sidechain,
    agent_id,
    timestamp,
    result_at,
    outcome,
    case outcome
        when 'succeeded' then true
        when 'failed' then false
    end as is_success,
    outcome = 'rejected' as is_rejected,
    outcome = 'interrupted' as is_interrupted,
    case
        when outcome in ('rejected', 'interrupted') then outcome
        when outcome <> 'failed' then null
        when regexp_matches(error_text, '^(Error: )?Exit code \d+') then 'exit_code'
        when contains(error_text, '<tool_use_error>') then 'tool_use_error'
        when regexp_matches(error_text, '(?i)timed? ?out') then 'timeout'
        when regexp_matches(error_text, '(?i)permission|not allowed|denied') then 'permission'
        when regexp_matches(error_text, '(?i)not found|no such file|does not exist') then 'not_found'
        else 'other'
    end as error_class,
    try_cast(nullif(regexp_extract(error_text, '^(?:Error: )?Exit code (\d+)', 1), '') as integer) as exit_code,
    error_text,
    denial_kind,
    case
        when result_at >= timestamp then date_diff('millisecond', timestamp, result_at)
    end as duration_ms,
    own_duration_ms,
    coalesce(inputs[1], inputs[2], result_file_path) as file_path,
    inputs[4] as command,
    case
        when tool_name in ('Task', 'Agent') then inputs[9]
        when tool_name = 'Skill' then inputs[8]
    end as agent_or_skill,
    left(coalesce(
        inputs[1], inputs[2], inputs[4], inputs[6],
        inputs[5] || coalesce(' in ' || inputs[3], ''),
        inputs[7], inputs[8], inputs[10], inputs[3]
    ), 300) as target,
    md5(coalesce(
        inputs[1], inputs[2], inputs[4], inputs[6],
        inputs[5] || coalesce(' in ' || inputs[3], ''),
        inputs[7], inputs[8], inputs[10], inputs[3], tool_input, ''
    )) as target_hash,
    tool_input,
    coalesce(length(tool_input), 0) as input_length,
    result_length,
    result_type,
    lines_added,
    lines_removed,
    _load_id
from judged
