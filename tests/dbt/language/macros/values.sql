{% macro returns_list() %}
  {% set all = [] %}
  {% for n in range(5) %}
    {% if n == 3 %}{% continue %}{% endif %}
    {% do all.append(n * 2) %}
  {% endfor %}
  {% do all.extend([100, 200]) %}
  {% do all.insert(0, -1) %}
  {{ return(all) }}
{% endmacro %}

{% macro returns_dict(base) %}
  {% set d = {'one': 1} %}
  {% do d.update({'two': base.two, 'three': 3}) %}
  {% do d.update(four=4) %}
  {% set gone = d.pop('three') %}
  {% do d.setdefault('five', gone + 2) %}
  {{ return(d) }}
{% endmacro %}

{% macro early(n) %}
  {% if n > 2 %}{{ return('large') }}{% endif %}
  small{{ n }}
{% endmacro %}

{% macro many(first) %}{{ return(first ~ ':' ~ (varargs | join('+')) ~ ':' ~ kwargs.get('last', 'none')) }}{% endmacro %}

{% macro caller_twice() %}{{ caller('x') }} || {{ caller('y') }}{% endmacro %}

{% macro counted(sql) %}
  {% set result = run_query(sql) %}
  {% if execute %}{{ return(result.columns[0].values() | list) }}{% else %}{{ return([]) }}{% endif %}
{% endmacro %}

{% macro by_statement() %}
  {% call statement('numbers', fetch_result=True) %}
    select 1 as n, 'x' as s union all select 2, 'y' order by 1
  {% endcall %}
  {% if execute %}
    {% set loaded = load_result('numbers') %}
    {{ return(loaded['data'] | length ~ '/' ~ loaded['table'].column_names | join('.') ~ '/' ~ loaded.table.rows[1]['s']) }}
  {% endif %}
  {{ return('') }}
{% endmacro %}

{% macro nothing_there() %}{{ return(not_defined_anywhere) }}{% endmacro %}
