-- Grain: one row per day with activity. Key: date_key.
-- Counts belong to the day of the message, call or response; `sessions_started` and what is
-- derived from it (task completion) to the day a session started.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

with messages as (
    select
        message.*,
        session.user_name
    from {{ ref('fct_messages') }} as message
    inner join {{ ref('dim_sessions') }} as session
        on message.session_key = session.session_key
),

message_days as (
    select
        date_key,
        count(distinct session_key) as active_sessions,
        count(distinct project_key) as context_switches,
        count(*) as total_messages,
        count(*) filter (role = 'human') as human_messages,
        count(*) filter (role = 'assistant') as assistant_messages,
        count(*) filter (role = 'tool') as tool_messages,
        count(*) filter (is_interruption) as interruptions,
        count(distinct hour_of_day) as active_hours,
        count(distinct local_hour_of_day) as active_hours_local,
        min(timestamp) as first_activity,
        max(timestamp) as last_activity,
        min(timestamp_local) as first_activity_local,
        max(timestamp_local) as last_activity_local,
        round(coalesce(sum(seconds_since_previous) filter (
            seconds_since_previous <= {{ var('idle_minutes', 15) }} * 60
        ), 0) / 60.0, 2) as active_minutes
    from messages
    group by date_key
),

peak_hours as (
    select
        date_key,
        first(hour_of_day order by message_count desc, hour_of_day) as peak_hour
    from (
        select date_key, hour_of_day, count(*) as message_count
        from messages
        group by all
    )
    group by date_key
),

peak_hours_local as (
    select
        date_key,
        first(local_hour_of_day order by message_count desc, local_hour_of_day) as peak_hour_local
    from (
        select date_key, local_hour_of_day, count(*) as message_count
        from messages
        group by all
    )
    group by date_key
),

-- A change of project between two prompts of one person that follow each other on a day.
project_changes as (
    select
        date_key,
        count(*) filter (project_key <> previous_project_key) as project_changes
    from (
        select
            date_key,
            project_key,
            lag(project_key) over (
                partition by date_key, user_name
                order by timestamp, message_id
            ) as previous_project_key
        from messages
        where role = 'human'
    )
    group by date_key
),

tool_days as (
    select
        date_key,
        count(*) as tool_calls,
        count(*) filter (is_success) as successful_tool_calls,
        count(*) filter (not is_success) as failed_tool_calls,
        count(*) filter (is_rejected) as rejected_tool_calls,
        count(*) filter (is_retry) as retried_tool_calls,
        count(*) filter (is_git_commit) as git_commits,
        count(*) filter (is_pull_request) as pull_requests
    from {{ ref('fct_tool_calls') }}
    group by date_key
),

file_days as (
    select
        date_key,
        count(distinct file_path) as files_modified,
        count(*) as edit_count,
        cast(sum(lines_added) as bigint) as lines_added,
        cast(sum(lines_removed) as bigint) as lines_removed,
        cast(sum(lines_changed) as bigint) as lines_changed
    from {{ ref('fct_file_operations') }}
    where is_change
    group by date_key
),

usage_days as (
    select
        date_key,
        count(*) as api_calls,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(cache_creation_tokens) as bigint) as cache_creation_tokens,
        cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(total_tokens) as bigint) as total_tokens,
        cast(sum(cost_usd) as decimal(18, 10)) as cost_usd
    from {{ ref('fct_api_calls') }}
    group by date_key
),

session_days as (
    select
        date_key,
        count(*) as sessions_started,
        count(*) filter (prompt_count > 0) as tasks_started,
        count(*) filter (is_completed) as tasks_completed,
        round(avg(duration_seconds) / 60.0, 2) as avg_session_minutes
    from {{ ref('dim_sessions') }}
    group by date_key
),

days as (
    select date_key from message_days
    union
    select date_key from tool_days
    union
    select date_key from usage_days
    union
    select date_key from session_days
)

select
    day.date_key,
    coalesce(message.active_sessions, 0) as active_sessions,
    coalesce(session.sessions_started, 0) as sessions_started,
    session.avg_session_minutes,
    coalesce(message.total_messages, 0) as total_messages,
    coalesce(message.human_messages, 0) as human_messages,
    coalesce(message.assistant_messages, 0) as assistant_messages,
    coalesce(message.tool_messages, 0) as tool_messages,
    round(message.total_messages / cast(nullif(message.active_sessions, 0) as double), 2) as messages_per_session,
    round(message.human_messages / cast(nullif(message.active_sessions, 0) as double), 2) as turns_per_session,
    coalesce(message.interruptions, 0) as interruptions,
    coalesce(tool.tool_calls, 0) as tool_calls,
    coalesce(tool.successful_tool_calls, 0) as successful_tool_calls,
    coalesce(tool.failed_tool_calls, 0) as failed_tool_calls,
    coalesce(tool.rejected_tool_calls, 0) as rejected_tool_calls,
    coalesce(tool.retried_tool_calls, 0) as retried_tool_calls,
    {{ percentage('tool.successful_tool_calls', '(tool.successful_tool_calls + tool.failed_tool_calls)') }} as tool_success_rate,
    {{ percentage('tool.retried_tool_calls', 'tool.tool_calls') }} as tool_retry_rate,
    coalesce(file.files_modified, 0) as files_modified,
    coalesce(file.edit_count, 0) as edit_count,
    coalesce(file.lines_added, 0) as lines_added,
    coalesce(file.lines_removed, 0) as lines_removed,
    coalesce(file.lines_changed, 0) as lines_changed,
    coalesce(tool.git_commits, 0) as git_commits,
    coalesce(tool.pull_requests, 0) as pull_requests,
    coalesce(usage.api_calls, 0) as api_calls,
    coalesce(usage.input_tokens, 0) as input_tokens,
    coalesce(usage.output_tokens, 0) as output_tokens,
    coalesce(usage.cache_creation_tokens, 0) as cache_creation_tokens,
    coalesce(usage.cache_read_tokens, 0) as cache_read_tokens,
    coalesce(usage.total_tokens, 0) as total_tokens,
    {{ cache_hit_ratio('usage.input_tokens', 'usage.cache_creation_tokens', 'usage.cache_read_tokens') }} as cache_hit_ratio,
    coalesce(usage.cost_usd, 0) as cost_usd,
    coalesce(message.active_hours, 0) as daily_active_hours,
    coalesce(message.active_hours_local, 0) as daily_active_hours_local,
    coalesce(message.active_minutes, 0) as active_minutes,
    peak.peak_hour,
    peak_local.peak_hour_local,
    message.first_activity,
    message.last_activity,
    message.first_activity_local,
    message.last_activity_local,
    coalesce(message.context_switches, 0) as context_switches,
    coalesce(change.project_changes, 0) as project_changes,
    coalesce(session.tasks_started, 0) as tasks_started,
    coalesce(session.tasks_completed, 0) as tasks_completed,
    {{ percentage('session.tasks_completed', 'session.tasks_started') }} as task_completion_rate
from days as day
left join message_days as message
    on day.date_key = message.date_key
left join peak_hours as peak
    on day.date_key = peak.date_key
left join peak_hours_local as peak_local
    on day.date_key = peak_local.date_key
left join project_changes as change
    on day.date_key = change.date_key
left join tool_days as tool
    on day.date_key = tool.date_key
left join file_days as file
    on day.date_key = file.date_key
left join usage_days as usage
    on day.date_key = usage.date_key
left join session_days as session
    on day.date_key = session.date_key
