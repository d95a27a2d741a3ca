{{ config(alias='is_called', tags=['late'], meta={'owner': 'b'}) }}
select 1 as n
