-- Grain: one row per hour with activity. Key: hour_start, local_hour_start.
-- An hour in UTC is one hour of the configured zone, except where the zone is off by part of an
-- hour: then it is two rows. Everything but the distinct counts adds up, so days, weekdays and
-- heatmaps can be built from it in UTC or in local time.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

with activity as (
    select
        date_trunc('hour', timestamp) as hour_start,
        date_trunc('hour', timestamp_local) as local_hour_start,
        date_key,
        local_date_key,
        session_key,
        project_key,
        1 as messages,
        if(role = 'human', 1, 0) as human_messages,
        if(role = 'assistant', 1, 0) as assistant_messages,
        0 as tool_calls,
        0 as failed_tool_calls,
        coalesce(token_count, 0) as total_tokens,
        coalesce(output_tokens, 0) as output_tokens,
        coalesce(cost_usd, 0) as cost_usd
    from {{ ref('fct_messages') }}
    where timestamp is not null
    union all
    select
        date_trunc('hour', timestamp) as hour_start,
        date_trunc('hour', timestamp_local) as local_hour_start,
        date_key,
        local_date_key,
        session_key,
        project_key,
        0 as messages,
        0 as human_messages,
        0 as assistant_messages,
        1 as tool_calls,
        if(not is_success, 1, 0) as failed_tool_calls,
        0 as total_tokens,
        0 as output_tokens,
        0 as cost_usd
    from {{ ref('fct_tool_calls') }}
    where timestamp is not null
)

select
    hour_start,
    local_hour_start,
    date_key,
    cast(hour(hour_start) as integer) as hour_of_day,
    cast(isodow(hour_start) as integer) as day_of_week,
    local_date_key,
    cast(hour(local_hour_start) as integer) as local_hour_of_day,
    cast(isodow(local_hour_start) as integer) as local_day_of_week,
    count(distinct session_key) as active_sessions,
    count(distinct project_key) as active_projects,
    cast(sum(messages) as bigint) as total_messages,
    cast(sum(human_messages) as bigint) as human_messages,
    cast(sum(assistant_messages) as bigint) as assistant_messages,
    cast(sum(tool_calls) as bigint) as tool_calls,
    cast(sum(failed_tool_calls) as bigint) as failed_tool_calls,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(total_tokens) as bigint) as total_tokens,
    cast(sum(cost_usd) as decimal(18, 10)) as cost_usd
from activity
group by hour_start, local_hour_start, date_key, local_date_key
