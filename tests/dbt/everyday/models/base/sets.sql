select id from {{ ref('numbers') }} {{ dbt.except() }} select 2
