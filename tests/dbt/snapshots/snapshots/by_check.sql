{% snapshot by_check_all %}
{{ config(strategy='check', unique_key='id', check_cols='all', schema='checked') }}
select id, country, name, age from {{ ref('people_now') }}
{% endsnapshot %}

{% snapshot by_check_list %}
{{ config(strategy='check', unique_key=['id', 'country'], check_cols=['age'], schema='checked') }}
select id, country, name, age from {{ ref('people_now') }}
{% endsnapshot %}
{% snapshot by_check_updated %}
{{ config(strategy='check', unique_key='id', check_cols=['name', 'age'], updated_at='updated_at') }}
select * from {{ ref('people_now') }}
{% endsnapshot %}
