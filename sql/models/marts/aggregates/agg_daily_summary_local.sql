-- Grain: one row per day of the configured zone with activity. Key: local_date_key.
-- agg_daily_summary, by days of the configured zone whatever the variable `day_basis` says.
--
-- Incremental per day: a row depends on what happened on its day alone.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='local_date_key',
    touched="{{ changed_groups(this, 'local_date_key') }}",
    tags=['marts', 'aggregates']
) }}

{% if is_incremental() -%}
{%- set days = key_list(changed_groups(this, 'local_date_key')) -%}
{%- endif -%}

{{ daily_summary('local_date_key', days) }}
