-- Grain: one row per day with activity. Key: date_key.
--
-- Incremental per day: a row depends on what happened on its day alone.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='date_key',
    touched="{{ changed_groups(this, 'date_key') }}",
    tags=['marts', 'aggregates']
) }}

{% if is_incremental() -%}
{%- set days = key_list(changed_groups(this, 'date_key')) -%}
{%- endif -%}

{{ daily_summary('date_key', days) }}
