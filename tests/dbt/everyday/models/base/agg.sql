select {{ dbt.bool_or('flag') }} bo, {{ dbt.any_value("'x'") }} av, {{ dbt.listagg('word', "'-'", 'order by id') }} la,
 {{ dbt.array_construct([1,2]) }} ac, {{ dbt.array_concat(dbt.array_construct([1]), dbt.array_construct([2])) }} ac2 from {{ ref('numbers') }}
{{ dbt.intersect() }} select true, 'x', 'one-two-th,ree', [1,2], [1,2]
