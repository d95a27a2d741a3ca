{{ config(incremental_strategy='delete+insert', unique_key=['customer', 'status']) }}
select customer, status, sum(amount) as amount, max(loaded) as loaded from {{ ref('stg_latest') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
group by all
