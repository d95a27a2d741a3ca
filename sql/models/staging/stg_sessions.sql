-- Grain: one row per session id that any entry has or had. Key: session_id.
-- What all entries of the session say about it, and the bookkeeping of changes:
-- A family is all sessions connected by shared keys: an original and what was resumed or forked
-- from it. Who owns a shared entry is decided within the family, so a family changes as a whole:
-- `_load_id` is the newest load that brought, replaced or deleted an entry of any of its sessions.
-- A session whose entries were all deleted stays with entry_count 0, so that models built per
-- session learn that it is gone.
--
-- Incremental: sessions of entries and tombstones above the mark, with their families as they were
-- and as shared keys join them now. Families never split again (see stg_session_keys).
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    tags=['staging']
) }}

{% if is_incremental() -%}
{%- set touched_sessions -%}
select coalesce(nullif(deleted.session_id, ''), 'unknown') as session_id
    from {{ source('raw', 'tombstones') }} as deleted
    where deleted._load_id > {{ mark(this) }}
    union
    select entry.session_id
    from {{ ref('stg_conversations') }} as entry
    where entry._load_id > {{ mark(this) }}
{%- endset -%}
{%- endif -%}

with recursive
deletions as (
    select
        coalesce(nullif(session_id, ''), 'unknown') as session_id,
        max(_load_id) as _load_id
    from {{ source('raw', 'tombstones') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by all
),

touched as (
    {% if is_incremental() %}
    {{ touched_sessions }}
    {% else %}
    select session_id
    from deletions
    {% endif %}
),

entries as (
    select
        session_id,
        count(*) as entry_count,
        min(timestamp) as first_entry_at,
        max(timestamp) as last_entry_at,
        first(_source order by source_file, source_offset, _id) as source,
        first(project_id order by source_file, source_offset, _id) filter (project_id is not null) as project_id,
        first(user_name order by source_file, source_offset, _id) filter (user_name is not null) as user_name,
        first(entrypoint order by timestamp nulls last, source_file, source_offset, _id) filter (entrypoint is not null) as entrypoint,
        first(cwd order by timestamp nulls last, source_file, source_offset, _id) filter (cwd is not null) as first_cwd,
        last(title order by timestamp nulls first, source_file, source_offset, _id) filter (type = 'custom-title') as custom_title,
        last(title order by timestamp nulls first, source_file, source_offset, _id) filter (type = 'ai-title') as generated_title,
        list(
            struct_pack(
                leaf_uuid := leaf_uuid,
                title := title,
                source_file := source_file,
                source_offset := source_offset,
                _id := _id
            )
            order by source_file, source_offset, _id
        ) filter (type = 'summary' and leaf_uuid is not null and title is not null) as summaries,
        max(_load_id) as _load_id
    from {{ ref('stg_conversations') }}
    {% if is_incremental() %}
    where session_id in ({{ key_list(touched_sessions) }})
    {% endif %}
    group by session_id
),

own as (
    select
        coalesce(entries.session_id, touched.session_id) as session_id,
        coalesce(entries.entry_count, 0) as entry_count,
        entries.* exclude (session_id, entry_count, _load_id),
        greatest(entries._load_id, deletions._load_id) as own_load_id
    from entries
    full outer join touched
        on entries.session_id = touched.session_id
    left join deletions
        on deletions.session_id = coalesce(entries.session_id, touched.session_id)
),

-- The family a session belonged to so far: a new one is its own.
labelled as (
    {% if is_incremental() %}
    select
        own.*,
        coalesce(known.family_id, own.session_id) as family_id
    from own
    left join {{ this }} as known
        on own.session_id = known.session_id
    union all
    select
        known.session_id,
        known.entry_count,
        known.first_entry_at,
        known.last_entry_at,
        known.source,
        known.project_id,
        known.user_name,
        known.entrypoint,
        known.first_cwd,
        known.custom_title,
        known.generated_title,
        known.summaries,
        known.own_load_id,
        known.family_id
    from {{ this }} as known
    where known.session_id not in (select session_id from own)
    {% else %}
    select
        own.*,
        own.session_id as family_id
    from own
    {% endif %}
),

holders as (
    select distinct
        key.key_hash,
        labelled.family_id
    from {{ ref('stg_session_keys') }} as key
    inner join labelled
        on key.session_id = labelled.session_id
    {% if is_incremental() %}
    where key.key_hash in (
        select key_hash
        from {{ ref('stg_session_keys') }}
        where session_id in (select session_id from own)
    )
    {% endif %}
),

-- Few keys are held by more than one family.
shared_keys as (
    select
        key_hash,
        min(family_id) as family_id
    from holders
    group by key_hash
    having min(family_id) <> max(family_id)
),

links as (
    select distinct
        holders.family_id,
        shared_keys.family_id as other_family_id
    from holders
    inner join shared_keys
        on holders.key_hash = shared_keys.key_hash
        and holders.family_id <> shared_keys.family_id
),

neighbours as (
    select family_id, other_family_id
    from links
    union
    select other_family_id, family_id
    from links
),

reached as (
    select
        family_id,
        family_id as root_id
    from neighbours
    union
    select
        neighbours.other_family_id,
        reached.root_id
    from reached
    inner join neighbours
        on reached.family_id = neighbours.family_id
),

families as (
    select
        family_id,
        min(root_id) as joined_family_id
    from reached
    group by family_id
)

select
    labelled.session_id,
    coalesce(families.joined_family_id, labelled.family_id) as family_id,
    labelled.entry_count,
    labelled.first_entry_at,
    labelled.last_entry_at,
    labelled.source,
    labelled.project_id,
    labelled.user_name,
    labelled.entrypoint,
    labelled.first_cwd,
    labelled.custom_title,
    labelled.generated_title,
    labelled.summaries,
    labelled.own_load_id,
    max(labelled.own_load_id) over (
        partition by coalesce(families.joined_family_id, labelled.family_id)
    ) as _load_id
from labelled
left join families
    on labelled.family_id = families.family_id
{% if is_incremental() %}
where
    families.family_id is not null
    or labelled.family_id in (
        select family_id
        from labelled
        where session_id in (select session_id from own)
    )
{% endif %}
