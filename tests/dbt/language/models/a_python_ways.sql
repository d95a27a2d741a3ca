{% set re = modules.re %}
{% set punctuation = "!?." %}
{% set word = "w!h?at." %}
{% set names = [] %}
{% if execute %}
  {% set rows = run_query("select 1 as A, 'x' as B") %}
  {% do names.append(rows.rename({"A": "first"}).column_names | join(",")) %}
  {% do names.append(rows.rename(["one", "two"]).columns["two"].values() | join) %}
  {% do names.append(rows.select(["B"]).column_names | join) %}
  {% do names.append(dbt.run_query("select 5 as n").columns[0].values() | join) %}
{% endif %}
select
  {{ "{{ no number }}" | int }} as no_number,
  {{ "12.9" | int }} + {{ "x" | int(7) }} + {{ "0f" | int(base=16) }} + {{ 3.99 | int }} + {{ true | int }} as whole,
  {{ "1.5" | float }} + {{ "x" | float(2.5) }} as broken,
  {{ nothing_there() | length }} + {{ not_defined_anywhere | count }} as lengths,
  '{{ word.translate(word.maketrans("", "", punctuation)) }}' as without_letters,
  '{{ "abc".translate("abc".maketrans("ab", "xy")) }}{{ "abc".translate("".maketrans({"a": "1", "c": none})) }}' as translated,
  '{{ re.findall("(?ix) from\s+ ({{\s*ref\(.(\w+).\)\s*}}) # comment", "select from {{ ref(\'x\') }}")[0][1] }}' as found,
  '{{ re.findall("\w+(?=;)", "a b; c;") | join("|") }}' as before_what,
  '{{ re.sub("(?<!a)b", "-", "ab bb") }}{{ re.match("(a)(?P<n>.)\\1(?P=n)", "axax").group("n") }}' as around,
  '{{ re.findall("a{2}|b{,2}c|{x}", "aa bbc {x} a") | select | join("|") }}' as repeated,
  '{{ names | join(" ") }}' as of_results,
  '{{ dbt.type_timestamp() }} {{ dbt.type_int() }} {{ dbt.type_boolean() }} {{ dbt.type_float() }} {{ dbt.type_string() }} {{ dbt.type_numeric() }}' as types
