{# A tool was refused: by the user who was asked, or because permission was not given. #}
{% macro is_rejection(text) -%}
coalesce(regexp_matches(
    {{ text }},
    '^(Error: )?(The user doesn''t want to|This command requires approval|Permission to use .+ (has been|was) denied|Claude requested permissions to .+ but you haven''t granted it)'
), false)
{%- endmacro %}

{# Why a call (a relation alias with outcome and error_text) did not succeed, by the text of its
   error: the first rule that matches. #}
{% macro error_class(call) -%}
case
    when {{ call }}.outcome <> 'failed' then {{ call }}.outcome
    when regexp_matches({{ call }}.error_text, '^(Error: )?Exit code \d+') then 'exit_code'
    when contains({{ call }}.error_text, 'Sibling tool call errored') then 'sibling_failed'
    when contains({{ call }}.error_text, 'No such tool available') then 'unknown_tool'
    when contains({{ call }}.error_text, 'String to replace not found')
        or contains({{ call }}.error_text, 'matches of the string to replace') then 'no_match'
    when contains({{ call }}.error_text, 'has not been read yet')
        or contains({{ call }}.error_text, 'has been modified since read') then 'not_read'
    when regexp_matches({{ call }}.error_text, '(?i)timed? ?out') then 'timeout'
    when regexp_matches({{ call }}.error_text, '(?i)permission|not allowed|denied') then 'permission'
    when regexp_matches({{ call }}.error_text, '(?i)not found|no such file|does not exist') then 'not_found'
    when contains({{ call }}.error_text, '<tool_use_error>') then 'tool_use_error'
    else 'other'
end
{%- endmacro %}

{# Whether the time between call and result holds a wait for a person. Nothing in a transcript says
   so; it is certain where a person was asked, where the tool reports a duration, and for tools that
   answer at once: these are held to have waited above the variable `wait_seconds` (5). Null where
   it cannot be told, as for shell commands. #}
{% macro has_permission_wait(call) -%}
case
    when {{ call }}.result_entry_id is null then null
    when {{ call }}.outcome = 'rejected' then coalesce({{ call }}.denial_kind, 'user-rejected') = 'user-rejected'
    when {{ call }}.tool_name in ('AskUserQuestion', 'ExitPlanMode', 'exit_plan_mode') then true
    when {{ call }}.own_duration_ms is not null
        then {{ call }}.elapsed_ms - {{ call }}.own_duration_ms > {{ wait_milliseconds() }}
    when {{ call }}.tool_name in (
        'Read', 'Write', 'Edit', 'MultiEdit', 'NotebookEdit', 'NotebookRead', 'Glob', 'Grep', 'LS', 'TodoWrite', 'TodoRead'
    ) then {{ call }}.elapsed_ms > {{ wait_milliseconds() }}
end
{%- endmacro %}
