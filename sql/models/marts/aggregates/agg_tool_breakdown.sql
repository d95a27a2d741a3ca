-- Grain: one row per dimension and value: the calls of all tools by tool_category, mcp_server, model,
-- project, version, or error_class. Key: dimension, dimension_value. A chart takes one dimension;
-- the rows of each add up to all calls.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

with calls as (
    select
        call.tool_category,
        coalesce(call.mcp_server, 'none') as mcp_server,
        coalesce(call.model, 'unknown') as model,
        project.project_name as project,
        call.project_key,
        coalesce(call.version, 'unknown') as version,
        coalesce(call.error_class, 'none') as error_class,
        call.is_success,
        call.is_rejected,
        call.is_interrupted,
        call.is_retry,
        call.has_permission_wait,
        call.outcome,
        call.duration_ms
    from {{ ref('fct_tool_calls') }} as call
    inner join {{ ref('dim_projects') }} as project
        on call.project_key = project.project_key
)

select
    case grouping(tool_category, mcp_server, model, project_key, version, error_class)
        when 31 then 'tool_category'
        when 47 then 'mcp_server'
        when 55 then 'model'
        when 59 then 'project'
        when 61 then 'version'
        when 62 then 'error_class'
    end as dimension,
    coalesce(tool_category, mcp_server, model, project_key, version, error_class) as dimension_value,
    coalesce(tool_category, mcp_server, model, project, version, error_class) as label,
    count(*) as total_calls,
    count(*) filter (is_success) as successful_calls,
    count(*) filter (not is_success) as failed_calls,
    count(*) filter (is_rejected) as rejected_calls,
    count(*) filter (is_interrupted) as interrupted_calls,
    count(*) filter (outcome = 'pending') as pending_calls,
    count(*) filter (is_retry) as retried_calls,
    count(*) filter (has_permission_wait) as waited_calls,
    {{ percentage('count(*) filter (is_success)', 'count(is_success)') }} as success_rate,
    {{ percentage('count(*) filter (is_rejected)', 'count(*)') }} as rejection_rate,
    {{ percentage('count(*) filter (is_retry)', 'count(*)') }} as retry_rate,
    round(avg(duration_ms), 2) as avg_duration_ms,
    round(quantile_cont(duration_ms, 0.5), 2) as p50_duration_ms,
    round(quantile_cont(duration_ms, 0.95), 2) as p95_duration_ms
from calls
group by grouping sets (
    (tool_category), (mcp_server), (model), (project_key, project), (version), (error_class)
)
