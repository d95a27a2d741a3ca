-- Messages per weekday and hour, in the configured zone.
select
    date.day_of_week,
    date.day_name,
    hour.hour,
    count(*) as activity_count
from {{ ref('fct_messages') }} as message
inner join {{ ref('dim_date') }} as date
    on message.local_date_key = date.date_key
inner join {{ ref('dim_hour') }} as hour
    on message.local_hour_of_day = hour.hour_key
group by
    date.day_of_week,
    date.day_name,
    hour.hour
order by
    date.day_of_week,
    hour.hour
