-- Grain: one row per message entry: a line of a user or an assistant (a response of the API spans
-- several), or a response of a sub-agent reported by a progress entry. Key: _id.
-- `message_id` groups the lines of one message: the id of the API response, else the uuid, else
-- `_id`. Sub-agents of versions before 2.0 wrote into the transcript of their session without an id
-- of their own: `agent_id` is then the uuid of the first line of their chain.
-- Lines that resumed and forked sessions copied are all here; `is_copy` marks every line
-- but the original, `owner_session_id` names the session the message is counted in, and
-- `is_superseded` marks lines of a replay or a report of a message whose own lines are known.
--
-- Incremental per family of sessions: a row depends on the lines of its session, and on all lines
-- with the same message_id or uuid, which are in its family.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    uncompressed=['_id', 'message_id', 'line_id', 'uuid', 'parent_uuid'],
    tags=['staging']
) }}

{% if is_incremental() -%}
{%- set changed = changed_session_list(this, ref('stg_sessions')) -%}
{%- endif -%}

with recursive
lines as (
    select
        entry._id,
        entry.session_id,
        entry.entry_message_id as message_id,
        coalesce(nullif(entry.uuid, ''), entry._id) as line_id,
        entry.type = 'progress' as is_progress,
        coalesce(entry.is_sidechain, false) as is_sidechain,
        entry.timestamp,
        entry.source_file,
        entry.source_offset,
        session.last_entry_at as session_last_entry_at,
        session._load_id
    from {{ ref('stg_conversations') }} as entry
    inner join {{ ref('stg_sessions') }} as session
        on entry.session_id = session.session_id
    where
        entry.is_message
        {% if is_incremental() %}
        and entry.session_id in ({{ changed }})
        {% endif %}
),

-- Few messages are told twice: in several sessions, in a main conversation and beside it, or by the
-- same line again. Only their lines are put in order.
told_twice as (
    select message_id
    from (
        select
            message_id,
            line_id,
            min(session_id) as first_session_id,
            max(session_id) as last_session_id,
            bool_or(is_progress) <> bool_and(is_progress)
            or bool_or(is_sidechain) <> bool_and(is_sidechain)
            or count(*) > 1 as is_repeated,
            bool_or(is_progress) as is_progress,
            bool_or(is_sidechain) as is_sidechain
        from lines
        group by message_id, line_id
    )
    group by message_id
    having
        bool_or(is_repeated)
        or min(first_session_id) <> max(last_session_id)
        or bool_or(is_progress) <> bool_and(is_progress)
        or bool_or(is_sidechain) <> bool_and(is_sidechain)
),

owned as (
    select
        lines.*,
        false as is_copy,
        session_id as owner_session_id,
        is_progress as owner_is_progress,
        is_sidechain as owner_is_sidechain
    from lines
    anti join told_twice
        on lines.message_id = told_twice.message_id
    union all
    select
        lines.*,
        row_number() over (
            partition by message_id, line_id
            order by {{ copy_order('lines') }}
        ) > 1 as is_copy,
        first_value(session_id) over copies as owner_session_id,
        first_value(is_progress) over copies as owner_is_progress,
        first_value(is_sidechain) over copies as owner_is_sidechain
    from lines
    semi join told_twice
        on lines.message_id = told_twice.message_id
    window copies as (
        partition by message_id
        order by {{ copy_order('lines') }}
    )
),

placed as (
    select
        _id,
        session_id,
        message_id,
        line_id,
        is_sidechain,
        is_copy,
        owner_session_id,
        is_progress <> owner_is_progress or is_sidechain <> owner_is_sidechain as is_superseded,
        row_number() over entries_in_order as entry_number,
        lag(timestamp) over entries_in_order as previous_timestamp,
        session_last_entry_at,
        _load_id
    from owned
    window entries_in_order as (
        partition by session_id
        order by timestamp nulls first, source_file, source_offset, _id
    )
),

inline_lines as (
    select
        entry._id,
        entry.session_id,
        entry.uuid,
        entry.parent_uuid
    from {{ ref('stg_conversations') }} as entry
    where
        entry.is_sidechain
        and entry.is_message
        and entry.agent_id is null
        and entry.uuid is not null
        and {{ version_number('entry.version') }} < 2000000
        {% if is_incremental() %}
        and entry.session_id in ({{ changed }})
        {% endif %}
),

