{{ config(materialized='incremental', unique_key='id', tags='t', meta={'owner': 'x'}) }}
select id, word, {{ 1 if is_incremental() else 0 }} as is_inc from {{ ref('b_numbers') }}
{% if is_incremental() %} where id > (select max(id) - 1 from {{ this }}) {% endif %}
