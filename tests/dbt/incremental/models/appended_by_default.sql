select id, loaded, amount from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
