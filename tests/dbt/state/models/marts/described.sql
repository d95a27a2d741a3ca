{{ config(persist_docs={'relation': true, 'columns': true}) }}
select 1 as a, 2 as b
