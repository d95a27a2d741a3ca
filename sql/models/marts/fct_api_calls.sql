-- Grain: one row per response of the API, counted once. Key: message_id (api_call_key).
-- The only place, with fct_messages, where tokens and cost are: see int_api_calls for how they are
-- chosen and priced.
--
-- Incremental per session: see int_api_calls.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['marts']
) }}

select
    {{ generate_surrogate_key(['call.message_id']) }} as api_call_key,
    {{ generate_surrogate_key(['call.message_id']) }} as message_key,
    call.message_id,
    call.request_id,
    {{ generate_surrogate_key(['call.session_id']) }} as session_key,
    call.session_id,
    {{ generate_surrogate_key(['session.project_path']) }} as project_key,
    {{ generate_surrogate_key(['call.model']) }} as model_key,
    {{ date_key('call.timestamp') }} as date_key,
    {{ local_date_key('call.timestamp') }} as local_date_key,
    cast(hour(call.timestamp) as integer) as hour_of_day,
    cast(hour({{ to_local('call.timestamp') }}) as integer) as local_hour_of_day,
    call.timestamp,
    {{ to_local('call.timestamp') }} as timestamp_local,
    call.model,
    call.stop_reason,
    call.service_tier,
    call.speed,
    call.version,
    call.agent_id,
    call.is_sidechain,
    call.is_reported,
    call.streaming_ms,
    call.line_count,
    call.input_tokens,
    call.output_tokens,
    call.cache_creation_tokens,
    call.cache_creation_5m_tokens,
    call.cache_creation_1h_tokens,
    call.cache_read_tokens,
    call.total_tokens,
    call.web_search_requests,
    call.web_fetch_requests,
    call.advisor_model,
    call.advisor_input_tokens,
    call.advisor_output_tokens,
    call.advisor_cache_creation_tokens,
    call.advisor_cache_read_tokens,
    call.advisor_tokens,
    call.advisor_cost_usd,
    call.cost_usd,
    call.is_priced,
    call.logged_cost_usd,
    call.is_provisional,
    call._load_id
from {{ ref('int_api_calls') }} as call
inner join {{ ref('int_sessions_computed') }} as session
    on call.session_id = session.session_id
{% if is_incremental() %}
where call._load_id > {{ mark(this) }}
{% endif %}
