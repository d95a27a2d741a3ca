-- depends_on: {{ ref('letters') }}
{% set letters = counted("select letter from " ~ ref('letters') ~ " order by letter") %}
{% set relation = adapter.get_relation(database=target.database, schema=target.schema, identifier='letters') %}
select
  {% for letter in letters %}
  sum(case when letter = '{{ letter }}' then position end) as {{ letter }}_position,
  {% endfor %}
  '{{ by_statement() }}' as by_statement,
  '{% if execute %}{% for c in adapter.get_columns_in_relation(ref("letters")) %}{{ c.name }}:{{ c.dtype }}{{ "" if loop.last else "," }}{% endfor %}{% endif %}' as columns_of,
  '{{ (relation is not none) }}' as found,
  '{{ dbt_utils_like_single("select max(position) from " ~ ref("letters")) }}' as single
from {{ ref('letters') }}
