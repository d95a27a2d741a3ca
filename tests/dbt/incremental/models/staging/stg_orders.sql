-- what has arrived by today
select * from {{ ref('orders') }} where loaded <= {{ var('today') }}
