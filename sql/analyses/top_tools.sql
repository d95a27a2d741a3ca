-- The twenty tools called most, with mean duration and success rate. Calls that were refused,
-- interrupted or not answered are no failures.
select
    tool.tool_name,
    tool.tool_category,
    count(*) as call_count,
    round(avg(call.duration_ms), 2) as avg_duration_ms,
    round(
        count(*) filter (call.is_success) * 100.0 / nullif(count(call.is_success), 0),
        2
    ) as success_rate
from {{ ref('fct_tool_calls') }} as call
inner join {{ ref('dim_tools') }} as tool
    on call.tool_key = tool.tool_key
group by
    tool.tool_name,
    tool.tool_category
order by call_count desc
limit 20
