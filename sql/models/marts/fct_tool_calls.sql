-- Grain: one row per tool call. Key: tool_call_id (tool_call_key).
-- `is_success` is null for calls without an outcome of their own: pending, rejected, interrupted.
-- Success rate = successful / (successful + failed).
--
-- Incremental per session: see int_tool_usage.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['marts']
) }}

select
    {{ generate_surrogate_key(['call.tool_call_id']) }} as tool_call_key,
    call.tool_call_id,
    {{ generate_surrogate_key(['call.message_id']) }} as message_key,
    call.message_id,
    session.session_key,
    call.session_id,
    session.project_key,
    call.tool_key,
    call.date_key,
    call.local_date_key,
    cast(hour(call.timestamp) as integer) as hour_of_day,
    cast(hour(call.timestamp_local) as integer) as local_hour_of_day,
    call.timestamp,
    call.timestamp_local,
    call.tool_name,
    call.tool_category,
    call.mcp_server,
    call.mcp_tool,
    call.is_sidechain,
    call.agent_id,
    call.model,
    call.version,
    call.outcome,
    call.is_success,
    call.is_rejected,
    call.is_interrupted,
    call.error_class,
    call.exit_code,
    call.duration_ms,
    call.own_duration_ms,
    call.elapsed_ms,
    call.has_permission_wait,
    call.is_retry,
    call.retry_count,
    call.target,
    call.agent_or_skill,
    call.input_length,
    call.result_length,
    call.is_git_commit,
    call.is_pull_request,
    call._load_id
from {{ ref('int_tool_usage') }} as call
inner join {{ ref('int_sessions_computed') }} as session
    on call.session_id = session.session_id
{% if is_incremental() %}
where call._load_id > {{ mark(this) }}
{% endif %}
