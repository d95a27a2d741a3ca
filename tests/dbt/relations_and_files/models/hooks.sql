{{ config(materialized='table',
  pre_hook=["create schema if not exists side", "create table if not exists side.log (n integer, at_step varchar)", "insert into side.log select count(*), 'before' from side.log"],
  post_hook="insert into side.log select n, 'after' from {{ this }}") }}
select count(*) as n from side.log
