{{ config(incremental_strategy='delete+insert', unique_key='id', incremental_predicates=["happened_at >= timestamp '2024-03-02 00:00:00'"]) }}
select * from {{ ref('stg_latest') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
