-- Grain: one row per person whose transcripts were read. Key: user_key; natural key: user_name.
-- Who a session belongs to is said where its source is configured; all sessions of sources that do
-- not say so belong to `unknown`.
{{ config(materialized='table', tags=['marts']) }}

select
    user_key,
    coalesce(min(user_name), 'unknown') as user_name,
    min(start_time) as first_seen,
    max(end_time) as last_active,
    min(start_time_local) as first_seen_local,
    max(end_time_local) as last_active_local,
    count(*) as total_sessions,
    count(distinct project_key) as total_projects,
    cast(sum(message_count) as bigint) as total_messages,
    cast(sum(human_message_count) as bigint) as total_prompts,
    cast(sum(tool_call_count) as bigint) as total_tool_calls,
    round(cast(sum(active_seconds) as double) / 60, 2) as active_minutes,
    cast(sum(total_tokens) as bigint) as total_tokens,
    cast(sum(cost_usd) as decimal(18, 10)) as total_cost_usd
from {{ ref('int_sessions_computed') }}
group by user_key
