{# The summary of days, counted by the column `day` of the facts: `date_key` or `local_date_key`.
   Counts belong to the day of the message, call or response; `sessions_started` and what is derived
   from it (task completion) to the day a session started. `only` is a list of days for `in`: those
   to summarise; without it, all. #}
{% macro daily_summary(day, only) -%}
with activity as (
    select
        activity.session_id,
        activity.{{ day }} as day,
        activity.first_activity,
        activity.last_activity,
        activity.first_activity_local,
        activity.last_activity_local,
        activity.messages,
        activity.human_messages,
        activity.assistant_messages,
        activity.tool_messages,
        activity.interruptions,
        activity.active_seconds,
        activity.tool_calls,
        activity.successful_tool_calls,
        activity.failed_tool_calls,
        activity.rejected_tool_calls,
        activity.retried_tool_calls,
        activity.git_commits,
        activity.pull_requests,
        activity.edits,
        activity.lines_added,
        activity.lines_removed,
        activity.api_calls,
        activity.input_tokens,
        activity.output_tokens,
        activity.cache_creation_tokens,
        activity.cache_read_tokens,
        activity.total_tokens,
        activity.advisor_tokens,
        activity.cost_usd,
        cast(hour(activity.hour_start) as integer) as hour_of_day,
        cast(hour(activity.local_hour_start) as integer) as local_hour_of_day,
        session.project_path
    from {{ ref('int_session_activity') }} as activity
    inner join {{ ref('int_sessions_computed') }} as session
        on activity.session_id = session.session_id
    {% if only %}
    where activity.{{ day }} in ({{ only }})
    {% endif %}
),

activity_days as (
    select
        day,
        count(distinct session_id) filter (messages > 0) as active_sessions,
        count(distinct project_path) filter (messages > 0) as context_switches,
        count(distinct hour_of_day) filter (messages > 0) as active_hours,
        count(distinct local_hour_of_day) filter (messages > 0) as active_hours_local,
        min(first_activity) as first_activity,
        max(last_activity) as last_activity,
        min(first_activity_local) as first_activity_local,
        max(last_activity_local) as last_activity_local,
        sum(active_seconds) as active_seconds,
        cast(sum(messages) as bigint) as total_messages,
        cast(sum(human_messages) as bigint) as human_messages,
        cast(sum(assistant_messages) as bigint) as assistant_messages,
        cast(sum(tool_messages) as bigint) as tool_messages,
        cast(sum(interruptions) as bigint) as interruptions,
        cast(sum(tool_calls) as bigint) as tool_calls,
        cast(sum(successful_tool_calls) as bigint) as successful_tool_calls,
        cast(sum(failed_tool_calls) as bigint) as failed_tool_calls,
        cast(sum(rejected_tool_calls) as bigint) as rejected_tool_calls,
        cast(sum(retried_tool_calls) as bigint) as retried_tool_calls,
        cast(sum(git_commits) as bigint) as git_commits,
        cast(sum(pull_requests) as bigint) as pull_requests,
        cast(sum(edits) as bigint) as edit_count,
        cast(sum(lines_added) as bigint) as lines_added,
        cast(sum(lines_removed) as bigint) as lines_removed,
        cast(sum(api_calls) as bigint) as api_calls,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(cache_creation_tokens) as bigint) as cache_creation_tokens,
        cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(total_tokens) as bigint) as total_tokens,
        cast(sum(advisor_tokens) as bigint) as advisor_tokens,
        cast(sum(cost_usd) as decimal(18, 10)) as cost_usd
    from activity
    group by day
),

peak_hours as (
    select
        day,
        first(hour_of_day order by messages desc, hour_of_day) as peak_hour
    from (
        select day, hour_of_day, sum(messages) as messages
        from activity
        where messages > 0 and hour_of_day is not null
        group by all
    )
    group by day
),

peak_hours_local as (
    select
        day,
        first(local_hour_of_day order by messages desc, local_hour_of_day) as peak_hour_local
    from (
        select day, local_hour_of_day, sum(messages) as messages
        from activity
        where messages > 0 and local_hour_of_day is not null
        group by all
    )
    group by day
),

-- A change of project between two prompts of one person that follow each other on a day.
project_changes as (
    select
        day,
        count(*) filter (project_key <> previous_project_key) as project_changes
    from (
        select
            message.{{ day }} as day,
            message.project_key,
            lag(message.project_key) over (
                partition by message.{{ day }}, session.user_key
                order by message.timestamp, message.message_id
            ) as previous_project_key
        from {{ ref('fct_messages') }} as message
        inner join {{ ref('int_sessions_computed') }} as session
            on message.session_id = session.session_id
        where
            message.role = 'human'
            {% if only %}
            and message.{{ day }} in ({{ only }})
            {% endif %}
    )
    group by day
),

