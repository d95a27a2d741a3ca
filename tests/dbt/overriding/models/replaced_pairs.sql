{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['id', 'day'], on_schema_change='sync_all_columns') }}
select id, day, amount{% if not is_incremental() %}, 'gone' as gone{% endif %} from {{ ref('amounts') }}
