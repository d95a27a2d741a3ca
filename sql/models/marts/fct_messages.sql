-- Grain: one row per message, counted once. Key: message_id (message_key).
-- Roles: human (typed prompts only), assistant, tool (results), system (everything else in a
-- user's place). Tokens and cost are set on responses of the API and only there: their sums equal
-- those of fct_api_calls.
--
-- Incremental per session: a row depends on its message and its session, and both are rebuilt
-- together.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    uncompressed=['message_key', 'message_id'],
    tags=['marts']
) }}

select
    {{ generate_surrogate_key(['message.message_id']) }} as message_key,
    message.message_id,
    session.session_key,
    message.session_id,
    session.project_key,
    message.date_key,
    message.local_date_key,
    message.hour_of_day,
    message.local_hour_of_day,
    message.timestamp,
    message.timestamp_local,
    message.role,
    message.is_sidechain,
    message.agent_id,
    message.is_interruption,
    message.model,
    message.stop_reason,
    message.message_number,
    message.turn_number,
    message.seconds_since_previous,
    message.task_category,
    message.content_length,
    message.thinking_length,
    message.line_count,
    message.tool_use_count,
    message.tool_result_count,
    message.token_count,
    message.input_tokens,
    message.output_tokens,
    message.cache_creation_tokens,
    message.cache_read_tokens,
    message.cost_usd,
    message._load_id
from {{ ref('int_messages_enriched') }} as message
inner join {{ ref('int_sessions_computed') }} as session
    on message.session_id = session.session_id
{% if is_incremental() %}
where message._load_id > {{ mark(this) }}
{% endif %}
