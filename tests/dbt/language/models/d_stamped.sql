{{ config(materialized='stamped', stamp='ink', pre_hook="{{ seen('before') }}", post_hook=["{{ seen('after') }}", {"sql": "insert into {{ target.schema }}.run_log values ('outside', '{{ this.name }}')", "transaction": false}]) }}
select letter from {{ ref('letters') }} where position < 3
