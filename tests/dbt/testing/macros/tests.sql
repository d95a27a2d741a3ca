{% macro greeting(who) %}'hello {{ who }}'{% endmacro %}

{% test at_most(model, column_name, ceiling, inclusive=true) %}
select {{ column_name }} as value
from {{ model }}
where {{ column_name }} {{ '>' if inclusive else '>=' }} {{ ceiling }}
{% endtest %}

{% test rows_between(model, low=0, high=none) %}
{{ config(severity='warn', fail_calc='coalesce(sum(misses), 0)') }}
with counted as (select count(*) as n from {{ model }})
select {{ low }} - n as misses from counted where n < {{ low }}
{% if high is not none %}
union all
select n - {{ high }} as misses from counted where n > {{ high }}
{% endif %}
{% endtest %}
