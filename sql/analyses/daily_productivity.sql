-- Sessions, time, messages and tool success per day, of the last 30 days.
select
    date.date,
    count(distinct session.session_key) as sessions,
    sum(session.duration_minutes) as total_minutes,
    sum(session.total_messages) as messages,
    round(avg(session.tool_success_rate), 2) as avg_tool_success
from {{ ref('agg_session_metrics') }} as session
inner join {{ ref('dim_date') }} as date
    on session.date_key = date.date_key
where date.date >= current_date - interval 30 day
group by date.date
order by date.date desc
