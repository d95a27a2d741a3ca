-- Grain: one row per hour with activity. Key: hour_start, local_hour_start.
-- An hour in UTC is one hour of the configured zone, except where the zone is off by part of an
-- hour: then it is two rows. Everything but the distinct counts adds up, so days, weekdays and
-- heatmaps can be built from it in UTC or in local time.
--
-- Incremental per day: a row depends on what happened within its hour alone.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='date_key',
    touched="{{ changed_groups(this, 'date_key') }}",
    tags=['marts', 'aggregates']
) }}

with loads as (
    {{ group_loads('date_key') }}
)

select
    activity.hour_start,
    activity.local_hour_start,
    activity.date_key,
    cast(hour(activity.hour_start) as integer) as hour_of_day,
    cast(isodow(activity.hour_start) as integer) as day_of_week,
    activity.local_date_key,
    cast(hour(activity.local_hour_start) as integer) as local_hour_of_day,
    cast(isodow(activity.local_hour_start) as integer) as local_day_of_week,
    count(distinct activity.session_id) as active_sessions,
    count(distinct session.project_path) as active_projects,
    cast(sum(activity.messages) as bigint) as total_messages,
    cast(sum(activity.human_messages) as bigint) as human_messages,
    cast(sum(activity.assistant_messages) as bigint) as assistant_messages,
    cast(sum(activity.tool_calls) as bigint) as tool_calls,
    cast(sum(activity.failed_tool_calls) as bigint) as failed_tool_calls,
    cast(sum(activity.edits) as bigint) as edit_count,
    cast(sum(activity.lines_added + activity.lines_removed) as bigint) as lines_changed,
    cast(sum(activity.api_calls) as bigint) as api_calls,
    cast(sum(activity.output_tokens) as bigint) as output_tokens,
    cast(sum(activity.total_tokens) as bigint) as total_tokens,
    cast(sum(activity.cost_usd) as decimal(18, 10)) as cost_usd,
    load._load_id
from {{ ref('int_session_activity') }} as activity
inner join {{ ref('int_sessions_computed') }} as session
    on activity.session_id = session.session_id
inner join loads as load
    on activity.date_key = load.date_key
where
    activity.hour_start is not null
    {% if is_incremental() %}
    and activity.date_key in ({{ key_list(changed_groups(this, 'date_key')) }})
    {% endif %}
group by
    activity.hour_start,
    activity.local_hour_start,
    activity.date_key,
    activity.local_date_key,
    load._load_id
