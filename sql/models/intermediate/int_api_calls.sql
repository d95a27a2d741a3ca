-- Grain: one row per response of a model. Key: message_id.
-- Usage and cost, once however many lines and sessions repeat the response: the line with the most
-- output tokens (the last one written) has the final numbers, the earliest line the time. Replays
-- of a message in a side question and progress reports count only if its own lines are missing.
-- An advisor that was asked inside a response is a row of its own (`is_advisor`) under its own
-- model, with a `message_id` made from the response's (`response_id`): the usage of the response
-- does not hold its tokens. fct_api_calls puts it beside the response.
-- `is_provisional`: versions 1.0.11 to 2.1.42 wrote the output tokens known when the stream
-- started unless a stop reason is set; the number is then a lower bound.
-- A response may have been made of several requests (`iterations`); each is priced for itself,
-- because the rates of one depend on its size, if they add up to the response.
-- Cost is exact decimal arithmetic from the seed model_prices; null and `is_priced` false where
-- the model has no price.
--
-- Incremental per family of sessions: all lines of a message are in one family.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['intermediate']
) }}

with written as (
    select
        *,
        coalesce(input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens) is not null as has_usage
    from {{ ref('stg_messages') }}
    where
        role = 'assistant'
        and not is_superseded
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
),

-- Aggregates, not windows: a window would sort whole lines.
messages as (
    select
        message_id,
        arg_min(
            _id,
            row(
                -coalesce(output_tokens, -1),
                stop_reason is null,
                -coalesce(epoch_us(timestamp), -9223372036854775807),
                coalesce(epoch_us(session_last_entry_at), 9223372036854775807),
                -coalesce(source_offset, -1),
                _id
            )
        ) filter (has_usage) as final_line_id,
        min(timestamp) as timestamp,
        max(timestamp) filter (not is_copy) as last_line_at,
        count(*) filter (not is_copy) as line_count,
        bool_and(stop_reason is null) as is_unfinished,
        max(logged_cost_usd) as logged_cost_usd
    from written
    group by message_id
    having bool_or(has_usage)
),

lines as (
    select
        message.* exclude (final_line_id),
        owner_session_id as session_id,
        false as is_advisor,
        request_id,
        agent_id,
        is_sidechain,
        type = 'progress' as is_reported,
        coalesce(nullif(model, ''), 'unknown') as model,
        stop_reason,
        version,
        service_tier,
        speed,
        inference_geo,
        coalesce(input_tokens, 0) as input_tokens,
        coalesce(output_tokens, 0) as output_tokens,
        coalesce(cache_read_tokens, 0) as cache_read_tokens,
        coalesce(cache_creation_tokens, 0) as cache_creation_tokens,
        coalesce(cache_creation_5m_tokens, 0) as split_5m_tokens,
        coalesce(cache_creation_1h_tokens, 0) as split_1h_tokens,
        -- what the split does not cover: all of it in old versions, later parts of a response
        -- with several iterations in new ones
        greatest(
            coalesce(cache_creation_tokens, 0)
            - coalesce(cache_creation_5m_tokens, 0)
            - coalesce(cache_creation_1h_tokens, 0),
            0
        ) as unsplit_tokens,
        coalesce(web_search_requests, 0) as web_search_requests,
        coalesce(web_fetch_requests, 0) as web_fetch_requests,
        iterations,
        _load_id
    from messages as message
    inner join written as line
        on message.final_line_id = line._id
),

-- The requests of responses that were made of several.
requests as (
    select
        message_id,
        {{ whole_number('iteration', 'input_tokens') }} as input_tokens,
        {{ whole_number('iteration', 'output_tokens') }} as output_tokens,
        {{ whole_number('iteration', 'cache_read_input_tokens') }} as cache_read_tokens,
        {{ whole_number('iteration', 'cache_creation_input_tokens') }} as cache_creation_tokens,
        {{ whole_number('iteration', 'cache_creation.ephemeral_5m_input_tokens') }} as split_5m_tokens,
        {{ whole_number('iteration', 'cache_creation.ephemeral_1h_input_tokens') }} as split_1h_tokens,
        greatest(cache_creation_tokens - split_5m_tokens - split_1h_tokens, 0) as unsplit_tokens,
        {{ cache_writes() }}
    from (
        select
            message_id,
            unnest(try_cast(iterations as json[])) as iteration
        from lines
        where length(iterations) - length(replace(iterations, '"message"', '')) > length('"message"')
    )
    where json_extract_string(iteration, '$.type') = 'message'
),

