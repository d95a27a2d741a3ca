-- depends_on: {{ ref('at_least') }}
select * from {{ target.schema }}.at_least(15, 2)
