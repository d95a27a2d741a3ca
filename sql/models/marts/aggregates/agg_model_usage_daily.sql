-- Grain: one row per day and model. Key: date_key, local_date_key, model: a UTC day holds parts of
-- two days of the configured zone, and all but the distinct count adds up either way.
-- What an advisor used inside a response stands under the advisor's model: the sums over models
-- are those of fct_api_calls and of its advisor_tokens, and the same cost.
--
-- Incremental per day: a row depends on the responses of its day alone.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='date_key',
    touched="{{ changed_groups(this, 'date_key') }}",
    tags=['marts', 'aggregates']
) }}

with loads as (
    {{ group_loads('date_key') }}
)

select
    call.date_key,
    call.local_date_key,
    model.model_key,
    call.model,
    model.model_family,
    count(distinct call.session_id) as session_count,
    count(*) filter (not call.is_advisor) as api_calls,
    count(*) filter (call.is_advisor) as advisor_calls,
    count(*) filter (call.is_sidechain) as sidechain_api_calls,
    count(*) filter (call.is_provisional) as provisional_api_calls,
    count(*) filter (not call.is_priced) as unpriced_api_calls,
    cast(sum(call.input_tokens) as bigint) as input_tokens,
    cast(sum(call.output_tokens) as bigint) as output_tokens,
    cast(sum(call.cache_creation_5m_tokens) as bigint) as cache_creation_5m_tokens,
    cast(sum(call.cache_creation_1h_tokens) as bigint) as cache_creation_1h_tokens,
    cast(sum(call.cache_creation_tokens) as bigint) as cache_creation_tokens,
    cast(sum(call.cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(call.total_tokens) as bigint) as total_tokens,
    {{ cache_hit_ratio('sum(call.input_tokens)', 'sum(call.cache_creation_tokens)', 'sum(call.cache_read_tokens)') }} as cache_hit_ratio,
    cast(sum(call.web_search_requests) as bigint) as web_search_requests,
    cast(sum(call.web_fetch_requests) as bigint) as web_fetch_requests,
    cast(sum(call.cost_usd) as decimal(18, 10)) as cost_usd,
    cast(sum(call.logged_cost_usd) as decimal(18, 10)) as logged_cost_usd,
    load._load_id
from {{ ref('int_api_calls') }} as call
inner join {{ ref('dim_models') }} as model
    on call.model = model.model
inner join loads as load
    on call.date_key = load.date_key
{% if is_incremental() %}
where call.date_key in ({{ key_list(changed_groups(this, 'date_key')) }})
{% endif %}
group by
    call.date_key,
    call.local_date_key,
    model.model_key,
    call.model,
    model.model_family,
    load._load_id
