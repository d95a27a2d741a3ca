-- Grain: one row per project: the directory a session was started in. Key: project_key.
-- Sessions that never name a directory belong to the project named like their folder, else to
-- `unknown`. `repository_path` takes worktrees kept inside a repository back to it.
{{ config(materialized='table', tags=['marts']) }}

with projects as (
    select
        project_path,
        min(start_time) as first_seen,
        max(end_time) as last_active,
        min(start_time_local) as first_seen_local,
        max(end_time_local) as last_active_local,
        count(*) as total_sessions,
        cast(sum(message_count) as bigint) as total_messages,
        cast(sum(human_message_count) as bigint) as total_prompts,
        cast(sum(tool_call_count) as bigint) as total_tool_calls,
        cast(sum(cost_usd) as decimal(18, 10)) as total_cost_usd
    from {{ ref('int_sessions_computed') }}
    group by project_path
),

named as (
    select
        *,
        regexp_replace(replace(project_path, '\', '/'), '/(\.claude/worktrees|\.worktrees)/.*$', '') as repository_path
    from projects
)

select
    {{ generate_surrogate_key(['project_path']) }} as project_key,
    project_path,
    {{ project_name('project_path') }} as project_name,
    repository_path,
    {{ project_name('repository_path') }} as repository_name,
    first_seen,
    last_active,
    first_seen_local,
    last_active_local,
    total_sessions,
    total_messages,
    total_prompts,
    total_tool_calls,
    total_cost_usd
from named
