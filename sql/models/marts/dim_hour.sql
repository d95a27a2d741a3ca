-- Grain: one row per hour of the day. Key: hour_key (0 to 23).
{{ config(materialized='table', tags=['marts']) }}

select
    cast(hour as integer) as hour_key,
    cast(hour as integer) as hour,
    lpad(cast(hour as varchar), 2, '0') || ':00' as hour_label,
    case
        when hour < 6 then 'night'
        when hour < 12 then 'morning'
        when hour < 18 then 'afternoon'
        else 'evening'
    end as part_of_day,
    hour between 9 and 17 as is_working_hour
from range(24) as hours (hour)
order by hour_key
