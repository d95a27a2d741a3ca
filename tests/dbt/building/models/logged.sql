{{ config(post_hook=["{{ count_of(this) }}", {"sql": "{{ told('logged', 'after commit') }}", "transaction": false}], pre_hook={"sql": "{{ told('logged', 'before begin') }}", "transaction": false}) }}
select id, amount from {{ ref('amounts') }}
