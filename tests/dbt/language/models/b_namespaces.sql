{% set ns = namespace(total=0, seen=[]) %}
{% for row in [{'n': 1}, {'n': 5}, {'n': 3}] %}
  {% set ns.total = ns.total + row.n %}
  {% do ns.seen.append(row['n']) %}
  {% if row.n == 5 %}{% break %}{% endif %}
{% endfor %}
{% set a, b = 1, 2 %}
{% set relation = api.Relation.create(schema='some', identifier='thing') %}
/* {% raw %}{{ not rendered }}{% endraw %} */
select {{ ns.total }} as total, '{{ ns.seen }}' as seen, {{ a + b }} as ab,
  '{{ relation.schema }} {{ relation.identifier }}' as relation_parts,
  '{{ ref("letters").identifier }} {{ ref("letters").include(database=false) }}' as referred,
  {% if not var('flag') %}0{% elif var('number') > 2 %}1{% else %}2{% endif %} as branch
