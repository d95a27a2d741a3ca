{# The name a model is priced under: no provider, region, date, version or context suffix, dots as
   dashes. `us.anthropic.claude-sonnet-4-5-20250929-v1:0` becomes `claude-sonnet-4-5`. #}
{% macro price_name(model) -%}
regexp_replace(
    replace(
        coalesce(nullif(regexp_extract(lower({{ model }}), 'claude-.*'), ''), lower({{ model }})),
        '.',
        '-'
    ),
    '(\[[^\]]*\]|@[0-9a-z-]+|-v[0-9]+(:[0-9]+)?|-latest|-20[0-9]{6})+$',
    ''
)
{%- endmacro %}

{# Token cost in US dollars of one request, exact: the columns of `usage` (a relation alias) times
   the rates per million tokens of `price` (a relation alias with the columns of the seed). A request
   whose whole input is above the threshold pays the long-context rates for all of it. #}
{% macro token_cost(usage, price) -%}
cast(0.000001 as decimal(38, 6)) * case
    when {{ usage }}.input_tokens + {{ usage }}.cache_creation_5m_tokens
        + {{ usage }}.cache_creation_1h_tokens + {{ usage }}.cache_read_tokens
        > {{ price }}.long_context_threshold_tokens
        then {{ tokens_times_rates(usage, price, 'long_') }}
    else {{ tokens_times_rates(usage, price, '') }}
end
{%- endmacro %}

{% macro tokens_times_rates(usage, price, prefix) -%}
(
    cast({{ usage }}.input_tokens as decimal(38, 0)) * {{ price }}.{{ prefix }}input_usd_per_mtok
    + cast({{ usage }}.output_tokens as decimal(38, 0)) * {{ price }}.{{ prefix }}output_usd_per_mtok
    + cast({{ usage }}.cache_creation_5m_tokens as decimal(38, 0)) * {{ price }}.{{ prefix }}cache_write_5m_usd_per_mtok
    + cast({{ usage }}.cache_creation_1h_tokens as decimal(38, 0)) * {{ price }}.{{ prefix }}cache_write_1h_usd_per_mtok
    + cast({{ usage }}.cache_read_tokens as decimal(38, 0)) * {{ price }}.{{ prefix }}cache_read_usd_per_mtok
)
{%- endmacro %}

{# A whole number in a JSON object; 0 where there is none. #}
{% macro whole_number(object, path) -%}
coalesce(try_cast(json_extract_string({{ object }}, '$.{{ path }}') as bigint), 0)
{%- endmacro %}

{# Cache writes by duration, from the columns `split_5m_tokens`, `split_1h_tokens` and
   `unsplit_tokens`: what the split leaves open goes to its only class, else to five minutes. #}
{% macro cache_writes() -%}
split_5m_tokens + if(split_5m_tokens > 0 or split_1h_tokens = 0, unsplit_tokens, 0) as cache_creation_5m_tokens,
        split_1h_tokens + if(split_5m_tokens > 0 or split_1h_tokens = 0, 0, unsplit_tokens) as cache_creation_1h_tokens
{%- endmacro %}
