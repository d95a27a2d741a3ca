-- Grain: one row per sub-agent of a session. Key: agent_key; natural key: session_id, agent_id.
-- Sub-agents form a tree: `parent_agent_key` is the sub-agent whose call started this one, null
-- for those the main conversation started; `depth` counts from 1. The call is found by the prompt
-- it hands over, in order where several hand over the same; where the call is not in the
-- transcripts, nothing is known of it and the parent is held to be the main conversation.
-- Sub-agents of versions before 2.0 have the uuid of their first line for an id.
--
-- Incremental per session: a tree of sub-agents lies within one.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['marts']
) }}

with recursive
messages as (
    select
        session_id,
        agent_id,
        min(timestamp) as start_time,
        max(last_line_at) as end_time,
        min(timestamp_local) as start_time_local,
        {{ to_local('max(last_line_at)') }} as end_time_local,
        count(*) as message_count,
        arg_min(content, message_number) filter (role <> 'assistant') as prompt
    from {{ ref('int_messages_enriched') }}
    where
        is_sidechain
        and agent_id is not null
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
    group by session_id, agent_id
),

started as (
    select
        * exclude (prompt),
        md5(trim(prompt, e' \n')) as prompt_hash,
        row_number() over (
            partition by session_id, md5(trim(prompt, e' \n'))
            order by start_time, agent_id
        ) as prompt_number
    from messages
),

calls as (
    select
        call.session_id,
        call.tool_call_id,
        call.agent_id as parent_agent_id,
        call.agent_or_skill as agent_type,
        json_extract_string(call.tool_input, '$.description') as description,
        md5(trim(json_extract_string(call.tool_input, '$.prompt'), e' \n')) as prompt_hash,
        row_number() over (
            partition by call.session_id, md5(trim(json_extract_string(call.tool_input, '$.prompt'), e' \n'))
            order by call.timestamp, call.ordinal, call.tool_call_id
        ) as prompt_number
    from {{ ref('stg_tool_calls') }} as call
    where
        call.tool_name in ('Task', 'Agent')
        and json_valid(call.tool_input)
        {% if is_incremental() %}
        and call._load_id > {{ mark(this) }}
        {% endif %}
),

usage as (
    select
        session_id,
        agent_id,
        count(*) filter (not is_advisor) as api_calls,
        cast(sum(total_tokens) filter (not is_advisor) as bigint) as total_tokens,
        cast(sum(cost_usd) as decimal(18, 10)) as cost_usd
    from {{ ref('int_api_calls') }}
    where
        agent_id is not null
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
    group by session_id, agent_id
),

tools as (
    select
        session_id,
        agent_id,
        count(*) as tool_calls
    from {{ ref('int_tool_usage') }}
    where
        agent_id is not null
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
    group by session_id, agent_id
),

agents as (
    select
        started.*,
        call.tool_call_id,
        call.parent_agent_id,
        call.agent_type,
        call.description
    from started
    left join calls as call
        on started.session_id = call.session_id
        and started.prompt_hash = call.prompt_hash
        and started.prompt_number = call.prompt_number
        and call.parent_agent_id is distinct from started.agent_id
),

ancestors as (
    select session_id, agent_id, parent_agent_id as ancestor_id
    from agents
    where parent_agent_id is not null
    union
    select ancestors.session_id, ancestors.agent_id, agents.parent_agent_id
    from ancestors
    inner join agents
        on ancestors.session_id = agents.session_id
        and ancestors.ancestor_id = agents.agent_id
    where agents.parent_agent_id is not null
),

depths as (
    select session_id, agent_id, count(*) as ancestor_count
    from ancestors
    group by session_id, agent_id
)

select
    {{ generate_surrogate_key(['agent.session_id', 'agent.agent_id']) }} as agent_key,
    agent.session_id,
    agent.agent_id,
    session.session_key,
    session.project_key,
    if(
        agent.parent_agent_id is null,
        null,
        {{ generate_surrogate_key(['agent.session_id', 'agent.parent_agent_id']) }}
    ) as parent_agent_key,
    agent.parent_agent_id,
    coalesce(depth.ancestor_count, 0) + 1 as depth,
    if(agent.tool_call_id is null, null, {{ generate_surrogate_key(['agent.tool_call_id']) }}) as tool_call_key,
    coalesce(agent.agent_type, 'unknown') as agent_type,
    agent.description,
    agent.start_time,
    agent.end_time,
    agent.start_time_local,
    agent.end_time_local,
    {{ date_key('agent.start_time') }} as date_key,
    {{ local_date_key('agent.start_time') }} as local_date_key,
    date_diff('millisecond', agent.start_time, agent.end_time) as duration_ms,
    agent.message_count,
    coalesce(tool.tool_calls, 0) as tool_calls,
    coalesce(usage.api_calls, 0) as api_calls,
    coalesce(usage.total_tokens, 0) as total_tokens,
    coalesce(usage.cost_usd, 0.0) as cost_usd,
    session._load_id
from agents as agent
inner join {{ ref('int_sessions_computed') }} as session
    on agent.session_id = session.session_id
left join depths as depth
    on agent.session_id = depth.session_id
    and agent.agent_id = depth.agent_id
left join usage
    on agent.session_id = usage.session_id
    and agent.agent_id = usage.agent_id
left join tools as tool
    on agent.session_id = tool.session_id
    and agent.agent_id = tool.agent_id
