-- Grain: one row per session, project and day (in UTC and in the configured zone) that the session
-- has, or ever had, a message, call, response or its start on. Key: session_id, project_key,
-- date_key, local_date_key. Bookkeeping, not for analysis.
-- Models built per day or project learn from it what to build again: a session that changed takes
-- with it the groups it had a part in before, and those it has a part in now.
--
-- Incremental per session. Rows are never taken away, they only get the newer load: a day that left
-- its session must be summed again without it, and one too many costs a rebuild of a day, never a
-- wrong row. So after changes it may hold more than a full build.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    tags=['intermediate']
) }}

with changed as (
    select session_id, _load_id
    from {{ ref('stg_sessions') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
),

days as (
    select session_id, date_key, local_date_key
    from {{ ref('int_session_activity') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    union
    select session_id, date_key, local_date_key
    from {{ ref('int_api_calls') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    union
    select session_id, date_key, local_date_key
    from {{ ref('int_sessions_computed') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
),

held as (
    select days.session_id, session.project_key, days.date_key, days.local_date_key
    from days
    inner join {{ ref('int_sessions_computed') }} as session
        on days.session_id = session.session_id
    {% if is_incremental() %}
    union
    select session_id, project_key, date_key, local_date_key
    from {{ this }}
    {% endif %}
)

select
    held.session_id,
    held.project_key,
    held.date_key,
    held.local_date_key,
    changed._load_id
from held
inner join changed
    on held.session_id = changed.session_id
