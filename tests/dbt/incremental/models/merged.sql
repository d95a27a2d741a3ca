{{ config(incremental_strategy='merge', unique_key='id') }}
select * from {{ ref('stg_latest') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
