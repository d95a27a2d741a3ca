{{ config(incremental_strategy='merge', unique_key=['id', 'customer'], merge_exclude_columns=['note']) }}
select * from {{ ref('stg_latest') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
