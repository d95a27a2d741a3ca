{# Sessions that a summary in a session above the mark gives its title to, or gave it so far. #}
{% macro retitled_sessions(target) -%}
select key.session_id
from {{ ref('stg_session_keys') }} as key
where key.key_hash in (
    select {{ key_hash('unnest(changed_session.summaries).leaf_uuid') }}
    from {{ ref('stg_sessions') }} as changed_session
    where changed_session._load_id > {{ mark(target) }}
)
union
select titled.session_id
from {{ target }} as titled
where titled.summary_session_id in ({{ changed_sessions(target, ref('stg_sessions')) }})
{%- endmacro %}
