-- Grain: one row per tool that was called. Key: tool_key; natural key: tool_name.
{{ config(materialized='table', tags=['marts']) }}

with tools as (
    select
        tool_name,
        min(tool_key) as tool_key,
        min(tool_category) as tool_category,
        min(mcp_server) as mcp_server,
        min(mcp_tool) as mcp_tool,
        min(timestamp) as first_seen,
        max(timestamp) as last_seen,
        count(*) as call_count
    from {{ ref('int_tool_usage') }}
    group by tool_name
)

select
    tool.tool_key,
    tool.tool_name,
    tool.tool_category,
    coalesce(category.description, if(tool.mcp_server is not null, 'Tool of the MCP server ' || tool.mcp_server, 'Not in the list of known tools')) as description,
    tool.mcp_server is not null as is_mcp,
    tool.mcp_server,
    tool.mcp_tool,
    tool.first_seen,
    tool.last_seen,
    {{ to_local('tool.first_seen') }} as first_seen_local,
    {{ to_local('tool.last_seen') }} as last_seen_local,
    tool.call_count
from tools as tool
left join {{ ref('tool_categories') }} as category
    on tool.tool_name = category.tool_name
