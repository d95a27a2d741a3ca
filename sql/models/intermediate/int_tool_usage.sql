-- Grain: one row per tool call. Key: tool_call_id.
-- Category (seed tool_categories: exact name first, then the longest pattern, else `other`), MCP
-- server and tool, the file worked on, lines changed, and retries: a call repeats when the call
-- before it in the session with the same tool and target failed; `retry_count` is how many failed
-- in a row.
--
-- Incremental per session: retries look at the calls of the session only.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='session_id',
    touched="{{ changed_sessions(this, ref('stg_sessions')) }}",
    tags=['intermediate']
) }}

with calls as (
    select *
    from {{ ref('stg_tool_calls') }}
    {% if is_incremental() %}
    where _load_id > {{ mark(this) }}
    {% endif %}
),

names as (
    select distinct tool_name
    from calls
),

categories as (
    select
        names.tool_name,
        {{ generate_surrogate_key(['names.tool_name']) }} as tool_key,
        category.tool_category
    from names
    left join {{ ref('tool_categories') }} as category
        on names.tool_name glob category.tool_name
    qualify row_number() over (
        partition by names.tool_name
        order by
            names.tool_name = category.tool_name desc,
            length(category.tool_name) desc,
            category.tool_name
    ) = 1
),

-- Only what failed can be tried again.
failures as (
    select distinct
        session_id,
        tool_name,
        target_hash
    from calls
    where outcome = 'failed'
),

runs as (
    select
        call.tool_call_id,
        call.session_id,
        call.tool_name,
        call.target_hash,
        call.timestamp,
        call.ordinal,
        count(*) filter (call.outcome <> 'failed') over (
            partition by call.session_id, call.tool_name, call.target_hash
            order by call.timestamp nulls first, call.ordinal, call.tool_call_id
            rows between unbounded preceding and 1 preceding
        ) as run_number
    from calls as call
    semi join failures
        on call.session_id = failures.session_id
        and call.tool_name = failures.tool_name
        and call.target_hash = failures.target_hash
),

attempts as (
    select
        tool_call_id,
        row_number() over (
            partition by session_id, tool_name, target_hash, run_number
            order by timestamp nulls first, ordinal, tool_call_id
        ) - 1 as retry_count
    from runs
),

retries as (
    select
        call.*,
        coalesce(attempts.retry_count, 0) as retry_count,
        case
            when outcome <> 'succeeded' or file_path is null then null
            when tool_name in ('Read', 'NotebookRead') then 'read'
            when tool_name in ('Edit', 'MultiEdit', 'NotebookEdit') then 'edit'
            when tool_name = 'Write' and result_type = 'create' then 'create'
            when tool_name = 'Write' then 'write'
        end as operation_type,
        string_split(replace(file_path, '\', '/'), '/')[-1] as file_name
    from calls as call
    left join attempts
        on call.tool_call_id = attempts.tool_call_id
)

select
    call.tool_call_id,
    call.session_id,
    call.message_id,
    call.tool_name,
    category.tool_key,
    coalesce(category.tool_category, 'other') as tool_category,
    case when starts_with(call.tool_name, 'mcp__') then nullif(string_split(call.tool_name, '__')[2], '') end as mcp_server,
    case when starts_with(call.tool_name, 'mcp__') then nullif(array_to_string(string_split(call.tool_name, '__')[3:], '__'), '') end as mcp_tool,
    call.is_sidechain,
    call.agent_id,
    call.model,
    call.version,
    call.timestamp,
    {{ to_local('call.timestamp') }} as timestamp_local,
    {{ date_key('call.timestamp') }} as date_key,
    {{ local_date_key('call.timestamp') }} as local_date_key,
    call.result_at,
    call.outcome,
    call.is_success,
    call.is_rejected,
    call.is_interrupted,
    call.error_class,
    call.exit_code,
    call.error_text,
    call.duration_ms,
    call.own_duration_ms,
    call.elapsed_ms,
    call.has_permission_wait,
    call.retry_count > 0 as is_retry,
    call.retry_count,
    call.target,
    call.command,
    call.agent_or_skill,
    call.input_length,
    call.result_length,
    call.operation_type,
    call.file_path,
    case
        when call.file_path is null then null
        else coalesce(nullif(lower(regexp_extract(call.file_name, '[^.]\.([A-Za-z0-9_+-]+)$', 1)), ''), 'none')
    end as file_extension,
    case when call.operation_type is not null then coalesce(call.lines_added, 0) end as lines_added,
    case when call.operation_type is not null then coalesce(call.lines_removed, 0) end as lines_removed,
    call.outcome = 'succeeded' and call.tool_name = 'Bash'
    and coalesce(regexp_matches(call.command, '\bgit\s+(-\S+\s+)*commit\b'), false) as is_git_commit,
    call.outcome = 'succeeded' and (
        call.tool_name = 'Bash' and coalesce(regexp_matches(call.command, '\bgh\s+pr\s+create\b'), false)
        or regexp_matches(call.tool_name, '^mcp__.*create_pull_request$')
    ) as is_pull_request,
    call._load_id
from retries as call
inner join categories as category
    on call.tool_name = category.tool_name