-- Every line of a chain with the line the chain begins with.
inline_agents as (
    select
        line.session_id,
        line.uuid,
        line.uuid as agent_id
    from inline_lines as line
    anti join inline_lines as parent
        on line.session_id = parent.session_id
        and line.parent_uuid = parent.uuid
    union
    select
        line.session_id,
        line.uuid,
        inline_agents.agent_id
    from inline_agents
    inner join inline_lines as line
        on inline_agents.session_id = line.session_id
        and inline_agents.uuid = line.parent_uuid
),

inline_ids as (
    select
        line._id,
        min(agent.agent_id) as agent_id
    from inline_lines as line
    inner join inline_agents as agent
        on line.session_id = agent.session_id
        and line.uuid = agent.uuid
    group by line._id
),

blocks as (
    select
        _id,
        count(*) as block_count,
        count(*) filter (type = 'tool_use') as tool_use_count,
        count(*) filter (type = 'tool_result') as tool_result_count,
        coalesce(cast(sum(thinking_length) as bigint), 0) as thinking_length,
        coalesce(cast(sum(result_length) as bigint), 0) as result_length
    from {{ ref('stg_content_blocks') }}
    {% if is_incremental() %}
    where session_id in ({{ changed }})
    {% endif %}
    group by _id
),

-- The windows above ran over few columns; the wide ones join by key.
content as (
    select
        placed.* exclude (is_sidechain),
        entry.* exclude (_id, session_id, message_id, _load_id, content_blocks, is_sidechain, agent_id),
        coalesce(entry.agent_id, inline_ids.agent_id) as agent_id,
        placed.is_sidechain,
        coalesce(blocks.block_count, 0) as block_count,
        coalesce(blocks.tool_use_count, 0) as tool_use_count,
        coalesce(blocks.tool_result_count, 0) as tool_result_count,
        coalesce(blocks.thinking_length, 0) as thinking_length,
        coalesce(blocks.result_length, 0) as result_length
    from placed
    inner join {{ ref('stg_conversations') }} as entry
        on placed._id = entry._id
        {% if is_incremental() %}
        and entry.session_id in ({{ changed }})
        {% endif %}
    left join blocks
        on placed._id = blocks._id
    left join inline_ids
        on placed._id = inline_ids._id
)

select
    content._id,
    content.session_id,
    content.message_id,
    content.line_id,
    content.owner_session_id,
    content.is_copy,
    content.is_superseded,
    content.type,
    content.uuid,
    content.parent_uuid,
    content.request_id,
    {{ message_role('content') }} as role,
    content.is_sidechain,
    coalesce(content.is_meta, false) as is_meta,
    coalesce(content.is_compact_summary, false) as is_compact_summary,
    coalesce(content.is_api_error, false) as is_api_error,
    coalesce(content.model = '<synthetic>', false) as is_synthetic,
    content.agent_id,
    nullif(content.model, '<synthetic>') as model,
    content.stop_reason,
    content.timestamp,
    {{ to_local('content.timestamp') }} as timestamp_local,
    content.previous_timestamp,
    cast(date_diff('millisecond', content.previous_timestamp, content.timestamp) * 0.001 as decimal(18, 3)) as seconds_since_previous,
    content.entry_number,
    content.date,
    content.project_id,
    content.cwd,
    content.git_branch,
    content.version,
    content.permission_mode,
    content.origin_kind,
    content.prompt_source,
    content.content_text,
    coalesce(length(content.content_text), 0) + content.result_length as content_length,
    content.thinking_length,
    content.tool_use_count,
    content.tool_result_count,
    content.input_tokens,
    content.output_tokens,
    content.cache_creation_tokens,
    content.cache_creation_5m_tokens,
    content.cache_creation_1h_tokens,
    content.cache_read_tokens,
    content.web_search_requests,
    content.web_fetch_requests,
    content.service_tier,
    content.speed,
    content.inference_geo,
    content.iterations,
    content.logged_cost_usd,
    content.duration_ms,
    content.source_file,
    content.source_offset,
    content.session_last_entry_at,
    content._load_id
from content
