{% set items = returns_list() %}
{% set d = returns_dict({'two': 22}) %}
{%- set copies = items[1:3] -%}
{% for item in items %}
select {{ loop.index }} as position, {{ item }} as item, '{{ 'first' if loop.first else ('last' if loop.last else 'middle') }}' as place
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% for key, value in d.items() %}
union all select {{ 100 + loop.index0 }}, {{ value }}, '{{ key }}'
{% endfor %}
union all select 200, {{ copies | sum }}, '{{ copies }}'
union all select 201, {{ items | length }}, '{{ d.keys() | list | sort | join(",") }}'
union all select 202, {{ items | max }}, '{{ (items | map("string") | list)[-1] }}'
