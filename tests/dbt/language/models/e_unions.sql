{% set sources = [ref('letters'), ref('a_lists')] %}
{%- for one in sources %}
select '{{ one.identifier }}' as origin, count(*) as n from {{ one }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{{ dbt.except() }}
select 'x', 0
