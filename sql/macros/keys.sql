{# md5 over the given SQL expressions, in order; a null counts as a value of its own. #}
{% macro generate_surrogate_key(fields) -%}
md5({% for field in fields %}coalesce(cast({{ field }} as varchar), '_null_'){% if not loop.last %} || '-' || {% endif %}{% endfor %})
{%- endmacro %}

{# Half of the md5 of a text, as a number: what stg_session_keys knows a key by. The engine's own
   md5_number_lower is the same, by way of two texts of bits. #}
{% macro key_hash(text) -%}
cast(md5_number({{ text }}) >> 64 as ubigint)
{%- endmacro %}
