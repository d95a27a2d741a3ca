{{ config(incremental_strategy='merge', unique_key='id', incremental_predicates=["DBT_INTERNAL_DEST.status <> 'void'"]) }}
select * from {{ ref('stg_latest') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
