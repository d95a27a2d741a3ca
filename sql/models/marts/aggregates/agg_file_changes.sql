-- Grain: one row per project and file that was read or changed. Key: project_key, relative_path.
-- The most changed files are those with the most edits; paths are relative to the project, whole
-- outside of it.
--
-- Incremental per project: ranks compare the files of a project with each other.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='project_key',
    touched="{{ changed_groups(this, 'project_key') }}",
    tags=['marts', 'aggregates']
) }}

with loads as (
    {{ group_loads('project_key') }}
),

files as (
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
    {% if is_incremental() %}
    where project_key in ({{ key_list(changed_groups(this, 'project_key')) }})
    {% endif %}
    group by project_key, relative_path
)

select
    file.project_key,
    file.relative_path,
    file.is_in_project,
    file.file_extension,
    file.language,
    file.edit_count,
    file.times_created,
    file.read_count,
    file.session_count,
    file.lines_added,
    file.lines_removed,
    file.lines_changed,
    file.first_changed,
    file.last_changed,
    file.first_changed_local,
    file.last_changed_local,
    row_number() over (
        partition by file.project_key
        order by file.edit_count desc, file.lines_changed desc, file.relative_path
    ) as edit_rank,
    load._load_id
from files as file
inner join loads as load
    on file.project_key = load.project_key
