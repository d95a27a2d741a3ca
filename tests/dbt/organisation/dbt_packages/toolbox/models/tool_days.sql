select unnest(range(date '{{ var('start', '2024-01-30') }}', date '2024-02-04', interval 1 day))::date as day, {{ var('depth') }} as depth
