{# Last part of a path, whatever its separators. #}
{% macro project_name(path) -%}
coalesce(nullif(string_split(rtrim(replace({{ path }}, '\', '/'), '/'), '/')[-1], ''), {{ path }})
{%- endmacro %}
