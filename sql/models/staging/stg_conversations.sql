-- Grain: one row per source entry (a transcript line or a MongoDB document), current version only.
-- Key: _id.
-- The landing columns as they are, with a session for every row and three derived columns. The
-- entry as received (`_raw_json`) is reached by joining source raw.conversation_json on _id.
{{ config(materialized='view', tags=['staging']) }}

with entries as (
    select
        *,
        case
            when type in ('assistant', 'tool_use') then 'assistant'
            when type = 'progress' and subtype = 'agent_progress'
                and message_id is not null and output_tokens is not null then 'assistant'
            when type = 'message' and role = 'assistant' then 'assistant'
            when type in ('user', 'message', 'tool_result') then 'user'
        end as speaker
    from {{ source('raw', 'conversations') }}
)

select
    _id,
    _source,
    _load_id,
    _extracted_at,
    _ingested_at,
    type,
    subtype,
    uuid,
    parent_uuid,
    coalesce(nullif(session_id, ''), 'unknown') as session_id,
    agent_id,
    is_sidechain,
    is_meta,
    is_compact_summary,
    is_api_error,
    project_id,
    cwd,
    git_branch,
    version,
    entrypoint,
    user_name,
    source_file,
    source_offset,
    timestamp,
    date,
    role,
    message_id,
    request_id,
    model,
    stop_reason,
    content_text,
    content_blocks,
    input_tokens,
    output_tokens,
    cache_creation_tokens,
    cache_creation_5m_tokens,
    cache_creation_1h_tokens,
    cache_read_tokens,
    web_search_requests,
    web_fetch_requests,
    service_tier,
    speed,
    inference_geo,
    iterations,
    logged_cost_usd,
    duration_ms,
    tool_result_type,
    tool_file_path,
    lines_added,
    lines_removed,
    tool_duration_ms,
    tool_denial_kind,
    origin_kind,
    prompt_source,
    permission_mode,
    title,
    leaf_uuid,
    speaker is not null as is_message,
    speaker,
    case speaker
        when 'assistant' then coalesce(nullif(message_id, ''), nullif(uuid, ''), _id)
        when 'user' then coalesce(nullif(uuid, ''), _id)
    end as entry_message_id
from entries
