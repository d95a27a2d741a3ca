{{ config(materialized='incremental', unique_key='country') }}
select country, sum(age) as age, {{ greeting('x') }} as hello, '{{ var("limit_of_age") }}' as limit_of_age
from {{ ref('stg_people') }}
{% if is_incremental() %}
where country not in (select country from {{ this }} where age > 1000)
{% endif %}
group by country
