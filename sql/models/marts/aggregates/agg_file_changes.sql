-- Grain: one row per project and file that was read or changed. Key: project_key, relative_path.
-- The most changed files are those with the most edits; paths are relative to the project, whole
-- outside of it.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

with files as (
    select
        project_key,
        relative_path,
        bool_or(is_in_project) as is_in_project,
        any_value(file_extension) as file_extension,
        any_value(language) as language,
        count(*) filter (is_change) as edit_count,
        count(*) filter (operation_type = 'create') as times_created,
        count(*) filter (operation_type = 'read') as read_count,
        count(distinct session_key) filter (is_change) as session_count,
        cast(sum(lines_added) as bigint) as lines_added,
        cast(sum(lines_removed) as bigint) as lines_removed,
        cast(sum(lines_changed) as bigint) as lines_changed,
        min(timestamp) filter (is_change) as first_changed,
        max(timestamp) filter (is_change) as last_changed,
        min(timestamp_local) filter (is_change) as first_changed_local,
        max(timestamp_local) filter (is_change) as last_changed_local
    from {{ ref('fct_file_operations') }}
    group by project_key, relative_path
)

select
    project_key,
    relative_path,
    is_in_project,
    file_extension,
    language,
    edit_count,
    times_created,
    read_count,
    session_count,
    lines_added,
    lines_removed,
    lines_changed,
    first_changed,
    last_changed,
    first_changed_local,
    last_changed_local,
    row_number() over (
        partition by project_key
        order by edit_count desc, lines_changed desc, relative_path
    ) as edit_rank
from files
