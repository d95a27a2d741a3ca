select 1 as n, {{ half(10) }} as h
