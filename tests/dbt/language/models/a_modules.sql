{% set dt = modules.datetime %}
{% set start = dt.datetime.strptime('2024-02-28 10:30:00', '%Y-%m-%d %H:%M:%S') %}
{% set later = start + dt.timedelta(days=2, hours=5) %}
{% set re = modules.re %}
{% set found = re.match('([a-z]+)_([0-9]+)', 'abc_123') %}
select
  '{{ later.strftime("%Y-%m-%d %H:%M") }}' as later,
  '{{ (later - start).days }} {{ (later - start).total_seconds() }}' as difference,
  '{{ start.date() }} {{ start.year }} {{ start.isoformat() }}' as parts,
  '{{ dt.date(2024, 3, 1).isoformat() }} {{ dt.date(2024, 3, 1).weekday() }}' as a_date,
  '{{ found.group(1) }} {{ found.groups() | join("/") }}' as matched,
  '{{ re.sub("[aeiou]", "_", "sequoia") }} {{ re.findall("[0-9]+", "a1b22c333") | join(",") }}' as replaced,
  '{{ re.search("z", "abc") is none }}' as not_found,
  '{{ modules.pytz.timezone("America/New_York").localize(start).isoformat() }}' as zoned,
  '{{ modules.itertools.chain([1], [2, 3]) | list | join(",") }}' as chained
