-- Grain: one row per session id that any entry has or had. Key: session_id. Bookkeeping of changes.
-- `_load_id` is the newest load that can have changed anything computed about the session: it
-- brought, replaced or deleted an entry of the session, or of a session that shares keys with it
-- (who owns a shared entry depends on all its holders). One step is enough: ownership is decided
-- from entries alone, never from what was decided about other entries.
-- A session whose entries were all deleted stays with entry_count 0, so that models built per
-- session learn that it is gone.
--
-- Incremental: sessions of entries and tombstones above the mark, and those sharing keys with them.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    tags=['staging']
) }}

with
{% if is_incremental() %}
mark as (
    select coalesce(max(_load_id), -1) as load_id
    from {{ this }}
),

{% endif %}
deletions as (
    select
        coalesce(nullif(session_id, ''), 'unknown') as session_id,
        max(_load_id) as _load_id
    from {{ source('raw', 'tombstones') }}
    {% if is_incremental() %}
    where _load_id > (select load_id from mark)
    {% endif %}
    group by all
),

touched as (
    select session_id
    from deletions
    {% if is_incremental() %}
    union
    select session_id
    from {{ ref('stg_conversations') }}
    where _load_id > (select load_id from mark)
    {% endif %}
),

entries as (
    select
        session_id,
        count(*) as entry_count,
        min(timestamp) as first_entry_at,
        max(timestamp) as last_entry_at,
        max(_load_id) as _load_id
    from {{ ref('stg_conversations') }}
    {% if is_incremental() %}
    where session_id in (select session_id from touched)
    {% endif %}
    group by session_id
),

own as (
    select
        coalesce(entries.session_id, touched.session_id) as session_id,
        coalesce(entries.entry_count, 0) as entry_count,
        entries.first_entry_at,
        entries.last_entry_at,
        greatest(entries._load_id, deletions._load_id) as own_load_id
    from entries
    full outer join touched
        on entries.session_id = touched.session_id
    left join deletions
        on deletions.session_id = coalesce(entries.session_id, touched.session_id)
),

sharing as (
    select
        other.session_id,
        max(own.own_load_id) as load_id
    from own
    inner join {{ ref('stg_session_keys') }} as key
        on own.session_id = key.session_id
    inner join {{ ref('stg_session_keys') }} as other
        on key.key_hash = other.key_hash
    group by other.session_id
)

select
    own.session_id,
    own.entry_count,
    own.first_entry_at,
    own.last_entry_at,
    own.own_load_id,
    greatest(own.own_load_id, sharing.load_id) as _load_id
from own
left join sharing
    on own.session_id = sharing.session_id
{% if is_incremental() %}
union all
select
    known.session_id,
    known.entry_count,
    known.first_entry_at,
    known.last_entry_at,
    known.own_load_id,
    greatest(known._load_id, sharing.load_id) as _load_id
from {{ this }} as known
inner join sharing
    on known.session_id = sharing.session_id
where known.session_id not in (select session_id from own)
{% endif %}
