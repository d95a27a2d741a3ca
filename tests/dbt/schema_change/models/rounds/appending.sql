{{ config(on_schema_change='append_new_columns') }}
{% if var('round') == 1 %}
select 1 as id, 'a' as kept, 10 as dropped, cast(5 as integer) as widened
{% else %}
select {{ var('round') }} as id, 'b' as kept, cast(6 as integer) as widened, date '2024-01-01' as added
{% endif %}
