{% macro euros(column) %}{{ rounded(column ~ ' / 100.0') }}{% endmacro %}

{% macro rounded(expression) %}round({{ expression }}, 1){% endmacro %}

{% macro unused() %}2{% endmacro %}
