-- Grain: one row per file touched by a successful call of a file tool. Key: operation_id.
-- Operations: read; create (a file that was not there); write (a file that was overwritten); edit.
-- Lines come from the patch the tool reports, or from the content of a created file.
--
-- Incremental per session: see int_tool_usage.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['marts']
) }}

with operations as (
    select
        call.tool_call_id,
        call.session_id,
        call.tool_name,
        call.is_sidechain,
        call.timestamp,
        call.timestamp_local,
        call.date_key,
        call.local_date_key,
        call.operation_type,
        call.file_path,
        call.file_extension,
        call.lines_added,
        call.lines_removed,
        call._load_id,
        session.session_key,
        session.project_key,
        call.tool_key,
        {{ path_below('call.file_path', 'session.launch_directory', 'session.project_path') }} as inner_path
    from {{ ref('int_tool_usage') }} as call
    inner join {{ ref('int_sessions_computed') }} as session
        on call.session_id = session.session_id
    where
        call.operation_type is not null
        {% if is_incremental() %}
        and call._load_id > {{ mark(this) }}
        {% endif %}
)

select
    {{ generate_surrogate_key(['operation.tool_call_id', 'operation.file_path']) }} as operation_id,
    {{ generate_surrogate_key(['operation.tool_call_id']) }} as tool_call_key,
    operation.tool_call_id,
    operation.session_key,
    operation.session_id,
    operation.project_key,
    operation.tool_key,
    operation.date_key,
    operation.local_date_key,
    operation.timestamp,
    operation.timestamp_local,
    operation.tool_name,
    operation.is_sidechain,
    operation.operation_type,
    operation.file_path,
    coalesce(operation.inner_path, replace(operation.file_path, '\', '/')) as relative_path,
    operation.inner_path is not null as is_in_project,
    operation.file_extension,
    coalesce(language.language, 'Other') as language,
    operation.operation_type <> 'read' as is_change,
    operation.lines_added,
    operation.lines_removed,
    operation.lines_added + operation.lines_removed as lines_changed,
    operation._load_id
from operations as operation
left join {{ ref('file_languages') }} as language
    on operation.file_extension = language.file_extension
