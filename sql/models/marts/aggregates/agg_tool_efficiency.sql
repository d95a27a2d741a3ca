-- Grain: one row per tool. Key: tool_key.
--
-- A whole table, because a percentile of all calls follows from all of them.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

with calls as (
    select
        tool_key,
        count(*) as total_calls,
        count(*) filter (is_success) as successful_calls,
        count(*) filter (not is_success) as failed_calls,
        count(*) filter (is_rejected) as rejected_calls,
        count(*) filter (is_interrupted) as interrupted_calls,
        count(*) filter (outcome = 'pending') as pending_calls,
        count(*) filter (is_retry) as retried_calls,
        count(*) filter (has_permission_wait) as waited_calls,
        max(retry_count) as max_retry_count,
        round(avg(duration_ms), 2) as avg_duration_ms,
        quantile_cont(duration_ms, [0.5, 0.95]) as percentiles,
        round(avg(own_duration_ms), 2) as avg_own_duration_ms,
        count(distinct session_id) as session_count,
        min(timestamp) as first_used,
        max(timestamp) as last_used
    from {{ ref('fct_tool_calls') }}
    group by tool_key
)

select
    tool.tool_key,
    tool.tool_name,
    tool.tool_category,
    tool.mcp_server,
    call.total_calls,
    call.successful_calls,
    call.failed_calls,
    call.rejected_calls,
    call.interrupted_calls,
    call.pending_calls,
    call.retried_calls,
    call.waited_calls,
    call.max_retry_count,
    {{ percentage('call.successful_calls', '(call.successful_calls + call.failed_calls)') }} as success_rate,
    {{ percentage('call.rejected_calls', 'call.total_calls') }} as rejection_rate,
    {{ percentage('call.retried_calls', 'call.total_calls') }} as retry_rate,
    round(call.total_calls * 100.0 / sum(call.total_calls) over (), 4) as usage_share,
    call.avg_duration_ms,
    round(call.percentiles[1], 2) as p50_duration_ms,
    round(call.percentiles[2], 2) as p95_duration_ms,
    call.avg_own_duration_ms,
    call.session_count,
    call.first_used,
    call.last_used,
    {{ to_local('call.first_used') }} as first_used_local,
    {{ to_local('call.last_used') }} as last_used_local
from calls as call
inner join {{ ref('dim_tools') }} as tool
    on call.tool_key = tool.tool_key
