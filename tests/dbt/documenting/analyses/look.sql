select {{ twice(1) }} from {{ ref('amounts') }}
