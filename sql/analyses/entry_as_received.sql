-- The entries of the latest session as they were received: the way from any row back to its source.
select
    entry._id,
    entry.type,
    entry.timestamp,
    json._raw_json
from {{ ref('stg_conversations') }} as entry
inner join {{ source('raw', 'conversation_json') }} as json
    on entry._id = json._id
where entry.session_id = (
    select session_id
    from {{ ref('dim_sessions') }}
    order by end_time desc nulls last, session_id
    limit 1
)
order by
    entry.timestamp,
    entry.source_offset
