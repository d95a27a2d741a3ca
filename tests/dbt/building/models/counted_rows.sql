{{ config(materialized='counted',
          pre_hook=[before_begin("{{ told('counted', 'before the transaction') }}"), "{{ told('counted', 'inside, first') }}"],
          post_hook=["{{ told('counted', 'inside, last') }}", after_commit("{{ told('counted', 'after the transaction') }}")]) }}
select * from {{ ref('amounts') }}
