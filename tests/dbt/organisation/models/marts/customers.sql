{{ config(alias='all_customers', tags=['customers'], group='finance', access='public') }}
select customer, sum(amount) as amount, '{{ toolbox.who_helps() }}' as helper, '{{ toolbox.label_of("x") }}' as label,
  {{ toolbox.surrogate(['customer', "'x'"]) }} as customer_key,
  '{{ var("start") }}' as start, '{{ var("list_of_things") | join("-") }}' as things
from {{ ref('organisation', 'stg_payments') }}
group by customer