-- What they come to, where they add up to the response.
request_sums as (
    select
        response.message_id,
        sum(request.cache_creation_5m_tokens) as cache_creation_5m_tokens,
        sum(request.cache_creation_1h_tokens) as cache_creation_1h_tokens
    from requests as request
    inner join lines as response
        on request.message_id = response.message_id
    group by
        response.message_id,
        response.input_tokens,
        response.output_tokens,
        response.cache_read_tokens,
        response.cache_creation_tokens
    having
        count(*) > 1
        and sum(request.input_tokens) = response.input_tokens
        and sum(request.output_tokens) = response.output_tokens
        and sum(request.cache_read_tokens) = response.cache_read_tokens
        and sum(request.cache_creation_5m_tokens + request.cache_creation_1h_tokens) = response.cache_creation_tokens
),

measured as (
    select
        line.* exclude (
            cache_creation_tokens, split_5m_tokens, split_1h_tokens, unsplit_tokens,
            cache_creation_5m_tokens, cache_creation_1h_tokens
        ),
        request.message_id is not null as has_requests,
        cast(coalesce(request.cache_creation_5m_tokens, line.cache_creation_5m_tokens) as bigint) as cache_creation_5m_tokens,
        cast(coalesce(request.cache_creation_1h_tokens, line.cache_creation_1h_tokens) as bigint) as cache_creation_1h_tokens
    from (select *, {{ cache_writes() }} from lines) as line
    left join request_sums as request
        on line.message_id = request.message_id
),

-- An advisor's own tokens are reported inside the response.
advisor_iterations as (
    select
        message_id,
        coalesce(json_extract_string(iteration, '$.model'), 'unknown') as model,
        {{ whole_number('iteration', 'input_tokens') }} as input_tokens,
        {{ whole_number('iteration', 'output_tokens') }} as output_tokens,
        {{ whole_number('iteration', 'cache_read_input_tokens') }} as cache_read_tokens,
        {{ whole_number('iteration', 'cache_creation_input_tokens') }} as cache_creation_tokens,
        {{ whole_number('iteration', 'cache_creation.ephemeral_1h_input_tokens') }} as cache_creation_1h_tokens
    from (
        select
            message_id,
            unnest(try_cast(iterations as json[])) as iteration
        from measured
        where contains(iterations, '"advisor_message"')
    )
    where json_extract_string(iteration, '$.type') = 'advisor_message'
),

advisors as (
    select
        message_id,
        model,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(greatest(cache_creation_tokens - cache_creation_1h_tokens, 0)) as bigint) as cache_creation_5m_tokens,
        cast(sum(cache_creation_1h_tokens) as bigint) as cache_creation_1h_tokens
    from advisor_iterations
    group by message_id, model
),

responses as (
    select
        *,
        message_id as response_id
    from measured
    union all by name
    select
        advisor.message_id || '/advisor/' || advisor.model as message_id,
        advisor.message_id as response_id,
        true as is_advisor,
        response.session_id,
        response.timestamp,
        response.request_id,
        response.agent_id,
        response.is_sidechain,
        response.is_reported,
        response.version,
        response._load_id,
        false as is_unfinished,
        false as has_requests,
        0 as line_count,
        0 as web_search_requests,
        0 as web_fetch_requests,
        advisor.* exclude (message_id)
    from advisors as advisor
    inner join measured as response
        on advisor.message_id = response.message_id
),

named as (
    select
        *,
        {{ price_name('model') }} as price_name,
        coalesce(cast(timestamp as date), date '9999-12-31') as price_date
    from responses
),

-- Every name and day in use with its price: the longest pattern that matches decides.
names as (
    select distinct price_name, price_date
    from named
),

