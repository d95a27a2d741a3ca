-- Grain: one row per day with activity. Key: date_key.
{{ config(materialized='table', tags=['marts', 'aggregates']) }}

{{ daily_summary('date_key') }}
