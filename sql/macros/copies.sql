{# Order of the copies of one entry, the owner first. Resumed and forked sessions repeat lines of
   the session they continue; a side question repeats a line under another request; progress
   entries repeat messages of sub-agents. The original is the line that is none of these, was
   written first, and belongs to the session that ended first. #}
{% macro copy_order(line) -%}
{{ line }}.is_progress,
{{ line }}.is_sidechain,
{{ line }}.timestamp nulls last,
{{ line }}.session_last_entry_at nulls last,
{{ line }}.session_id,
{{ line }}._id
{%- endmacro %}
