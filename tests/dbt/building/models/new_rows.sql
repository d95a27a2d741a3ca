{{ config(materialized='incremental', incremental_strategy='new_only', unique_key='id', post_hook="{{ count_of(this) }}") }}
select id, amount, {{ is_incremental() }} as came_later from {{ ref('amounts') }}
