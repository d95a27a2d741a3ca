{{ config(incremental_strategy='merge', unique_key='id', merge_update_columns=['amount', 'loaded']) }}
select * from {{ ref('stg_latest') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
