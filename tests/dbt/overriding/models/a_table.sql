{{ config(note_indexes=true) }}
select id, amount from {{ ref('amounts') }}
