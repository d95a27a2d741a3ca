{# A version `major.minor.patch` as one number that sorts: 2.1.42 is 2001042. Null if it is none. #}
{% macro version_number(version) -%}
(
    try_cast(split_part({{ version }}, '.', 1) as integer) * 1000000
    + try_cast(split_part({{ version }}, '.', 2) as integer) * 1000
    + try_cast(regexp_extract(split_part({{ version }}, '.', 3), '^[0-9]+') as integer)
)
{%- endmacro %}
