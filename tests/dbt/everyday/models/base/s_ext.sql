select * from {{ source('files', 'ext') }}
