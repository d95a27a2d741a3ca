{% snapshot history %}
{{ config(unique_key='code', strategy='check', check_cols=['cents']) }}
select * from {{ ref('codes') }}
{% endsnapshot %}
