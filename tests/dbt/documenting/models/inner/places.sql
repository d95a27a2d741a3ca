{{ config(tags='c') }}
select code, {{ adapter.dispatch('third', 'library')('cents') }} as third from {{ ref('codes') }}
