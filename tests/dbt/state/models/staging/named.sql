{{ config(alias='called', tags=['early'], meta={'owner': 'a'}) }}
select 1 as n
