-- Grain: one row per day of the configured zone with activity. Key: local_date_key.
-- agg_daily_summary, by days of the configured zone whatever the variable `day_basis` says.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

{{ daily_summary('local_date_key') }}
