-- Grain: one row per response of the API, counted once. Key: message_id (api_call_key).
-- The only place, with fct_messages, where tokens and cost are: see int_api_calls for how they are
-- chosen and priced. What an advisor asked inside the response used stands in columns of its own,
-- and its cost in that of the response too; agg_model_usage_daily has it under its own model.
--
-- Incremental per session: see int_api_calls.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    uncompressed=['api_call_key', 'message_key', 'message_id', 'request_id'],
    tags=['marts']
) }}

with advisors as (
    select
        response_id,
        string_agg(model, ', ' order by model) as advisor_model,
        cast(sum(input_tokens) as bigint) as advisor_input_tokens,
        cast(sum(output_tokens) as bigint) as advisor_output_tokens,
        cast(sum(cache_creation_tokens) as bigint) as advisor_cache_creation_tokens,
        cast(sum(cache_read_tokens) as bigint) as advisor_cache_read_tokens,
        cast(sum(total_tokens) as bigint) as advisor_tokens,
        cast(coalesce(sum(cost_usd), 0.0) as decimal(18, 10)) as advisor_cost_usd,
        bool_and(is_priced) as is_priced
    from {{ ref('int_api_calls') }}
    where
        is_advisor
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
    group by response_id
)

select
    {{ generate_surrogate_key(['call.message_id']) }} as api_call_key,
    {{ generate_surrogate_key(['call.message_id']) }} as message_key,
    call.message_id,
    call.request_id,
    session.session_key,
    call.session_id,
    session.project_key,
    {{ generate_surrogate_key(['call.model']) }} as model_key,
    call.date_key,
    call.local_date_key,
    cast(hour(call.timestamp) as integer) as hour_of_day,
    cast(hour({{ to_local('call.timestamp') }}) as integer) as local_hour_of_day,
    call.timestamp,
    {{ to_local('call.timestamp') }} as timestamp_local,
    call.model,
    call.stop_reason,
    call.service_tier,
    call.speed,
    call.inference_geo,
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
    advisor.advisor_model,
    advisor.advisor_input_tokens,
    advisor.advisor_output_tokens,
    advisor.advisor_cache_creation_tokens,
    advisor.advisor_cache_read_tokens,
    coalesce(advisor.advisor_tokens, 0) as advisor_tokens,
    coalesce(advisor.advisor_cost_usd, 0.0) as advisor_cost_usd,
    if(
        advisor.response_id is null,
        call.cost_usd,
        cast(coalesce(call.cost_usd, 0.0) + advisor.advisor_cost_usd as decimal(18, 10))
    ) as cost_usd,
    call.is_priced and coalesce(advisor.is_priced, true) as is_priced,
    call.logged_cost_usd,
    call.is_provisional,
    call._load_id
from {{ ref('int_api_calls') }} as call
inner join {{ ref('int_sessions_computed') }} as session
    on call.session_id = session.session_id
left join advisors as advisor
    on call.message_id = advisor.response_id
where
    not call.is_advisor
    {% if is_incremental() %}
    and call._load_id > {{ mark(this) }}
    {% endif %}
