{{ config(
    incremental_strategy='append',
    pre_hook="create table if not exists {{ this.schema }}.hook_log (what varchar, incremental boolean)",
    post_hook=["insert into {{ this.schema }}.hook_log values ('after {{ this.identifier }}', {{ is_incremental() }})"]
) }}
select id, loaded from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded > (select max(loaded) from {{ this }})
{% endif %}
