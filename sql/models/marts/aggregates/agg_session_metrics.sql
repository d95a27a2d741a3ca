-- Grain: one row per session. Key: session_key.
--
-- Incremental per session: everything here is about the session's own facts.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['marts', 'aggregates']
) }}

with messages as (
    select
        session_id,
        count(*) filter (role = 'human') as human_messages,
        count(*) filter (role = 'assistant') as assistant_messages,
        count(*) filter (role = 'tool') as tool_messages,
        count(*) as total_messages,
        cast(sum(content_length) as bigint) as total_content_length,
        round(avg(content_length), 2) as avg_message_length
    from {{ ref('fct_messages') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by session_id
),

tool_calls as (
    select
        session_id,
        count(*) as total_tool_calls,
        count(*) filter (is_success) as successful_tool_calls,
        count(*) filter (not is_success) as failed_tool_calls,
        count(*) filter (is_rejected) as rejected_tool_calls,
        count(*) filter (is_retry) as retried_tool_calls,
        round(avg(duration_ms), 2) as avg_tool_duration_ms
    from {{ ref('fct_tool_calls') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by session_id
),

file_operations as (
    select
        session_id,
        count(distinct file_path) filter (is_change) as files_modified,
        count(distinct file_path) filter (operation_type = 'read') as files_read,
        count(*) filter (is_change) as edit_count,
        cast(sum(lines_added) as bigint) as lines_added,
        cast(sum(lines_removed) as bigint) as lines_removed,
        cast(sum(lines_changed) as bigint) as lines_changed
    from {{ ref('fct_file_operations') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by session_id
),

api_calls as (
    select
        session_id,
        count(*) as api_calls,
        count(*) filter (is_sidechain) as sidechain_api_calls,
        count(*) filter (is_provisional) as provisional_api_calls,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(cache_creation_tokens) as bigint) as cache_creation_tokens,
        cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(total_tokens) as bigint) as total_tokens,
        cast(sum(advisor_tokens) as bigint) as advisor_tokens,
        cast(sum(cost_usd) as decimal(18, 10)) as cost_usd
    from {{ ref('fct_api_calls') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by session_id
)

select
    session.session_key,
    session.session_id,
    session.project_key,
    session.user_key,
    {{ project_name('session.project_path') }} as project_name,
    session.date_key,
    session.local_date_key,
    session.task_category,
    session.start_time,
    session.start_time_local,
    session.end_time,
    session.end_time_local,
    session.duration_seconds,
    round(session.duration_seconds / 60.0, 2) as duration_minutes,
    round(session.active_seconds / 60.0, 2) as active_minutes,
    coalesce(message.human_messages, 0) as human_messages,
    coalesce(message.assistant_messages, 0) as assistant_messages,
    coalesce(message.tool_messages, 0) as tool_messages,
    coalesce(message.total_messages, 0) as total_messages,
    coalesce(message.human_messages, 0) as turns,
    coalesce(message.total_content_length, 0) as total_content_length,
    message.avg_message_length,
    coalesce(tool.total_tool_calls, 0) as total_tool_calls,
    coalesce(tool.successful_tool_calls, 0) as successful_tool_calls,
    coalesce(tool.failed_tool_calls, 0) as failed_tool_calls,
    coalesce(tool.rejected_tool_calls, 0) as rejected_tool_calls,
    coalesce(tool.retried_tool_calls, 0) as retried_tool_calls,
    {{ percentage('tool.successful_tool_calls', '(tool.successful_tool_calls + tool.failed_tool_calls)') }} as tool_success_rate,
    {{ percentage('tool.retried_tool_calls', 'tool.total_tool_calls') }} as tool_retry_rate,
    tool.avg_tool_duration_ms,
    coalesce(file.files_modified, 0) as files_modified,
    coalesce(file.files_read, 0) as files_read,
    coalesce(file.edit_count, 0) as edit_count,
    {{ per_hour('file.edit_count', 'session.duration_seconds') }} as edits_per_hour,
    {{ per_hour('file.edit_count', 'session.active_seconds') }} as edits_per_active_hour,
    coalesce(file.lines_added, 0) as lines_added,
    coalesce(file.lines_removed, 0) as lines_removed,
    coalesce(file.lines_changed, 0) as lines_changed,
    coalesce(call.api_calls, 0) as api_calls,
    coalesce(call.sidechain_api_calls, 0) as sidechain_api_calls,
    coalesce(call.provisional_api_calls, 0) as provisional_api_calls,
    coalesce(call.input_tokens, 0) as input_tokens,
    coalesce(call.output_tokens, 0) as output_tokens,
    coalesce(call.cache_creation_tokens, 0) as cache_creation_tokens,
    coalesce(call.cache_read_tokens, 0) as cache_read_tokens,
    coalesce(call.total_tokens, 0) as total_tokens,
    coalesce(call.advisor_tokens, 0) as advisor_tokens,
    {{ cache_hit_ratio('call.input_tokens', 'call.cache_creation_tokens', 'call.cache_read_tokens') }} as cache_hit_ratio,
    coalesce(call.cost_usd, 0.0) as cost_usd,
    session.interruption_count,
    session.compaction_count,
    session.agent_count,
    session.git_commit_count,
    session.pull_request_count,
    session.is_completed,
    session._load_id
from {{ ref('int_sessions_computed') }} as session
left join messages as message
    on session.session_id = message.session_id
left join tool_calls as tool
    on session.session_id = tool.session_id
left join file_operations as file
    on session.session_id = file.session_id
left join api_calls as call
    on session.session_id = call.session_id
{% if is_incremental() %}
where session._load_id > {{ mark(this) }}
{% endif %}
