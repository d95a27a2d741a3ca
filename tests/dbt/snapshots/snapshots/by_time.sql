{% snapshot by_time %}
{{ config(strategy='timestamp', unique_key='id', updated_at='updated_at', target_schema='history') }}
select * from {{ ref('people_now') }}
{% endsnapshot %}

{% snapshot by_time_invalidating %}
{{ config(strategy='timestamp', unique_key='id', updated_at='updated_at', target_schema='history', invalidate_hard_deletes=true) }}
select * from {{ ref('people_now') }}
{% endsnapshot %}
