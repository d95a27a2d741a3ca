-- Grain: one row per project: the directory sessions were started in, worktrees taken back to their
-- repository. Key: project_key.
-- Sessions that never name a directory belong to the project named like their folder, else to
-- `unknown`. `repository_path` joins projects that are sub-folders of one repository: it is the
-- outermost project above this one that has a git branch, home directories left out; the project
-- itself where there is none.
{{ config(materialized='table', tags=['marts']) }}

with projects as (
    select
        project_key,
        project_path,
        rtrim(replace(project_path, '\', '/'), '/') as path,
        bool_or(git_branch <> 'HEAD') as has_branch,
        min(start_time) as first_seen,
        max(end_time) as last_active,
        min(start_time_local) as first_seen_local,
        max(end_time_local) as last_active_local,
        count(*) as total_sessions,
        cast(sum(message_count) as bigint) as total_messages,
        cast(sum(human_message_count) as bigint) as total_prompts,
        cast(sum(tool_call_count) as bigint) as total_tool_calls,
        cast(sum(active_seconds) as decimal(18, 3)) as active_seconds,
        cast(sum(total_tokens) as bigint) as total_tokens,
        cast(sum(cost_usd) as decimal(18, 10)) as total_cost_usd
    from {{ ref('int_sessions_computed') }}
    group by project_key, project_path
),

repositories as (
    select
        project.project_key,
        min_by(repository.project_path, length(repository.path)) as repository_path
    from projects as project
    inner join projects as repository
        on starts_with(project.path, repository.path || '/')
    where
        repository.has_branch
        and not regexp_matches(repository.path, '^(|/root|/home/[^/]+|/Users/[^/]+|[A-Za-z]:|[A-Za-z]:/Users/[^/]+)$')
    group by project.project_key
),

changes as (
    select
        project_key,
        count(distinct file_path) filter (is_change) as files_modified,
        count(*) filter (is_change) as edit_count,
        cast(sum(lines_added) as bigint) as lines_added,
        cast(sum(lines_removed) as bigint) as lines_removed
    from {{ ref('fct_file_operations') }}
    group by project_key
)

select
    project.project_key,
    project.project_path,
    {{ project_name('project.project_path') }} as project_name,
    coalesce(repository.repository_path, project.project_path) as repository_path,
    {{ project_name('coalesce(repository.repository_path, project.project_path)') }} as repository_name,
    project.first_seen,
    project.last_active,
    project.first_seen_local,
    project.last_active_local,
    project.total_sessions,
    project.total_messages,
    project.total_prompts,
    project.total_tool_calls,
    coalesce(change.files_modified, 0) as files_modified,
    coalesce(change.edit_count, 0) as edit_count,
    {{ per_hour('change.edit_count', 'project.active_seconds') }} as edits_per_active_hour,
    coalesce(change.lines_added, 0) as lines_added,
    coalesce(change.lines_removed, 0) as lines_removed,
    coalesce(change.lines_added + change.lines_removed, 0) as lines_changed,
    round(project.active_seconds / 60.0, 2) as active_minutes,
    project.total_tokens,
    project.total_cost_usd
from projects as project
left join repositories as repository
    on project.project_key = repository.project_key
left join changes as change
    on project.project_key = change.project_key
