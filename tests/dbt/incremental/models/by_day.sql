{{ config(
    incremental_strategy='microbatch', event_time='happened_at', batch_size='day',
    begin='2024-03-01', lookback=1
) }}
select id, customer, amount, status, happened_at from {{ ref('stg_latest') }}
