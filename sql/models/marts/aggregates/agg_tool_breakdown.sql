-- Grain: one row per dimension and value: the calls of all tools by tool_category, mcp_server, model,
-- project, version, or error_class. Key: dimension, dimension_value. A chart takes one dimension;
-- the rows of each add up to all calls.
--
-- A whole table, because a percentile of all calls follows from all of them.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

{%- set dimensions = [
    ('tool_category', 'tool_category'),
    ('mcp_server', "coalesce(mcp_server, 'none')"),
    ('model', "coalesce(model, 'unknown')"),
    ('project', 'project_key'),
    ('version', "coalesce(version, 'unknown')"),
    ('error_class', "coalesce(error_class, 'none')"),
] %}

with figures as (
    {% for dimension, value in dimensions -%}
    select
        '{{ dimension }}' as dimension,
        {{ value }} as dimension_value,
        count(*) as total_calls,
        count(*) filter (is_success) as successful_calls,
        count(*) filter (not is_success) as failed_calls,
        count(*) filter (is_rejected) as rejected_calls,
        count(*) filter (is_interrupted) as interrupted_calls,
        count(*) filter (outcome = 'pending') as pending_calls,
        count(*) filter (is_retry) as retried_calls,
        count(*) filter (has_permission_wait) as waited_calls,
        avg(duration_ms) as avg_duration_ms,
        quantile_cont(duration_ms, [0.5, 0.95]) as percentiles
    from {{ ref('fct_tool_calls') }}
    group by {{ value }}
    {%- if not loop.last %}
    union all
    {% endif -%}
    {%- endfor %}
)

select
    value.dimension,
    value.dimension_value,
    coalesce(project.project_name, value.dimension_value) as label,
    value.total_calls,
    value.successful_calls,
    value.failed_calls,
    value.rejected_calls,
    value.interrupted_calls,
    value.pending_calls,
    value.retried_calls,
    value.waited_calls,
    {{ percentage('value.successful_calls', '(value.successful_calls + value.failed_calls)') }} as success_rate,
    {{ percentage('value.rejected_calls', 'value.total_calls') }} as rejection_rate,
    {{ percentage('value.retried_calls', 'value.total_calls') }} as retry_rate,
    round(value.avg_duration_ms, 2) as avg_duration_ms,
    round(value.percentiles[1], 2) as p50_duration_ms,
    round(value.percentiles[2], 2) as p95_duration_ms
from figures as value
left join {{ ref('dim_projects') }} as project
    on value.dimension = 'project'
    and value.dimension_value = project.project_key
