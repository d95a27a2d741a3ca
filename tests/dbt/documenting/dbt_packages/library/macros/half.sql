{% macro half(x) %}{{ return(adapter.dispatch('half', 'library')(x)) }}{% endmacro %}
{% macro default__half(x) %}{{ x }} / 2{% endmacro %}
