-- Grain: one row per message, counted once: a response of the API with all its lines merged, or
-- one line of a user. Key: message_id.
-- Tokens and cost are those of the response (null for everything else), so their sums equal those
-- of fct_api_calls. `turn_number` counts the prompts of the session so far; `task_category` is the
-- kind of work the latest prompt asks for, carried to the messages that answer it.
--
-- Incremental per family of sessions: see stg_messages.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    uncompressed=['message_id', 'parent_uuid'],
    tags=['intermediate']
) }}

with lines as (
    select *
    from {{ ref('stg_messages') }}
    where
        not is_superseded
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
),

-- Aggregates, not windows: a window would sort whole lines with their texts.
messages as (
    select
        message_id,
        any_value(owner_session_id) as session_id,
        arg_min(_id, row(is_copy, coalesce(timestamp, 'infinity'), source_file, source_offset, _id)) as first_line_id,
        min(timestamp) as timestamp,
        max(timestamp) filter (not is_copy) as last_line_at,
        count(*) filter (not is_copy) as line_count,
        any_value(content_text) filter (not is_copy) as some_text,
        count(content_text) filter (not is_copy) as text_count,
        cast(sum(content_length) filter (not is_copy) as bigint) as content_length,
        cast(sum(thinking_length) filter (not is_copy) as bigint) as thinking_length,
        cast(sum(tool_use_count) filter (not is_copy) as bigint) as tool_use_count,
        cast(sum(tool_result_count) filter (not is_copy) as bigint) as tool_result_count,
        arg_max(stop_reason, row(timestamp, source_offset, _id)) as stop_reason
    from lines
    group by message_id
),

-- Few messages have their text in several lines.
texts as (
    select
        line.message_id,
        string_agg(
            line.content_text, e'\n'
            order by line.timestamp nulls last, line.source_file, line.source_offset, line._id
        ) as content
    from lines as line
    semi join (select message_id from messages where text_count > 1) as several
        on line.message_id = several.message_id
    where not line.is_copy
    group by line.message_id
),

whole as (
    select
        message.* exclude (some_text, text_count),
        coalesce(texts.content, message.some_text) as content
    from messages as message
    left join texts
        on message.message_id = texts.message_id
),

enriched as (
    select
        message.*,
        line.role,
        line.parent_uuid,
        line.is_sidechain,
        line.is_meta,
        line.is_compact_summary,
        line.is_api_error,
        line.agent_id,
        line.model,
        line.cwd,
        line.git_branch,
        line.version,
        line.permission_mode,
        line.source_file,
        line.source_offset,
        line._load_id,
        if(line.role = 'system', {{ is_interruption('message.content') }}, false) as is_interruption,
        if(line.role = 'human', {{ typed_text('message.content') }}, null) as prompt_text
    from whole as message
    inner join {{ ref('stg_messages') }} as line
        on message.first_line_id = line._id
        {% if is_incremental() %}
        and line._load_id > {{ mark(this) }}
        {% endif %}
),

usage as (
    select
        response_id as message_id,
        cast(sum(total_tokens) filter (not is_advisor) as bigint) as token_count,
        cast(sum(input_tokens) filter (not is_advisor) as bigint) as input_tokens,
        cast(sum(output_tokens) filter (not is_advisor) as bigint) as output_tokens,
        cast(sum(cache_creation_tokens) filter (not is_advisor) as bigint) as cache_creation_tokens,
        cast(sum(cache_read_tokens) filter (not is_advisor) as bigint) as cache_read_tokens,
        cast(sum(total_tokens) filter (is_advisor) as bigint) as advisor_tokens,
        cast(sum(cost_usd) as decimal(18, 10)) as cost_usd
    from {{ ref('int_api_calls') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by response_id
),

ordered as (
    select
        *,
        if(role = 'human', {{ task_category('prompt_text') }}, null) as prompt_category
    from enriched
),

-- Over few columns; the wide ones join by key.
numbered as (
    select
        message_id,
        row_number() over in_order as message_number,
        count(*) filter (role = 'human') over in_order as turn_number,
        lag(timestamp) over in_order as previous_timestamp,
        lag(role) over in_order as previous_role,
        last_value(prompt_category ignore nulls) over in_order as task_category
    from ordered
    window in_order as (
        partition by session_id
        order by timestamp nulls first, source_file, source_offset, message_id
        rows between unbounded preceding and current row
    )
)

select
    message.message_id,
    message.session_id,
    message.parent_uuid,
    message.role,
    message.is_sidechain,
    message.is_meta,
    message.is_compact_summary,
    message.is_api_error,
    message.is_interruption,
    message.agent_id,
    message.model,
    message.stop_reason,
    message.timestamp,
    message.last_line_at,
    {{ to_local('message.timestamp') }} as timestamp_local,
    {{ date_key('message.timestamp') }} as date_key,
    {{ local_date_key('message.timestamp') }} as local_date_key,
    cast(hour(message.timestamp) as integer) as hour_of_day,
    cast(hour({{ to_local('message.timestamp') }}) as integer) as local_hour_of_day,
    cast(isodow(message.timestamp) as integer) as day_of_week,
    cast(isodow({{ to_local('message.timestamp') }}) as integer) as local_day_of_week,
    numbered.message_number,
    numbered.turn_number,
    cast(date_diff('millisecond', numbered.previous_timestamp, message.timestamp) * 0.001 as decimal(18, 3)) as seconds_since_previous,
    numbered.previous_role,
    coalesce(numbered.task_category, 'other') as task_category,
    message.cwd,
    message.git_branch,
    message.version,
    message.permission_mode,
    message.content,
    message.prompt_text,
    message.content_length,
    message.thinking_length,
    message.line_count,
    message.tool_use_count,
    message.tool_result_count,
    usage.token_count,
    usage.input_tokens,
    usage.output_tokens,
    usage.cache_creation_tokens,
    usage.cache_read_tokens,
    usage.advisor_tokens,
    usage.cost_usd,
    message._load_id
from ordered as message
inner join numbered
    on message.message_id = numbered.message_id
left join usage
    on message.message_id = usage.message_id
