-- Grain: one row per session and hour with activity. Key: session_id, date_key, local_date_key,
-- hour_start, local_hour_start (hours are null for rows without a time).
-- Everything that adds up over sessions and hours, so that days and hours are summed from few rows.
--
-- Incremental per session.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['intermediate']
) }}

with messages as (
    select
        session_id,
        date_key,
        local_date_key,
        date_trunc('hour', timestamp) as hour_start,
        date_trunc('hour', timestamp_local) as local_hour_start,
        min(timestamp) as first_activity,
        max(timestamp) as last_activity,
        min(timestamp_local) as first_activity_local,
        max(timestamp_local) as last_activity_local,
        count(*) as messages,
        count(*) filter (role = 'human') as human_messages,
        count(*) filter (role = 'assistant') as assistant_messages,
        count(*) filter (role = 'tool') as tool_messages,
        count(*) filter (is_interruption) as interruptions,
        coalesce(sum(seconds_since_previous) filter (
            seconds_since_previous * 1000 <= {{ idle_milliseconds() }}
        ), 0) as active_seconds,
        count(token_count) as api_calls,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens,
        sum(cache_creation_tokens) as cache_creation_tokens,
        sum(cache_read_tokens) as cache_read_tokens,
        sum(token_count) as total_tokens,
        sum(advisor_tokens) as advisor_tokens,
        sum(cost_usd) as cost_usd,
        any_value(_load_id) as _load_id
    from {{ ref('int_messages_enriched') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by all
),

tool_calls as (
    select
        session_id,
        date_key,
        local_date_key,
        date_trunc('hour', timestamp) as hour_start,
        date_trunc('hour', timestamp_local) as local_hour_start,
        count(*) as tool_calls,
        count(*) filter (is_success) as successful_tool_calls,
        count(*) filter (not is_success) as failed_tool_calls,
        count(*) filter (is_rejected) as rejected_tool_calls,
        count(*) filter (is_retry) as retried_tool_calls,
        count(*) filter (is_git_commit) as git_commits,
        count(*) filter (is_pull_request) as pull_requests,
        count(*) filter (operation_type <> 'read') as edits,
        coalesce(sum(lines_added), 0) as lines_added,
        coalesce(sum(lines_removed), 0) as lines_removed,
        any_value(_load_id) as _load_id
    from {{ ref('int_tool_usage') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by all
)

select
    coalesce(message.session_id, call.session_id) as session_id,
    coalesce(message.date_key, call.date_key) as date_key,
    coalesce(message.local_date_key, call.local_date_key) as local_date_key,
    coalesce(message.hour_start, call.hour_start) as hour_start,
    coalesce(message.local_hour_start, call.local_hour_start) as local_hour_start,
    message.first_activity,
    message.last_activity,
    message.first_activity_local,
    message.last_activity_local,
    coalesce(message.messages, 0) as messages,
    coalesce(message.human_messages, 0) as human_messages,
    coalesce(message.assistant_messages, 0) as assistant_messages,
    coalesce(message.tool_messages, 0) as tool_messages,
    coalesce(message.interruptions, 0) as interruptions,
    cast(coalesce(message.active_seconds, 0) as decimal(18, 3)) as active_seconds,
    coalesce(call.tool_calls, 0) as tool_calls,
    coalesce(call.successful_tool_calls, 0) as successful_tool_calls,
    coalesce(call.failed_tool_calls, 0) as failed_tool_calls,
    coalesce(call.rejected_tool_calls, 0) as rejected_tool_calls,
    coalesce(call.retried_tool_calls, 0) as retried_tool_calls,
    coalesce(call.git_commits, 0) as git_commits,
    coalesce(call.pull_requests, 0) as pull_requests,
    coalesce(call.edits, 0) as edits,
    cast(coalesce(call.lines_added, 0) as bigint) as lines_added,
    cast(coalesce(call.lines_removed, 0) as bigint) as lines_removed,
    coalesce(message.api_calls, 0) as api_calls,
    cast(coalesce(message.input_tokens, 0) as bigint) as input_tokens,
    cast(coalesce(message.output_tokens, 0) as bigint) as output_tokens,
    cast(coalesce(message.cache_creation_tokens, 0) as bigint) as cache_creation_tokens,
    cast(coalesce(message.cache_read_tokens, 0) as bigint) as cache_read_tokens,
    cast(coalesce(message.total_tokens, 0) as bigint) as total_tokens,
    cast(coalesce(message.advisor_tokens, 0) as bigint) as advisor_tokens,
    cast(coalesce(message.cost_usd, 0.0) as decimal(18, 10)) as cost_usd,
    coalesce(message._load_id, call._load_id) as _load_id
from messages as message
full outer join tool_calls as call
    on message.session_id = call.session_id
    and message.date_key = call.date_key
    and message.local_date_key = call.local_date_key
    and message.hour_start is not distinct from call.hour_start
    and message.local_hour_start is not distinct from call.local_hour_start
