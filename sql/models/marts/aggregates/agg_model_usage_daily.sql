-- Grain: one row per day and model. Key: date_key, model.
-- What an advisor used inside a response stands under the advisor's model: the sums over models
-- are those of fct_api_calls plus the advisors' tokens, and the same cost.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

with usage as (
    select
        date_key,
        model,
        session_id,
        1 as api_calls,
        if(is_sidechain, 1, 0) as sidechain_api_calls,
        if(is_provisional, 1, 0) as provisional_api_calls,
        if(is_priced, 0, 1) as unpriced_api_calls,
        input_tokens,
        output_tokens,
        cache_creation_5m_tokens,
        cache_creation_1h_tokens,
        cache_creation_tokens,
        cache_read_tokens,
        total_tokens,
        0 as advisor_tokens,
        web_search_requests,
        cost_usd - advisor_cost_usd as cost_usd,
        logged_cost_usd
    from {{ ref('fct_api_calls') }}
    union all
    select
        date_key,
        advisor_model as model,
        session_id,
        0 as api_calls,
        0 as sidechain_api_calls,
        0 as provisional_api_calls,
        0 as unpriced_api_calls,
        0 as input_tokens,
        0 as output_tokens,
        0 as cache_creation_5m_tokens,
        0 as cache_creation_1h_tokens,
        0 as cache_creation_tokens,
        0 as cache_read_tokens,
        0 as total_tokens,
        advisor_tokens,
        0 as web_search_requests,
        advisor_cost_usd as cost_usd,
        null as logged_cost_usd
    from {{ ref('fct_api_calls') }}
    where advisor_model is not null
)

select
    usage.date_key,
    model.model_key,
    usage.model,
    model.model_family,
    count(distinct usage.session_id) as session_count,
    cast(sum(usage.api_calls) as bigint) as api_calls,
    cast(sum(usage.sidechain_api_calls) as bigint) as sidechain_api_calls,
    cast(sum(usage.provisional_api_calls) as bigint) as provisional_api_calls,
    cast(sum(usage.unpriced_api_calls) as bigint) as unpriced_api_calls,
    cast(sum(usage.input_tokens) as bigint) as input_tokens,
    cast(sum(usage.output_tokens) as bigint) as output_tokens,
    cast(sum(usage.cache_creation_5m_tokens) as bigint) as cache_creation_5m_tokens,
    cast(sum(usage.cache_creation_1h_tokens) as bigint) as cache_creation_1h_tokens,
    cast(sum(usage.cache_creation_tokens) as bigint) as cache_creation_tokens,
    cast(sum(usage.cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(usage.total_tokens) as bigint) as total_tokens,
    cast(sum(usage.advisor_tokens) as bigint) as advisor_tokens,
    {{ cache_hit_ratio('sum(usage.input_tokens)', 'sum(usage.cache_creation_tokens)', 'sum(usage.cache_read_tokens)') }} as cache_hit_ratio,
    cast(sum(usage.web_search_requests) as bigint) as web_search_requests,
    cast(sum(usage.cost_usd) as decimal(18, 10)) as cost_usd,
    cast(sum(usage.logged_cost_usd) as decimal(18, 10)) as logged_cost_usd
from usage
inner join {{ ref('dim_models') }} as model
    on usage.model = model.model
group by usage.date_key, model.model_key, usage.model, model.model_family
