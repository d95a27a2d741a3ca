-- Grain: one row per session that has entries. Key: session_id.
-- Times come from the lines the session itself wrote (of a fork that has none of its own, from
-- all of its lines); counts, tokens and cost from the messages, calls and responses it owns, those
-- of its sub-agents included. Duration is last minus first; active time is the sum of the pauses
-- between its messages that are not longer than the variable `idle_minutes` (15).
-- `project_path` is the directory the program was started in, worktrees taken back to their
-- repository. `continued_from_session_id` owns the last line this session repeats: the session it
-- resumed or was forked from.
-- `is_completed` is a guess from the conversation: there was a prompt, the session did not end in
-- an interruption, and it made a commit or a pull request, or the last answer says that the work is
-- done, or the last prompt thanks for it.
--
-- Incremental per session.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['intermediate']
) }}

with sessions as (
    select *
    from {{ ref('stg_sessions') }}
    where
        entry_count > 0
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
),

line_facts as (
    select
        session_id,
        coalesce(min(timestamp) filter (not is_copy), min(timestamp)) as start_time,
        coalesce(max(timestamp) filter (not is_copy), max(timestamp)) as end_time,
        count(*) filter (is_copy) as copied_line_count,
        last(owner_session_id order by timestamp nulls first, source_file, source_offset, _id) filter (
            is_copy and owner_session_id <> session_id
        ) as continued_from_session_id,
        first(cwd order by is_copy, timestamp nulls last, source_file, source_offset, _id) filter (cwd is not null) as first_cwd,
        last(git_branch order by not is_copy, timestamp nulls first, source_file, source_offset, _id) filter (git_branch <> '') as last_git_branch,
        first(version order by is_copy, timestamp nulls last, source_file, source_offset, _id) filter (version is not null) as first_version,
        last(version order by not is_copy, timestamp nulls first, source_file, source_offset, _id) filter (version is not null) as last_version,
        count(distinct cwd) as directory_count,
        count(distinct nullif(git_branch, '')) as branch_count
    from {{ ref('stg_messages') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by session_id
),

message_facts as (
    select
        session_id,
        count(*) as message_count,
        count(*) filter (role = 'human') as human_message_count,
        count(*) filter (role = 'assistant') as assistant_message_count,
        count(*) filter (role = 'tool') as tool_message_count,
        count(*) filter (role = 'system') as system_message_count,
        count(*) filter (is_interruption) as interruption_count,
        count(*) filter (is_compact_summary) as compaction_count,
        count(*) filter (is_api_error) as api_error_count,
        count(distinct agent_id) filter (is_sidechain) as agent_count,
        cast(sum(content_length) as bigint) as content_length,
        sum(seconds_since_previous) filter (seconds_since_previous * 1000 <= {{ idle_milliseconds() }}) as active_seconds,
        first(prompt_text order by message_number) filter (role = 'human' and prompt_text <> '') as first_prompt,
        last(prompt_text order by message_number) filter (role = 'human' and prompt_text <> '') as last_prompt,
        last(content order by message_number) filter (role = 'assistant' and not is_sidechain and content is not null) as last_answer,
        last(is_interruption order by message_number) filter (not is_sidechain and not is_meta) as ended_in_interruption,
        coalesce(
            first(task_category order by message_number) filter (role = 'human' and task_category <> 'other'),
            'other'
        ) as task_category
    from {{ ref('int_messages_enriched') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by session_id
),

model_usage as (
    select
        session_id,
        model,
        count(*) filter (not is_advisor) as call_count,
        coalesce(sum(input_tokens) filter (not is_advisor), 0) as input_tokens,
        coalesce(sum(output_tokens) filter (not is_advisor), 0) as output_tokens,
        coalesce(sum(cache_creation_tokens) filter (not is_advisor), 0) as cache_creation_tokens,
        coalesce(sum(cache_read_tokens) filter (not is_advisor), 0) as cache_read_tokens,
        coalesce(sum(total_tokens) filter (not is_advisor), 0) as total_tokens,
        sum(cost_usd) as cost_usd,
        count(*) filter (not is_priced) as unpriced_call_count,
        count(*) filter (is_provisional) as provisional_call_count
    from {{ ref('int_api_calls') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by session_id, model
),

call_facts as (
    select
        session_id,
        first(model order by total_tokens desc, model) as main_model,
        count(*) filter (call_count > 0) as model_count,
        cast(sum(call_count) as bigint) as api_call_count,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(cache_creation_tokens) as bigint) as cache_creation_tokens,
        cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(total_tokens) as bigint) as total_tokens,
        cast(sum(cost_usd) as decimal(18, 10)) as cost_usd,
        cast(sum(unpriced_call_count) as bigint) as unpriced_call_count,
        cast(sum(provisional_call_count) as bigint) as provisional_call_count
    from model_usage
    group by session_id
),

tool_facts as (
    select
        session_id,
        count(*) as tool_call_count,
        count(*) filter (is_success) as successful_tool_call_count,
        count(*) filter (not is_success) as failed_tool_call_count,
        count(*) filter (is_rejected) as rejected_tool_call_count,
        count(*) filter (is_retry) as retried_tool_call_count,
        count(distinct tool_name) as tool_count,
        count(*) filter (is_git_commit) as git_commit_count,
        count(*) filter (is_pull_request) as pull_request_count
    from {{ ref('int_tool_usage') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
    group by session_id
),

launched as (
    select
        session.*,
        line.* exclude (session_id, first_cwd),
        {{ launch_directory('coalesce(line.first_cwd, session.first_cwd)', 'session.project_id') }} as launch_directory
    from sessions as session
    left join line_facts as line
        on session.session_id = line.session_id
),

placed as (
    select
        *,
        coalesce({{ without_worktree('launch_directory') }}, project_id, 'unknown') as project_path
    from launched
)

select
    session.session_id,
    {{ generate_surrogate_key(['session.session_id']) }} as session_key,
    {{ generate_surrogate_key(['session.project_path']) }} as project_key,
    {{ generate_surrogate_key(["coalesce(session.user_name, 'unknown')"]) }} as user_key,
    session.source,
    session.user_name,
    session.entrypoint,
    session.project_id,
    session.project_path,
    session.launch_directory,
    session.continued_from_session_id,
    session.last_git_branch as git_branch,
    coalesce(session.branch_count, 0) as branch_count,
    coalesce(session.directory_count, 0) as directory_count,
    session.first_version,
    session.last_version,
    coalesce(session.start_time, session.first_entry_at) as start_time,
    coalesce(session.end_time, session.last_entry_at) as end_time,
    {{ to_local('coalesce(session.start_time, session.first_entry_at)') }} as start_time_local,
    {{ to_local('coalesce(session.end_time, session.last_entry_at)') }} as end_time_local,
    {{ date_key('coalesce(session.start_time, session.first_entry_at)') }} as date_key,
    {{ local_date_key('coalesce(session.start_time, session.first_entry_at)') }} as local_date_key,
    coalesce(cast(date_diff(
        'millisecond',
        coalesce(session.start_time, session.first_entry_at),
        coalesce(session.end_time, session.last_entry_at)
    ) // 1000 as bigint), 0) as duration_seconds,
    cast(coalesce(message.active_seconds, 0) as decimal(18, 3)) as active_seconds,
    session.entry_count,
    coalesce(session.copied_line_count, 0) as copied_line_count,
    coalesce(message.message_count, 0) as message_count,
    coalesce(message.human_message_count, 0) as human_message_count,
    coalesce(message.assistant_message_count, 0) as assistant_message_count,
    coalesce(message.tool_message_count, 0) as tool_message_count,
    coalesce(message.system_message_count, 0) as system_message_count,
    coalesce(message.human_message_count, 0) as turn_count,
    coalesce(message.interruption_count, 0) as interruption_count,
    coalesce(message.compaction_count, 0) as compaction_count,
    coalesce(message.api_error_count, 0) as api_error_count,
    coalesce(message.agent_count, 0) as agent_count,
    coalesce(message.content_length, 0) as content_length,
    coalesce(tool.tool_call_count, 0) as tool_call_count,
    coalesce(tool.successful_tool_call_count, 0) as successful_tool_call_count,
    coalesce(tool.failed_tool_call_count, 0) as failed_tool_call_count,
    coalesce(tool.rejected_tool_call_count, 0) as rejected_tool_call_count,
    coalesce(tool.retried_tool_call_count, 0) as retried_tool_call_count,
    coalesce(tool.tool_count, 0) as tool_count,
    coalesce(tool.git_commit_count, 0) as git_commit_count,
    coalesce(tool.pull_request_count, 0) as pull_request_count,
    call.main_model,
    coalesce(call.model_count, 0) as model_count,
    coalesce(call.api_call_count, 0) as api_call_count,
    coalesce(call.input_tokens, 0) as input_tokens,
    coalesce(call.output_tokens, 0) as output_tokens,
    coalesce(call.cache_creation_tokens, 0) as cache_creation_tokens,
    coalesce(call.cache_read_tokens, 0) as cache_read_tokens,
    coalesce(call.total_tokens, 0) as total_tokens,
    coalesce(call.cost_usd, 0.0) as cost_usd,
    coalesce(call.unpriced_call_count, 0) as unpriced_call_count,
    coalesce(call.provisional_call_count, 0) as provisional_call_count,
    session.custom_title,
    session.generated_title,
    left(message.first_prompt, 500) as first_prompt,
    coalesce(message.task_category, 'other') as task_category,
    coalesce(message.human_message_count, 0) > 0
    and not coalesce(message.ended_in_interruption, false)
    and (
        coalesce(tool.git_commit_count, 0) > 0
        or coalesce(tool.pull_request_count, 0) > 0
        or {{ says_done('message.last_answer') }}
        or {{ says_thanks('message.last_prompt') }}
    ) as is_completed,
    session._load_id
from placed as session
left join message_facts as message
    on session.session_id = message.session_id
left join call_facts as call
    on session.session_id = call.session_id
left join tool_facts as tool
    on session.session_id = tool.session_id