file_days as (
    select
        {{ day }} as day,
        count(distinct file_path) as files_modified
    from {{ ref('fct_file_operations') }}
    where
        is_change
        {% if only %}
        and {{ day }} in ({{ only }})
        {% endif %}
    group by day
),

session_days as (
    select
        {{ day }} as day,
        count(*) as sessions_started,
        count(*) filter (human_message_count > 0) as tasks_started,
        count(*) filter (is_completed) as tasks_completed,
        round(avg(duration_seconds) / 60.0, 2) as avg_session_minutes
    from {{ ref('int_sessions_computed') }}
    where
        start_time is not null
        {% if only %}
        and {{ day }} in ({{ only }})
        {% endif %}
    group by day
),

days as (
    select day from activity_days
    union
    select day from session_days
),

loads as (
    {{ group_loads(day) }}
)

select
    days.day as {{ day }},
    coalesce(activity.active_sessions, 0) as active_sessions,
    coalesce(session.sessions_started, 0) as sessions_started,
    session.avg_session_minutes,
    coalesce(activity.total_messages, 0) as total_messages,
    coalesce(activity.human_messages, 0) as human_messages,
    coalesce(activity.assistant_messages, 0) as assistant_messages,
    coalesce(activity.tool_messages, 0) as tool_messages,
    round(activity.total_messages / cast(nullif(activity.active_sessions, 0) as double), 2) as messages_per_session,
    round(activity.human_messages / cast(nullif(activity.active_sessions, 0) as double), 2) as turns_per_session,
    coalesce(activity.interruptions, 0) as interruptions,
    coalesce(activity.tool_calls, 0) as tool_calls,
    coalesce(activity.successful_tool_calls, 0) as successful_tool_calls,
    coalesce(activity.failed_tool_calls, 0) as failed_tool_calls,
    coalesce(activity.rejected_tool_calls, 0) as rejected_tool_calls,
    coalesce(activity.retried_tool_calls, 0) as retried_tool_calls,
    {{ percentage('activity.successful_tool_calls', '(activity.successful_tool_calls + activity.failed_tool_calls)') }} as tool_success_rate,
    {{ percentage('activity.retried_tool_calls', 'activity.tool_calls') }} as tool_retry_rate,
    coalesce(file.files_modified, 0) as files_modified,
    coalesce(activity.edit_count, 0) as edit_count,
    {{ per_hour('activity.edit_count', 'activity.active_seconds') }} as edits_per_active_hour,
    coalesce(activity.lines_added, 0) as lines_added,
    coalesce(activity.lines_removed, 0) as lines_removed,
    coalesce(activity.lines_added + activity.lines_removed, 0) as lines_changed,
    coalesce(activity.git_commits, 0) as git_commits,
    coalesce(activity.pull_requests, 0) as pull_requests,
    coalesce(activity.api_calls, 0) as api_calls,
    coalesce(activity.input_tokens, 0) as input_tokens,
    coalesce(activity.output_tokens, 0) as output_tokens,
    coalesce(activity.cache_creation_tokens, 0) as cache_creation_tokens,
    coalesce(activity.cache_read_tokens, 0) as cache_read_tokens,
    coalesce(activity.total_tokens, 0) as total_tokens,
    coalesce(activity.advisor_tokens, 0) as advisor_tokens,
    {{ cache_hit_ratio('activity.input_tokens', 'activity.cache_creation_tokens', 'activity.cache_read_tokens') }} as cache_hit_ratio,
    coalesce(activity.cost_usd, 0.0) as cost_usd,
    coalesce(activity.active_hours, 0) as daily_active_hours,
    coalesce(activity.active_hours_local, 0) as daily_active_hours_local,
    round(coalesce(activity.active_seconds, 0) / 60.0, 2) as active_minutes,
    peak.peak_hour,
    peak_local.peak_hour_local,
    activity.first_activity,
    activity.last_activity,
    activity.first_activity_local,
    activity.last_activity_local,
    coalesce(activity.context_switches, 0) as context_switches,
    coalesce(change.project_changes, 0) as project_changes,
    coalesce(session.tasks_started, 0) as tasks_started,
    coalesce(session.tasks_completed, 0) as tasks_completed,
    {{ percentage('session.tasks_completed', 'session.tasks_started') }} as task_completion_rate,
    load._load_id
from days
inner join loads as load
    on days.day = load.{{ day }}
left join activity_days as activity
    on days.day = activity.day
left join peak_hours as peak
    on days.day = peak.day
left join peak_hours_local as peak_local
    on days.day = peak_local.day
left join project_changes as change
    on days.day = change.day
left join file_days as file
    on days.day = file.day
left join session_days as session
    on days.day = session.day
{%- endmacro %}
