{# md5 over the given SQL expressions, in order; a null counts as a value of its own. #}
{% macro generate_surrogate_key(fields) -%}
md5({% for field in fields %}coalesce(cast({{ field }} as varchar), '_null_'){% if not loop.last %} || '-' || {% endif %}{% endfor %})
{%- endmacro %}
