-- Grain: one row per model that answered. Key: model_key; natural key: model.
-- Prices are those valid today, in US dollars per million tokens; null where none is known.
{{ config(materialized='table', tags=['marts']) }}

with models as (
    select
        model,
        min(price_name) as price_name,
        min(timestamp) as first_seen,
        max(timestamp) as last_seen,
        count(*) as call_count
    from {{ ref('int_api_calls') }}
    group by model
),

prices as (
    select
        models.model,
        price.valid_from,
        price.valid_to,
        price.input_usd_per_mtok,
        price.output_usd_per_mtok,
        price.cache_write_5m_usd_per_mtok,
        price.cache_write_1h_usd_per_mtok,
        price.cache_read_usd_per_mtok,
        price.fast_multiplier
    from models
    inner join {{ ref('model_prices') }} as price
        on models.price_name glob price.model_pattern
        and cast(cast(get_current_timestamp() as timestamp) as date) >= coalesce(try_cast(price.valid_from as date), date '0001-01-01')
        and cast(cast(get_current_timestamp() as timestamp) as date) <= coalesce(try_cast(price.valid_to as date), date '9999-12-31')
    qualify row_number() over (
        partition by models.model
        order by length(price.model_pattern) desc, price.model_pattern, try_cast(price.valid_from as date) desc nulls last
    ) = 1
)

select
    {{ generate_surrogate_key(['model.model']) }} as model_key,
    model.model,
    model.price_name as model_name,
    coalesce(nullif(regexp_extract(model.price_name, '(opus|sonnet|haiku|fable|mythos)'), ''), 'other') as model_family,
    price.model is not null as is_priced,
    cast(price.input_usd_per_mtok as decimal(12, 6)) as input_usd_per_mtok,
    cast(price.output_usd_per_mtok as decimal(12, 6)) as output_usd_per_mtok,
    cast(price.cache_write_5m_usd_per_mtok as decimal(12, 6)) as cache_write_5m_usd_per_mtok,
    cast(price.cache_write_1h_usd_per_mtok as decimal(12, 6)) as cache_write_1h_usd_per_mtok,
    cast(price.cache_read_usd_per_mtok as decimal(12, 6)) as cache_read_usd_per_mtok,
    cast(price.fast_multiplier as decimal(6, 3)) as fast_multiplier,
    try_cast(price.valid_from as date) as price_valid_from,
    try_cast(price.valid_to as date) as price_valid_to,
    model.first_seen,
    model.last_seen,
    {{ to_local('model.first_seen') }} as first_seen_local,
    {{ to_local('model.last_seen') }} as last_seen_local,
    model.call_count
from models as model
left join prices as price
    on model.model = price.model
