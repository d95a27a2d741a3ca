-- Grain: one row per session and file extension with at least one change. Key: session_key,
-- file_extension. Counts and rates add up over the extensions of a session (a file has one).
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

with changes as (
    select
        session_key,
        file_extension,
        any_value(language) as language,
        count(distinct file_path) as files_modified,
        count(distinct file_path) filter (operation_type = 'create') as files_created,
        count(*) as edit_count,
        cast(sum(lines_added) as bigint) as lines_added,
        cast(sum(lines_removed) as bigint) as lines_removed,
        cast(sum(lines_changed) as bigint) as lines_changed
    from {{ ref('fct_file_operations') }}
    where is_change
    group by session_key, file_extension
)

select
    change.session_key,
    session.session_id,
    session.project_key,
    session.date_key,
    session.local_date_key,
    change.file_extension,
    change.language,
    change.files_modified,
    change.files_created,
    change.edit_count,
    round(change.edit_count * 3600.0 / nullif(session.duration_seconds, 0), 4) as edits_per_hour,
    round(change.edit_count * 100.0 / sum(change.edit_count) over (partition by change.session_key), 4) as edit_share,
    change.lines_added,
    change.lines_removed,
    change.lines_changed
from changes as change
inner join {{ ref('dim_sessions') }} as session
    on change.session_key = session.session_key
