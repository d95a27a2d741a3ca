#!/usr/bin/env python3
"""Breaks one formula of the models at a time and tells which no test of the marts notices.

    cargo test --release --test it --no-run    # prints where the test program is
    python3 tests/mutations/check.py target/release/deps/it-… [PART OF A FILE NAME …]

The tests build their warehouses with the models in CCA_TEST_SQL, and every check must pass there, so
that expectations notice too. A mutation ends with the first test that fails.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).parent
SQL = HERE.parent.parent / "sql"


def tests_of(program, filters):
    told = subprocess.run([program, "--list", "--format", "terse", *filters], capture_output=True, text=True)
    return [line.removesuffix(": test") for line in told.stdout.splitlines() if line.endswith(": test")]


def fails(program, test, sql):
    environment = {**os.environ, "CCA_TEST_SQL": str(sql)}
    return subprocess.run([program, "--exact", test], env=environment, capture_output=True).returncode != 0


def first_failure(program, tests, sql):
    return next((test for test in tests if fails(program, test, sql)), None)


def main():
    program, *wanted = sys.argv[1:]
    mutations = tomllib.loads((HERE / "mutations.toml").read_text())["mutation"]
    mutations = [one for one in mutations if not wanted or any(part in one["file"] for part in wanted)]
    every = tests_of(program, ["marts::"])
    killers, survivors = [], []
    with tempfile.TemporaryDirectory() as folder:
        sql = pathlib.Path(folder) / "sql"
        shutil.copytree(SQL, sql)
        sound = {test for test in every if not fails(program, test, sql)} if not wanted else set(every)
        for one in mutations:
            path = sql / one["file"]
            text = path.read_text()
            assert text.count(one["from"]) == 1, f"{one['file']}: {one['from']!r} is not there once"
            first = [test for test in tests_of(program, one["tests"].split()) if test in sound]
            # What noticed a mutation lately is likely to notice the next.
            first.sort(key=lambda test: -killers.index(test) - 1 if test in killers else 0)
            rest = [test for test in every if test in sound and test not in first]
            path.write_text(text.replace(one["from"], one["to"]))
            killer = first_failure(program, first + rest, sql)
            path.write_text(text)
            print(f"{'noticed by ' + killer if killer else 'SURVIVED'}: {one['file']}: {' '.join(one['from'].split())} → {' '.join(one['to'].split())}", flush=True)
            if killer:
                killers = [other for other in killers if other != killer] + [killer]
            else:
                survivors.append(one)
    print(f"{len(mutations) - len(survivors)} of {len(mutations)} mutations were noticed")
    sys.exit(1 if survivors else 0)


main()
