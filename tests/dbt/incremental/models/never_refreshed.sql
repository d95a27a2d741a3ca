{{ config(full_refresh=false, incremental_strategy='append') }}
select id, loaded from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
