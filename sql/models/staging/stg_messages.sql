-- Grain: one row per message entry: a line of a user or an assistant (a response of the API spans
-- several), or a response of a sub-agent reported by a progress entry. Key: _id.
-- `message_id` groups the lines of one message: the id of the API response, else the uuid, else
-- `_id`. Lines that resumed and forked sessions copied are all here; `is_copy` marks every line
-- but the original, `owner_session_id` names the session the message is counted in, and
-- `is_superseded` marks lines of a replay or a report of a message whose own lines are known.
--
-- Incremental per session: a row depends on the lines of its session and on all lines with the
-- same message_id or uuid. A session is rebuilt when any session sharing keys with it changed.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['staging']
) }}

with
{% if is_incremental() %}
changed as (
    {{ changed_sessions(this, ref('stg_sessions')) }}
),

related as (
    {{ related_sessions('changed', ref('stg_session_keys')) }}
),

{% endif %}
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
        and entry.session_id in (select session_id from related)
        {% endif %}
),

owned as (
    select
        *,
        row_number() over (
            partition by message_id, line_id
            order by {{ copy_order() }}
        ) > 1 as is_copy,
        first_value(session_id) over copies as owner_session_id,
        first_value(is_progress) over copies as owner_is_progress,
        first_value(is_sidechain) over copies as owner_is_sidechain
    from lines
    window copies as (
        partition by message_id
        order by {{ copy_order() }}
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
    {% if is_incremental() %}
    where session_id in (select session_id from changed)
    {% endif %}
    window entries_in_order as (
        partition by session_id
        order by timestamp nulls first, source_file, source_offset, _id
    )
),

content as (
    select
        *,
        coalesce(len(list_filter(content_blocks, lambda block: block.type = 'tool_use')), 0) as tool_use_count,
        coalesce(len(list_filter(content_blocks, lambda block: block.type = 'tool_result')), 0) as tool_result_count,
        coalesce(cast(list_sum(list_transform(
            content_blocks,
            lambda block: if(block.type = 'thinking', length(block.text), 0)
        )) as bigint), 0) as thinking_length,
        coalesce(cast(list_sum(list_transform(
            content_blocks,
            lambda block: length(block.result_text)
        )) as bigint), 0) as result_length
    from {{ ref('stg_conversations') }}
    where
        is_message
        {% if is_incremental() %}
        and session_id in (select session_id from changed)
        {% endif %}
),

typed as (
    select
        *,
        {{ message_role('content', 'tool_result_count') }} as message_role
    from content
)

select
    placed._id,
    placed.session_id,
    placed.message_id,
    placed.line_id,
    placed.owner_session_id,
    placed.is_copy,
    placed.is_superseded,
    typed.type,
    typed.uuid,
    typed.parent_uuid,
    typed.request_id,
    typed.message_role as role,
    placed.is_sidechain,
    coalesce(typed.is_meta, false) as is_meta,
    coalesce(typed.is_compact_summary, false) as is_compact_summary,
    coalesce(typed.is_api_error, false) as is_api_error,
    coalesce(typed.model = '<synthetic>', false) as is_synthetic,
    typed.agent_id,
    nullif(typed.model, '<synthetic>') as model,
    typed.stop_reason,
    typed.timestamp,
    {{ to_local('typed.timestamp') }} as timestamp_local,
    placed.previous_timestamp,
    date_diff('millisecond', placed.previous_timestamp, typed.timestamp) / 1000.0 as seconds_since_previous,
    placed.entry_number,
    typed.date,
    typed.project_id,
    typed.cwd,
    typed.git_branch,
    typed.version,
    typed.permission_mode,
    typed.origin_kind,
    typed.prompt_source,
    typed.content_text,
    coalesce(length(typed.content_text), 0) + typed.result_length as content_length,
    typed.thinking_length,
    typed.tool_use_count,
    typed.tool_result_count,
    typed.input_tokens,
    typed.output_tokens,
    typed.cache_creation_tokens,
    typed.cache_creation_5m_tokens,
    typed.cache_creation_1h_tokens,
    typed.cache_read_tokens,
    typed.web_search_requests,
    typed.web_fetch_requests,
    typed.service_tier,
    typed.speed,
    typed.inference_geo,
    typed.iterations,
    typed.logged_cost_usd,
    typed.duration_ms,
    typed.source_file,
    typed.source_offset,
    placed.session_last_entry_at,
    placed._load_id
from placed
inner join typed
    on placed._id = typed._id
