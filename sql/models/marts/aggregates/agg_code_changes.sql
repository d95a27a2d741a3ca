-- Grain: one row per session and file extension with at least one change. Key: session_key,
-- file_extension. Counts and rates add up over the extensions of a session (a file has one).
--
-- Incremental per session.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['marts', 'aggregates']
) }}

with changes as (
    select
        session_id,
        file_extension,
        any_value(language) as language,
        count(distinct file_path) as files_modified,
        count(distinct file_path) filter (operation_type = 'create') as files_created,
        count(*) as edit_count,
        cast(sum(lines_added) as bigint) as lines_added,
        cast(sum(lines_removed) as bigint) as lines_removed,
        cast(sum(lines_changed) as bigint) as lines_changed
    from {{ ref('fct_file_operations') }}
    where
        is_change
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
    group by session_id, file_extension
)

select
    session.session_key,
    change.session_id,
    session.project_key,
    session.date_key,
    session.local_date_key,
    change.file_extension,
    change.language,
    change.files_modified,
    change.files_created,
    change.edit_count,
    {{ per_hour('change.edit_count', 'session.duration_seconds') }} as edits_per_hour,
    {{ per_hour('change.edit_count', 'session.active_seconds') }} as edits_per_active_hour,
    round(change.edit_count * 100.0 / sum(change.edit_count) over (partition by change.session_id), 4) as edit_share,
    change.lines_added,
    change.lines_removed,
    change.lines_changed,
    session._load_id
from changes as change
inner join {{ ref('int_sessions_computed') }} as session
    on change.session_id = session.session_id
