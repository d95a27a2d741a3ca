{# Kind of work a prompt asks for: keywords at word boundaries, whatever their case, the first
   match in this order. #}
{% macro task_category(text) -%}
case
    when regexp_matches({{ text }}, '(?i)\b(bug|fix|error|issue|broken|failing|crash)\b') then 'bug_fix'
    when regexp_matches({{ text }}, '(?i)\b(add|create|implement|new|feature|build)\b') then 'feature'
    when regexp_matches({{ text }}, '(?i)\b(refactor|restructure|reorganize|clean\s*up|simplify)\b') then 'refactor'
    when regexp_matches({{ text }}, '(?i)\b(test|spec|validat\w*|verif\w*)\b') then 'testing'
    when regexp_matches({{ text }}, '(?i)\b(doc\w*|readme|comment|explain)\b') then 'documentation'
    else 'other'
end
{%- endmacro %}

{# The assistant says that the work is done. #}
{% macro says_done(text) -%}
coalesce(regexp_matches(
    {{ text }},
    '(?i)\b(done|complete|completed|finished|fixed|implemented|added|updated|created|resolved|merged|pushed|committed|successfully|all tests pass(ed)?|ready)\b'
), false)
{%- endmacro %}

{# The user says that the work is done. #}
{% macro says_thanks(text) -%}
coalesce(regexp_matches(
    {{ text }},
    '(?i)\b(thanks|thank you|thx|perfect|great|awesome|excellent|nice|lgtm|looks good|works|worked|ship it|commit|merge|push)\b'
), false)
{%- endmacro %}
