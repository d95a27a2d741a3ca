{% test even(model, column_name) %}
    {{ config(tags=['arithmetic']) }}
    select * from {{ model }} where {{ column_name }} % 2 = 1
{% endtest %}
