-- Grain: one row per session and key that the session's message entries have ever held.
-- Key: session_id, key_hash. Bookkeeping, not for analysis.
-- A key is what entries of several sessions share when one was resumed or forked from another:
-- the message, the line (uuid), the tool call. It tells which sessions belong together without
-- reading the entries.
--
-- Incremental: only entries loaded since are read. The tool calls come from the entries, not from
-- stg_content_blocks, so that both are built at once. Keys are never taken away: a key that left its
-- session still names the sessions whose copy may now be the owner, and one too many costs a
-- rebuild of a session, never a wrong row. So after deletions it may hold more than a full build.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    tags=['staging']
) }}

with entries as (
    select
        session_id,
        entry_message_id,
        uuid,
        content_blocks,
        _load_id
    from {{ ref('stg_conversations') }}
    where
        is_message
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
),

keys as (
    select session_id, entry_message_id as entry_key, _load_id
    from entries
    union all
    select session_id, uuid as entry_key, _load_id
    from entries
    where uuid <> entry_message_id
    union all
    select session_id, tool_use_id as entry_key, _load_id
    from (
        select
            session_id,
            unnest([block.tool_use_id for block in content_blocks]) as tool_use_id,
            _load_id
        from entries
    )
    where tool_use_id <> ''
),

hashed as (
    select
        session_id,
        {{ key_hash('entry_key') }} as key_hash,
        min(_load_id) as _load_id
    from keys
    group by all
)

select
    hashed.session_id,
    hashed.key_hash,
    hashed._load_id
from hashed
{% if is_incremental() %}
left join {{ this }} as known
    on hashed.session_id = known.session_id
    and hashed.key_hash = known.key_hash
where known.session_id is null
{% endif %}
