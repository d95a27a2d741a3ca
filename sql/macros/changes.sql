{# Which sessions an incremental model has to build again.

   `stg_sessions._load_id` is the newest load that can have changed anything computed about a
   session: its own rows, or rows of a session it shares entries with. Every row of an incremental
   model carries the value of its session, so the greatest one present is a safe mark: all sessions
   up to it are built, and a session above it is built again at worst without need. #}
{% macro changed_sessions(target, sessions) -%}
select changed_session.session_id
from {{ sessions }} as changed_session
where changed_session._load_id > (
    select coalesce(max(built._load_id), -1)
    from {{ target }} as built
)
{%- endmacro %}

{# The sessions of `changed` and all that share a key (message, line or tool call) with them: the
   rows needed to decide which copy owns an entry of a changed session. #}
{% macro related_sessions(changed, session_keys) -%}
select session_id
from {{ changed }}
union
select other.session_id
from {{ session_keys }} as own
inner join {{ session_keys }} as other
    on own.key_hash = other.key_hash
where own.session_id in (select session_id from {{ changed }})
{%- endmacro %}