prices as (
    select
        names.price_name,
        names.price_date,
        try_cast(price.long_context_threshold_tokens as bigint) as long_context_threshold_tokens,
        cast(price.input_usd_per_mtok as decimal(12, 6)) as input_usd_per_mtok,
        cast(price.output_usd_per_mtok as decimal(12, 6)) as output_usd_per_mtok,
        cast(price.cache_write_5m_usd_per_mtok as decimal(12, 6)) as cache_write_5m_usd_per_mtok,
        cast(price.cache_write_1h_usd_per_mtok as decimal(12, 6)) as cache_write_1h_usd_per_mtok,
        cast(price.cache_read_usd_per_mtok as decimal(12, 6)) as cache_read_usd_per_mtok,
        cast(price.long_input_usd_per_mtok as decimal(12, 6)) as long_input_usd_per_mtok,
        cast(price.long_output_usd_per_mtok as decimal(12, 6)) as long_output_usd_per_mtok,
        cast(price.long_cache_write_5m_usd_per_mtok as decimal(12, 6)) as long_cache_write_5m_usd_per_mtok,
        cast(price.long_cache_write_1h_usd_per_mtok as decimal(12, 6)) as long_cache_write_1h_usd_per_mtok,
        cast(price.long_cache_read_usd_per_mtok as decimal(12, 6)) as long_cache_read_usd_per_mtok,
        cast(price.fast_multiplier as decimal(6, 3)) as fast_multiplier,
        cast(price.batch_multiplier as decimal(6, 3)) as batch_multiplier,
        cast(price.regional_multiplier as decimal(6, 3)) as regional_multiplier,
        cast(price.web_search_usd_per_1000 as decimal(12, 6)) as web_search_usd_per_1000
    from names
    inner join {{ ref('model_prices') }} as price
        on names.price_name glob price.model_pattern
        and names.price_date >= coalesce(try_cast(price.valid_from as date), date '0001-01-01')
        and names.price_date <= coalesce(try_cast(price.valid_to as date), date '9999-12-31')
    qualify row_number() over (
        partition by names.price_name, names.price_date
        order by length(price.model_pattern) desc, price.model_pattern, try_cast(price.valid_from as date) desc nulls last
    ) = 1
),

-- Each request has the rates of its own size.
request_costs as (
    select
        request.message_id,
        sum({{ token_cost('request', 'price') }}) as token_cost_usd
    from requests as request
    inner join named as usage
        on request.message_id = usage.message_id
    inner join prices as price
        on usage.price_name = price.price_name
        and usage.price_date = price.price_date
    where usage.has_requests
    group by request.message_id
),

rated as (
    select
        usage.* exclude (has_requests),
        price.price_name is not null as is_priced,
        if(usage.has_requests, request.token_cost_usd, {{ token_cost('usage', 'price') }}) as token_cost_usd,
        if(usage.speed = 'fast', price.fast_multiplier, 1.0)
        * if(usage.service_tier = 'batch', price.batch_multiplier, 1.0)
        * if(
            usage.inference_geo = 'us' or regexp_matches(lower(usage.model), '^(us|eu|jp|au|apac)\.'),
            price.regional_multiplier,
            1.0
        ) as multiplier,
        price.web_search_usd_per_1000
    from named as usage
    left join prices as price
        on usage.price_name = price.price_name
        and usage.price_date = price.price_date
    left join request_costs as request
        on usage.message_id = request.message_id
),

-- Rounding a number of 38 digits takes the engine longer than all else here together; nearly every
-- cost fits into 18.
priced as (
    select
        * exclude (token_cost_usd, multiplier, web_search_usd_per_1000),
        case
            when multiplier = 1 and web_search_requests = 0 and token_cost_usd between -900000 and 900000
                then cast(cast(token_cost_usd as decimal(18, 12)) as decimal(18, 10))
            else cast(
                token_cost_usd * multiplier
                + cast(web_search_requests as decimal(38, 0)) * web_search_usd_per_1000 * 0.001
                as decimal(18, 10)
            )
        end as cost_usd
    from rated
)

select
    message_id,
    response_id,
    is_advisor,
    session_id,
    request_id,
    agent_id,
    is_sidechain,
    is_reported,
    timestamp,
    {{ date_key('timestamp') }} as date_key,
    {{ local_date_key('timestamp') }} as local_date_key,
    date_diff('millisecond', timestamp, last_line_at) as streaming_ms,
    line_count,
    model,
    price_name,
    stop_reason,
    version,
    service_tier,
    speed,
    inference_geo,
    input_tokens,
    output_tokens,
    cache_creation_5m_tokens + cache_creation_1h_tokens as cache_creation_tokens,
    cache_creation_5m_tokens,
    cache_creation_1h_tokens,
    cache_read_tokens,
    input_tokens + output_tokens + cache_creation_5m_tokens
    + cache_creation_1h_tokens + cache_read_tokens as total_tokens,
    web_search_requests,
    web_fetch_requests,
    cost_usd,
    is_priced,
    cast(logged_cost_usd as decimal(18, 10)) as logged_cost_usd,
    is_unfinished
    and coalesce({{ version_number('version') }} between 1000011 and 2001042, false) as is_provisional,
    _load_id
from priced
