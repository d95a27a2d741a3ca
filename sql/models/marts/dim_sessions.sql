-- Grain: one row per session. Key: session_key; natural key: session_id.
-- A session that was resumed or forked from another names it (`continued_from_session_key`), the
-- session it all began with (`first_session_key`, itself otherwise) and how many lie between.
-- The title is the one the user gave, else the generated one, else that of a summary written into
-- a later session, else the start of the first prompt.
--
-- Incremental per session: where a session came from is told by its family, which changes as a
-- whole. A title can come from any session, so those are built again too whose title a changed
-- session gives, or gave.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }} union {{ retitled_sessions(this) }}",
    tags=['marts']
) }}

{% if is_incremental() -%}
{%- set retitled = key_list(retitled_sessions(this)) -%}
{%- endif -%}

with recursive
sessions as (
    select *
    from {{ ref('int_sessions_computed') }}
    {% if is_incremental() %}
    where
        _load_id > {{ mark(this) }}
        or session_id in ({{ retitled }})
    {% endif %}
),

lines as (
    select session_id, uuid, timestamp, _id
    from {{ ref('stg_messages') }}
    where
        not is_copy
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
    union
    select session_id, uuid, timestamp, _id
    from {{ ref('stg_messages') }}
    where
        not is_copy
        and session_id in ({{ retitled }})
        {% endif %}
),

summaries as (
    select
        summary.leaf_uuid,
        last(summary.title order by summary.source_file, summary.source_offset, summary._id) as title,
        last(session_id order by summary.source_file, summary.source_offset, summary._id) as session_id
    from (
        select session_id, unnest(summaries) as summary
        from {{ ref('stg_sessions') }}
    )
    group by summary.leaf_uuid
),

session_summaries as (
    select
        line.session_id,
        last(summary.title order by line.timestamp nulls first, line._id) as title,
        last(summary.session_id order by line.timestamp nulls first, line._id) as summary_session_id
    from lines as line
    inner join summaries as summary
        on line.uuid = summary.leaf_uuid
    group by line.session_id
),

-- Pairs of a session and one it goes back to; a pair is followed once, so circles end.
origins as (
    select session_id, continued_from_session_id as origin_id
    from sessions
    where continued_from_session_id is not null
    union
    select origins.session_id, earlier.continued_from_session_id
    from origins
    inner join {{ ref('int_sessions_computed') }} as earlier
        on origins.origin_id = earlier.session_id
    where earlier.continued_from_session_id is not null
),

lineages as (
    select
        origins.session_id,
        first(origins.origin_id order by earliest.start_time nulls last, origins.origin_id) as first_session_id,
        count(*) as continuation_number
    from origins
    inner join {{ ref('int_sessions_computed') }} as earliest
        on origins.origin_id = earliest.session_id
    group by origins.session_id
)

select
    session.session_key,
    session.session_id,
    session.project_key,
    session.user_key,
    session.project_path,
    session.date_key,
    session.local_date_key,
    coalesce(
        session.custom_title,
        session.generated_title,
        summary.title,
        left(session.first_prompt, 120),
        session.session_id
    ) as title,
    if(
        coalesce(session.custom_title, session.generated_title) is null,
        summary.summary_session_id,
        null
    ) as summary_session_id,
    session.first_prompt,
    session.task_category,
    session.source,
    session.user_name,
    session.entrypoint,
    session.git_branch,
    session.branch_count,
    session.directory_count,
    session.first_version,
    session.last_version,
    session.start_time,
    session.end_time,
    session.start_time_local,
    session.end_time_local,
    session.duration_seconds,
    session.active_seconds,
    session.entry_count,
    session.copied_line_count,
    session.continued_from_session_id is not null as is_continued,
    session.continued_from_session_id,
    if(
        session.continued_from_session_id is null,
        null,
        {{ generate_surrogate_key(['session.continued_from_session_id']) }}
    ) as continued_from_session_key,
    if(lineage.first_session_id is null, session.session_key, {{ generate_surrogate_key(['lineage.first_session_id']) }}) as first_session_key,
    coalesce(lineage.continuation_number, 0) as continuation_number,
    session.message_count,
    session.human_message_count as prompt_count,
    session.turn_count,
    session.assistant_message_count,
    session.tool_call_count,
    session.agent_count,
    session.interruption_count,
    session.compaction_count,
    session.api_error_count,
    session.git_commit_count,
    session.pull_request_count,
    session.main_model,
    session.model_count,
    session.cost_usd as total_cost_usd,
    session.is_completed,
    {% if is_incremental() -%}
    if(
        session.session_id in ({{ retitled }}),
        (select max(_load_id) from {{ ref('stg_sessions') }}),
        session._load_id
    ) as _load_id
    {%- else -%}
    session._load_id
    {%- endif %}
from sessions as session
left join session_summaries as summary
    on session.session_id = summary.session_id
left join lineages as lineage
    on session.session_id = lineage.session_id
