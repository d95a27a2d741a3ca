select person, sum(euros) as euros from {{ ref('stg_orders') }} group by person
