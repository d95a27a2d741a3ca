-- Grain: one row per day, without gaps, from the first entry to today (or the last entry, where a
-- clock was ahead). Key: date_key. Rows without a time have the key 1970-01-01; its row is here only
-- if there are any, and says nothing but that: `date` and the rest are null.
{{ config(materialized='table', tags=['marts']) }}

with bounds as (
    select
        min({{ date_key('first_entry_at') }}) as first_date,
        min({{ local_date_key('first_entry_at') }}) as first_local_date,
        max({{ date_key('last_entry_at') }}) as last_date,
        max({{ local_date_key('last_entry_at') }}) as last_local_date
    from {{ ref('stg_sessions') }}
    where entry_count > 0 and first_entry_at is not null
),

today as (
    select cast(get_current_timestamp() as timestamp) as instant
),

days as (
    select cast(unnest(generate_series(
        least(bounds.first_date, bounds.first_local_date),
        greatest(
            bounds.last_date,
            bounds.last_local_date,
            cast(today.instant as date),
            cast({{ to_local('today.instant') }} as date)
        ),
        interval 1 day
    )) as date) as date_key
    from bounds
    cross join today
    where bounds.first_date is not null
),

unknown as (
    select {{ unknown_date() }} as date_key
    where exists (
        select 1
        from {{ ref('int_session_activity') }}
        where hour_start is null
    ) or exists (
        select 1
        from {{ ref('int_sessions_computed') }}
        where start_time is null
    )
),

all_days as (
    select date_key, date_key as date
    from days
    union all
    select date_key, null as date
    from unknown
    where date_key not in (select date_key from days)
)

select
    date_key,
    date,
    cast(year(date) as integer) as year,
    cast(quarter(date) as integer) as quarter,
    cast(month(date) as integer) as month,
    monthname(date) as month_name,
    cast(date_trunc('month', date) as date) as month_start,
    cast(weekofyear(date) as integer) as week_of_year,
    cast(date_trunc('week', date) as date) as week_start,
    cast(day(date) as integer) as day_of_month,
    cast(dayofyear(date) as integer) as day_of_year,
    cast(isodow(date) as integer) as day_of_week,
    dayname(date) as day_name,
    isodow(date) in (6, 7) as is_weekend
from all_days
order by date_key
