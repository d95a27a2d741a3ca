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


def tell(one, killer):
    change = " → ".join(" ".join(one[side].split()) for side in ("from", "to"))
    print(f"{'noticed by ' + killer if killer else 'not noticed'}: {one['file']}: {change}", flush=True)


def main():
    program, *wanted = sys.argv[1:]
    mutations = tomllib.loads((HERE / "mutations.toml").read_text())["mutation"]
    mutations = [one for one in mutations if not wanted or any(part in one["file"] for part in wanted)]
    every = tests_of(program, ["marts::"])
    killers = []
    with tempfile.TemporaryDirectory() as folder:
        sql = pathlib.Path(folder) / "sql"
        shutil.copytree(SQL, sql)
        environment = {**os.environ, "CCA_TEST_SQL": str(sql)}
        subprocess.run([program, "marts::"], env=environment, check=True, capture_output=True)

        def survives(one, tests):
            path = sql / one["file"]
            text = path.read_text()
            assert text.count(one["from"]) == 1, f"{one['file']}: {one['from']!r} is not there once"
            # What noticed a mutation lately is likely to notice the next.
            tests = sorted(tests, key=lambda test: -1 - killers.index(test) if test in killers else 0)
            path.write_text(text.replace(one["from"], one["to"]))
            killer = first_failure(program, tests, sql)
            path.write_text(text)
            tell(one, killer)
            if killer:
                killers[:] = [other for other in killers if other != killer] + [killer]
            return killer is None

        left = [one for one in mutations if survives(one, tests_of(program, one["tests"].split()))]
        print(f"{len(left)} of {len(mutations)} go on to all other tests of the marts", flush=True)
        tried = {id(one): set(tests_of(program, one["tests"].split())) for one in left}
        left = [one for one in left if survives(one, [test for test in every if test not in tried[id(one)]])]
    print(f"{len(mutations) - len(left)} of {len(mutations)} mutations were noticed")
    sys.exit(1 if left else 0)


main()
