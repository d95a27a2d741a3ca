-- Grain: one row per content block other than text: tool calls, results, thinking, images.
-- Key: _id, ordinal.
-- Takes the nested column apart once, when an entry arrives, so that what is built per session
-- never reads it again.
--
-- Incremental per entry: a row depends on its entry alone. Entries above the mark are read again,
-- deleted ones leave.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_id',
    touched="{{ changed_entries(this, ref('stg_conversations'), source('raw', 'tombstones')) }}",
    tags=['staging']
) }}

with entries as (
    select
        _id,
        session_id,
        tool_result_type,
        tool_file_path,
        lines_added,
        lines_removed,
        tool_duration_ms,
        tool_denial_kind,
        _load_id,
        -- what an entry says about its result is about the first one, where it holds several
        list_min([block.ordinal for block in content_blocks if block.type = 'tool_result']) as first_result_ordinal,
        unnest(content_blocks) as block
    from {{ ref('stg_conversations') }}
    where
        is_message
        and content_blocks is not null
        {% if is_incremental() %}
        and _load_id > {{ mark(this) }}
        {% endif %}
),

blocks as (
    select
        entries.* exclude (block, first_result_ordinal),
        block.ordinal,
        block.type,
        block.type = 'tool_result' and block.ordinal = first_result_ordinal as is_first_result,
        nullif(block.tool_use_id, '') as tool_use_id,
        block.tool_name,
        block.tool_input,
        block.is_error,
        block.text,
        block.result_text,
        -- one parse of the input for everything asked of it
        if(json_valid(block.tool_input), json_extract_string(block.tool_input, [
            '$.file_path', '$.notebook_path', '$.path', '$.command', '$.pattern', '$.url',
            '$.query', '$.skill', '$.subagent_type', '$.description'
        ]), null) as inputs
    from entries
    where block.type is distinct from 'text'
),

aimed as (
    select
        *,
        coalesce(
            inputs[1], inputs[2], inputs[4], inputs[6],
            inputs[5] || coalesce(' in ' || inputs[3], ''),
            inputs[7], inputs[8], inputs[10], inputs[3]
        ) as target
    from blocks
)

select
    _id,
    session_id,
    ordinal,
    type,
    tool_use_id,
    if(type = 'tool_use', coalesce(nullif(tool_name, ''), 'unknown'), null) as tool_name,
    coalesce(inputs[1], inputs[2]) as file_path,
    inputs[4] as command,
    case
        when tool_name in ('Task', 'Agent') then inputs[9]
        when tool_name = 'Skill' then inputs[8]
    end as agent_or_skill,
    left(target, 300) as target,
    if(type = 'tool_use', md5(coalesce(target, tool_input, '')), null) as target_hash,
    tool_input,
    length(tool_input) as input_length,
    if(type = 'tool_result', coalesce(is_error, false), null) as is_error,
    length(result_text) as result_length,
    if(is_error, left(result_text, 1000), null) as error_text,
    if(is_first_result, tool_result_type, null) as result_type,
    if(is_first_result, tool_file_path, null) as result_file_path,
    if(is_first_result, lines_added, null) as lines_added,
    if(is_first_result, lines_removed, null) as lines_removed,
    if(is_first_result, tool_duration_ms, null) as own_duration_ms,
    if(is_error, tool_denial_kind, null) as denial_kind,
    if(type = 'thinking', length(text), null) as thinking_length,
    _load_id
from aimed
