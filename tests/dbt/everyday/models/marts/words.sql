-- depends_on: {{ ref('b_numbers') }}
{%- set rows = run_query('select id, word from ' ~ ref('numbers') ~ ' order by 1') -%}
{%- set out = [] -%}
{%- if execute -%}
{%- do out.append(('cols', rows.column_names | join(','))) -%}
{%- do out.append(('cols2', rows.columns | map(attribute='name') | list | string)) -%}
{%- do out.append(('vals', rows.columns[1].values() | list | string)) -%}
{%- do out.append(('vals0', rows.columns[0].values() | string)) -%}
{%- do out.append(('row', rows.rows[0][1] ~ rows.rows[0]['id'] ~ rows.rows[1].values() | list | length)) -%}
{%- do out.append(('len', rows.rows | length | string ~ '/' ~ rows | length)) -%}
{%- for r in rows -%}{%- do out.append(('r' ~ loop.index, r['word'] ~ '|' ~ '|' ~ r[0])) -%}{%- endfor -%}
{%- call statement('st', fetch_result=True) -%}select max(id) m, 'q' q from {{ ref('numbers') }}{%- endcall -%}
{%- set st = load_result('st') -%}
{%- do out.append(('st', st['data'] | string ~ st.table.columns['M'.lower()].values() | string)) -%}
{%- do out.append(('stat', st['response'] is defined)) -%}
{%- endif -%}
{%- set d = {'a': 1} -%}{%- do d.update({'b': [1, 2]}) -%}{%- set _ = d.setdefault('c', 'z') -%}{%- do d.pop('a') -%}
{%- do out.append(('d', d | string ~ d.get('nope', 'dflt') ~ d.keys() | list | string ~ d.values() | list | string)) -%}
{%- set l = [3, 1, 2] -%}{%- do l.insert(0, 9) -%}{%- do l.extend([7]) -%}{%- do l.remove(1) -%}{%- set p = l.pop() -%}
{%- do out.append(('l', l | string ~ p ~ (l | sort | string) ~ l[1:] ~ l[::-1] ~ (l | sum) ~ (l | first) ~ (l | last))) -%}
{%- do out.append(('fmt', '%s-%03d-%.2f-%r' % ('a', 5, 1.005, 'q') ~ '{}:{x:>4}'.format(1, x='r'))) -%}
{%- do out.append(('is', (d is mapping) ~ (l is iterable) ~ (1 is number) ~ (none is none) ~ (true is boolean) ~ ('s' is sequence) ~ (zz is defined))) -%}
{%- do out.append(('float', 1 / 2 ~ ' ' ~ 7 // 2 ~ ' ' ~ 2 ** 3 ~ ' ' ~ 1.0)) -%}
{%- do out.append(('none', none ~ true ~ [none, true, 1.5, 'a\'b'] | string)) -%}
{%- do out.append(('map', ['a', ' b '] | map('trim') | map('upper') | join('+') ~ ([{'k': 1}, {'k': 2}] | selectattr('k', 'gt', 1) | list | string) ~ ([{'k': 1}] | map(attribute='k') | list | string))) -%}
{%- do out.append(('str', 'a,b'.split(',') | string ~ 'abc'.replace('b', 'x') ~ ' s '.strip() ~ 'Ab'.lower() ~ 'Ab'.upper() ~ 'abc'.startswith('a') ~ 'abc'.endswith('d') ~ '-'.join(['p', 'q']) ~ 'abc'[1:] ~ 'x y'.title() ~ 'abc'.find('c') ~ '7'.zfill(3) ~ 'a.b.c'.rsplit('.', 1) | string)) -%}
{%- do out.append(('conv', ('5' | int + 1) ~ ('x' | int) ~ ('1.5' | float) ~ (2.567 | round(1)) ~ ('ab' | length) ~ ('x' | default('y')) ~ (q | default('y')) ~ ('ab' | replace('a', 'c')) ~ ('ab' | capitalize) ~ ('a' | indent(2)) ~ ([1,1,2] | unique | list | string) ~ ([1,2] | reverse | list | string))) -%}
{%- set ns = namespace(n=0) -%}{%- for i in range(4) if i % 2 -%}{%- set ns.n = ns.n + i -%}{%- else -%}{%- endfor -%}
{%- do out.append(('ns', ns.n ~ range(1, 7, 3) | list | string)) -%}
{%- set x, y = 1, 'two' -%}{%- do out.append(('tup', x ~ y)) -%}
{%- for k, v in {'m': 1, 'n': 2}.items() -%}{%- do out.append(('kv' ~ loop.index0, k ~ v ~ loop.first ~ loop.last ~ loop.length ~ loop.revindex)) -%}{%- endfor -%}
{%- do out.append(('json', tojson({'b': 1, 'a': [true, none]}) ~ fromjson('{"q": [1, 2]}').q[1] ~ (['x'] | tojson) ~ fromyaml('a: 1').a ~ toyaml({'z': 1}) | trim)) -%}
{%- do out.append(('md5', local_md5('a') ~ set([1]) ~ set_strict([2]) ~ zip([1], [2]) | list)) -%}
{%- do out.append(('re', modules.re.sub('[^a-z]', '_', 'aB1c') ~ modules.re.match('(a)(.)', 'abc').group(2) ~ modules.re.findall('[0-9]+', 'a1b22') ~ (modules.re.search('z', 'abc') is none) ~ modules.re.split(',', 'a,b'))) -%}
{%- set dt = modules.datetime.datetime.strptime('2024-02-28 10:00', '%Y-%m-%d %H:%M') + modules.datetime.timedelta(days=2, hours=3) -%}
{%- do out.append(('dt', dt | string ~ dt.strftime('%d/%m/%y %A') ~ dt.date() ~ (modules.datetime.date(2024, 3, 1) - modules.datetime.date(2024, 2, 1)).days ~ dt.isoformat() ~ dt.weekday() ~ dt.replace(day=1))) -%}
{%- do out.append(('tz', modules.pytz.timezone('Europe/Berlin').localize(dt).isoformat() ~ modules.pytz.utc.localize(dt).astimezone(modules.pytz.timezone('US/Pacific')).strftime('%H %z'))) -%}
{%- do out.append(('it', modules.itertools.chain([1], [2]) | list | string ~ modules.itertools.product('ab', [1]) | list)) -%}
{%- do out.append(('rsa', run_started_at.strftime('%Y') | length ~ (invocation_id | length) ~ flags.WHICH ~ flags.FULL_REFRESH ~ project_name ~ dbt_version[:2])) -%}
{%- do out.append(('tgt', target.name ~ target.schema ~ target.database ~ target.type ~ target.threads ~ target.profile_name)) -%}
{%- do out.append(('var', var('limit_to') ~ var('scoped') ~ var('nope', 'dv') ~ env_var('NOPE_X', 'de') ~ var.has_var('zzz') ~ var.has_var('scoped'))) -%}
{%- set rel = api.Relation.create(database='d', schema='s', identifier='i', type='view') -%}
{%- do out.append(('rel', rel ~ rel.include(database=false) ~ rel.quote(identifier=false) ~ rel.is_view ~ rel.is_table ~ rel.type ~ rel.name ~ rel.schema ~ rel.database ~ rel.identifier ~ rel.render() ~ rel.without_identifier() ~ rel.incorporate(path={'identifier': 'j'}))) -%}
{%- do out.append(('this', this ~ this.schema ~ this.name ~ this.identifier ~ this.database ~ this.table)) -%}
{%- set col = api.Column('c', 'varchar') -%}
{%- do out.append(('col', col.name ~ col.quoted ~ col.dtype ~ col.data_type ~ col.is_string() ~ col.is_number() ~ col.is_numeric() ~ col.is_integer() ~ col.is_float() ~ col.column)) -%}
{%- if execute -%}
{%- for c in adapter.get_columns_in_relation(ref('b_numbers')) -%}{%- do out.append(('c' ~ c.name, c.dtype ~ c.data_type ~ c.is_number() ~ c.is_string() ~ c.is_integer() ~ c.quoted ~ c.char_size ~ c.numeric_precision)) -%}{%- endfor -%}
{%- set gr = adapter.get_relation(database=this.database, schema='main', identifier='numbers') -%}
{%- do out.append(('gr', gr ~ gr.type ~ gr.is_table ~ (load_relation(ref('numbers')) is not none) ~ (adapter.get_relation(this.database, 'main', 'nope') is none) ~ adapter.check_schema_exists(this.database, 'main') ~ adapter.type() ~ adapter.quote('q'))) -%}
{%- do out.append(('graph', graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | map(attribute='name') | sort | join(',') ~ graph.sources.values() | map(attribute='name') | list)) -%}
{%- endif -%}
{%- do out.append(('model', model.name ~ model.resource_type ~ model.unique_id ~ model.schema ~ model.alias ~ model.config.materialized ~ model.fqn ~ model.tags ~ model.original_file_path ~ model.depends_on.nodes | sort)) -%}
{%- do out.append(('mac', lib.twice(2) ~ lib.thrice(2, plus=4) ~ lib.va(1, 'b', z=1) ~ lib.passes())) -%}
{%- set blk -%} block {{ 1 + 1 }} {%- endset -%}{%- do out.append(('blk', blk ~ blk | length)) -%}
{%- set called -%}{%- call wrap() -%}inner{%- endcall -%}{%- endset -%}{%- do out.append(('call', called)) -%}
{%- set raw -%}{% raw %}{{ no }}{% endraw %}{%- endset -%}{%- do out.append(('raw', raw)) -%}
{%- set flt -%}{% filter upper %}abc{% endfilter %}{%- endset -%}{%- do out.append(('flt', flt)) -%}
{%- do out.append(('misc', ('a' if 1 > 2 else 'b') ~ (1 in [1]) ~ ('z' not in 'abc') ~ (not true) ~ (1 < 2 < 3) ~ ([1, 2] == [1, 2]) ~ ('%' in 'a%'))) -%}
{%- do out.append(('cfg', config.get('materialized') ~ config.get('nope', 'd') ~ config.get('schema') ~ config.require('materialized'))) -%}
{%- do log('a note', info=false) -%}{%- do exceptions.warn('careful') -%}
{%- do out.append(('dd', dict(a=1) | string ~ dict([('x', 1)]) ~ ({'b': 2, 'a': 1} | dictsort) ~ ([['a', 1]] | map('first') | list) ~ ([{'g': 1, 'v': 2}] | groupby('g') | list | length) ~ ([1,2,3,4] | batch(2) | list) ~ ([1, none, 0] | select | list) ~ ([1, 2] | reject('equalto', 1) | list) ~ ([3, 1] | min) ~ ([3, 1] | max) ~ (-3 | abs))) -%}
{%- for k, v in out %}
select '{{ k }}' as k, '{{ v | string | replace("'", "''") }}' as v {{ 'union all' if not loop.last }}
{%- endfor %}
