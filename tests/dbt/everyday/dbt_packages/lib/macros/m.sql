{% macro twice(x) %}{{ return(adapter.dispatch('twice', 'lib')(x)) }}{% endmacro %}
{% macro default__twice(x) %}{{ return('(' ~ x ~ ' * 2)') }}{% endmacro %}
{% macro thrice(x) %}{{ return(adapter.dispatch('thrice', 'lib')(x, **kwargs)) }}{% endmacro %}
{% macro default__thrice(x, plus=0) %}({{ x }} * 3 + {{ plus }}){% endmacro %}
{% macro va() %}{{ return(varargs | list | join('/') ~ ':' ~ kwargs.items() | list | length) }}{% endmacro %}
{% macro passes() %}{% set args = [1, 2] %}{% set kw = {'k': 'v'} %}{{ return(lib.va(*args, **kw)) }}{% endmacro %}
