{# Dates: arithmetic, series, and the texts that name them. #}
{% macro current_timestamp() -%} now() {%- endmacro %}
{% macro current_timestamp_backcompat() -%} current_timestamp::timestamp {%- endmacro %}
{% macro current_timestamp_in_utc_backcompat() -%} {{ dbt.current_timestamp_backcompat() }} {%- endmacro %}
{% macro snapshot_get_time() -%} {{ dbt.current_timestamp() }}::timestamp {%- endmacro %}
{% macro snapshot_string_as_time(timestamp) %}{{ return("'" ~ timestamp ~ "'::timestamp") }}{% endmacro %}
{% macro date(year, month, day) -%} make_date({{ year }}, {{ month }}, {{ day }}) {%- endmacro %}
{% macro date_trunc(datepart, date) -%} date_trunc('{{ datepart }}', {{ date }}) {%- endmacro %}

{% macro dateadd(datepart, interval, from_date_or_timestamp) -%}
{%- set unit = datepart | lower -%}
{%- set factor, unit = (3, 'month') if unit == 'quarter' else (7, 'day') if unit == 'week' else (1, unit) -%}
{#- Without a time zone, because the engine here cannot add to an instant that has one. -#}
(cast({{ from_date_or_timestamp }} as timestamp) + {% if factor > 1 %}(cast({{ interval }} as bigint) * {{ factor }}){% else %}cast({{ interval }} as bigint){% endif %} * interval 1 {{ unit }})
{%- endmacro %}

{% macro datediff(first_date, second_date, datepart) -%}
{%- if datepart == 'week' -%}
({{ dbt.datediff(first_date, second_date, 'day') }} // 7 + case
    when date_part('dow', ({{ first_date }})::timestamp) <= date_part('dow', ({{ second_date }})::timestamp)
    then case when {{ first_date }} <= {{ second_date }} then 0 else -1 end
    else case when {{ first_date }} <= {{ second_date }} then 1 else 0 end
end)
{%- else -%}
(date_diff('{{ datepart }}', {{ first_date }}::timestamp, {{ second_date }}::timestamp ))
{%- endif -%}
{%- endmacro %}

{% macro last_day(date, datepart) -%}
{%- set months = {'month': 1, 'quarter': 3, 'year': 12}.get(datepart) -%}
{%- if months is none -%}
cast({{ dbt.dateadd('day', '-1', dbt.dateadd(datepart, '1', dbt.date_trunc(datepart, date))) }} as date)
{%- else -%}
cast({{ dbt.dateadd('day', '-1', dbt.dateadd('month', months, dbt.date_trunc(datepart, date))) }} as date)
{%- endif -%}
{%- endmacro %}
{% macro default_last_day(date, datepart) -%} {{ dbt.last_day(date, datepart) }} {%- endmacro %}

{% macro get_powers_of_two(upper_bound) %}
{% if upper_bound <= 0 %}{{ exceptions.raise_compiler_error('upper bound must be positive') }}{% endif %}
{% for _ in range(1, 100) %}{% if upper_bound <= 2 ** loop.index %}{{ return(loop.index) }}{% endif %}{% endfor %}
{% endmacro %}
{% macro generate_series(upper_bound) %}
select generate_series as generated_number
from generate_series(1, {{ upper_bound }})
{% endmacro %}

{% macro get_intervals_between(start_date, end_date, datepart) -%}
{%- if not execute -%}{{ return(1) }}{%- endif -%}
{%- set found = run_query('select ' ~ dbt.datediff(start_date, end_date, datepart)) -%}
{{ return(found.rows[0][0] if found and found.rows | length > 0 else 1) }}
{%- endmacro %}
{% macro date_spine(datepart, start_date, end_date) %}
with rawdata as (
    {{ dbt.generate_series(dbt.get_intervals_between(start_date, end_date, datepart)) }}
),
all_periods as (
    select ({{ dbt.dateadd(datepart, 'row_number() over (order by 1) - 1', start_date) }}) as date_{{ datepart }}
    from rawdata
),
filtered as (
    select * from all_periods where date_{{ datepart }} <= {{ end_date }}
)
select * from filtered
{% endmacro %}

{% macro convert_datetime(date_str, date_fmt) %}{{ return(modules.datetime.datetime.strptime(date_str | string, date_fmt)) }}{% endmacro %}
{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt='%Y%m%d', out_fmt='%Y%m%d') %}
{%- set first = dbt.convert_datetime(start_date_str, in_fmt) -%}
{%- set last = dbt.convert_datetime(end_date_str or start_date_str, in_fmt) -%}
{%- set days = (last - first).days -%}
{%- if days < 0 -%}{{ exceptions.raise_compiler_error('The end of a range of dates is before its start: ' ~ first ~ ', ' ~ last) }}{%- endif -%}
{%- set found = [] -%}
{%- for day in range(days + 1) -%}{%- do found.append((first + modules.datetime.timedelta(days=day)).strftime(out_fmt)) -%}{%- endfor -%}
{{ return(found) }}
{% endmacro %}
{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') %}
{%- set parts = (raw_partition_date | string).split(',') -%}
{{ return(dbt.dates_in_range(parts[0], parts[1] if parts | length > 1 else none, in_fmt=date_fmt)) }}
{% endmacro %}
{% macro py_current_timestring() %}{{ return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) }}{% endmacro %}
