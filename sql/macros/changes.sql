{# What an incremental model has to build again.

   `stg_sessions._load_id` is the newest load that can have changed anything computed about a
   session: its own entries, or those of a session it shares entries with. Every row of a model
   built per session carries the value of its session, so the greatest one present is a safe mark:
   all sessions up to it are built, and one above it is built again at worst without need. A model
   reads from another model simply the rows above its mark: those sessions, whole. #}
{% macro mark(target) -%}
(select coalesce(max(built._load_id), -1) from {{ target }} as built)
{%- endmacro %}

{# Sessions above the mark, those that are gone included: their rows leave the model. #}
{% macro changed_sessions(target, sessions) -%}
select changed_session.session_id
from {{ sessions }} as changed_session
where changed_session._load_id > {{ mark(target) }}
{%- endmacro %}

{# The same for a model built per entry, whose rows carry the load of their entry. #}
{% macro changed_entries(target, entries, tombstones) -%}
select entry._id
from {{ entries }} as entry
where entry._load_id > {{ mark(target) }}
union
select tombstone._id
from {{ tombstones }} as tombstone
where tombstone._load_id > {{ mark(target) }}
{%- endmacro %}

{# Days or projects (`column`) that the sessions above the mark have, or ever had, a part in. A
   model built per day or project builds those again, from all of their rows. #}
{% macro changed_groups(target, column) -%}
select distinct changed_day.{{ column }}
from {{ ref('int_session_days') }} as changed_day
where changed_day._load_id > {{ mark(target) }}
{%- endmacro %}

{# The newest load that can have changed anything about a day or project: that of the last session
   that has, or ever had, a part in it. It only grows, whatever leaves the group. #}
{% macro group_loads(column) -%}
select
        {{ column }},
        max(_load_id) as _load_id
    from {{ ref('int_session_days') }}
    group by {{ column }}
{%- endmacro %}

{# The sessions above the mark as a list for `in`; see `key_list`. #}
{% macro changed_session_list(target, sessions) -%}
{{ key_list(changed_sessions(target, sessions)) }}
{%- endmacro %}

{# The keys a query gives, as what stands in the parentheses of `in`: one by one where they are few,
   because the engine then reads little more than their rows of a table. #}
{% macro key_list(query) -%}
{%- set limit = 200 -%}
{%- set found = run_query(query ~ ' limit ' ~ (limit + 1)).columns[0].values() if execute else [] -%}
{%- if found | length > limit -%}
{{ query }}
{%- else -%}
null{% for key in found %}, {{ dbt.string_literal(dbt.escape_single_quotes(key | string)) }}{% endfor %}
{%- endif -%}
{%- endmacro %}
