#!/usr/bin/env python3
"""Builds the projects of this folder with dbt-core and dbt-duckdb, step by step, and keeps what they leave.

    oracle.py refresh [PROJECT …]   run dbt, write PROJECT/expected.json
    oracle.py compare [PROJECT …]   run dbt and cca side by side, print every difference
    oracle.py check   [PROJECT …]   run cca alone against PROJECT/expected.json

dbt is the `dbt` of this interpreter's folder (see README.md), cca is $CCA or `cca` on the path.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import yaml

HERE = Path(__file__).resolve().parent
DBT = Path(sys.executable).parent / "dbt"
CCA = os.environ.get("CCA", "cca")
ARTIFACTS = ["manifest.json", "run_results.json", "sources.json"]
OWN = ["changes", "steps.yml", "expected.json", "manifest.json", "differences.yml"]
SECTIONS = ["nodes", "sources", "exposures", "unit_tests", "macros", "docs"]
# Of the moment and the place; of compiling; and settings as they are written, whose texts are of dbt's template engine.
UNCOMPARED = {"created_at", "build_path", "root_path", "checksum", "macro_sql", "given", "expect", "unrendered_config",
              "compiled", "compiled_code", "compiled_path", "extra_ctes", "extra_ctes_injected"}
IGNORED_SCHEMAS = {"cca", "information_schema", "pg_catalog"}
STATUS = {"success": "ok", "pass": "ok", "warn": "warn", "fail": "fail", "error": "error",
          "skipped": "skip", "runtime error": "error", "no-op": "noop", "partial success": "partial"}


def plan(project: Path) -> dict:
    return yaml.safe_load((project / "steps.yml").read_text())


def environment(step: dict, home: Path) -> dict:
    own = {"TZ": "UTC", "HOME": str(home), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "NO_COLOR": "1"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DBT_", "CCA_"))}
    return {**kept, **own, **{key: str(value) for key, value in step.get("env", {}).items()}}


def prepare(project: Path, folder: Path) -> None:
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns(*OWN))


def change(project: Path, folder: Path, step: dict) -> None:
    for path in step.get("remove", []):
        (folder / path).unlink()
    if "change" in step:
        shutil.copytree(project / "changes" / step["change"], folder, dirs_exist_ok=True)


def keep(folder: Path, step: dict) -> None:
    """Sets the artifacts of a step apart, as the state of later ones."""
    if "keep" in step:
        (folder / step["keep"]).mkdir(exist_ok=True)
        for artifact in ARTIFACTS:
            if (folder / "target" / artifact).exists():
                shutil.copy(folder / "target" / artifact, folder / step["keep"])


def arguments(step: dict) -> list[str]:
    given = [str(word) for word in step["command"]]
    if "vars" in step:
        given += ["--vars", json.dumps(step["vars"])]
    return given


def run_dbt(folder: Path, step: dict, home: Path) -> tuple[int, dict, str]:
    command = [str(DBT), "--no-use-colors", *arguments(step), "--profiles-dir", "."]
    is_list = step["command"][0] == "ls"
    if is_list:
        command += ["--quiet", "--output", "json", "--output-keys", "unique_id"]
    before = written(folder)
    done = subprocess.run(command, cwd=folder, env=environment(step, home), text=True, capture_output=True)
    if is_list:
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return done.returncode, listed(json.loads(line)["unique_id"] for line in lines), done.stdout + done.stderr
    return done.returncode, statuses(folder, ["run_results.json", "sources.json"], before), done.stdout + done.stderr


def run_cca(folder: Path, step: dict, home: Path) -> tuple[int, dict, str]:
    command = [CCA, *arguments(step), "--project-dir", ".", "--format", "json"]
    before = written(folder)
    done = subprocess.run(command, cwd=folder, env=environment(step, home), text=True, capture_output=True)
    found = {}
    if done.stdout.startswith("{"):
        report = json.loads(done.stdout)
        found = dict(own_status(unit) for unit in (report.get("transform") or {}).get("units", []))
    if step["command"][0] == "ls" and done.stdout.startswith("["):
        found = listed(node["id"] for node in json.loads(done.stdout))
    return done.returncode, dict(sorted({**found, **statuses(folder, ["sources.json"], before)}.items())), done.stderr


def listed(ids) -> dict:
    return dict.fromkeys(sorted(map(without_hash, ids)), "listed")


def written(folder: Path) -> dict:
    """When each artifact was written."""
    paths = (folder / "target" / artifact for artifact in ARTIFACTS)
    return {path.name: path.stat().st_mtime_ns for path in paths if path.exists()}


def own_status(unit: dict) -> tuple[str, str]:
    count = unit.get("failures")
    status = {"ok": "ok", "warned": "warn", "skipped": "skip"}.get(unit["status"])
    if status is None:
        status = "error" if count is None else "fail"
    name = without_hash(unit["id"])
    if name.startswith(("exposure.", "saved_query.")) and status == "ok":
        status = "noop"
    if name.startswith("test.") and count is not None:
        status = f"{status} {count}"
    return name, status


def without_hash(node: str) -> str:
    return re.sub(r"^(test\.[^.]+\..+)\.[0-9a-f]{10}$", r"\1", node)


def statuses(folder: Path, files: list[str], before: dict) -> dict:
    """What became of each node: status, and for tests the number of failures; of artifacts that are newly written."""
    found = {}
    for path in (folder / "target" / file for file in files):
        if written(folder).get(path.name) == before.get(path.name):
            continue
        for one in json.loads(path.read_text())["results"]:
            name = without_hash(one["unique_id"])
            status = STATUS.get(one["status"], one["status"])
            count = one.get("failures")
            found[name] = f"{status} {count}" if name.startswith("test.") and count is not None else status
    return dict(sorted(found.items()))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def cell(column: str, volatile: bool) -> str:
    text = f"CAST({quoted(column)} AS VARCHAR)"
    if volatile:
        return f"CASE WHEN {quoted(column)} IS NULL THEN 'N' ELSE 'S' END"
    return f"CASE WHEN {quoted(column)} IS NULL THEN 'N' ELSE length({text}) || ':' || {text} END"


def relations(folder: Path, volatile: dict) -> dict:
    """Every relation of the database: kind, columns with types, rows, and a hash of the rows in any order."""
    database = folder / "warehouse.duckdb"
    if not database.exists():
        return {}
    here = os.getcwd()
    os.chdir(folder)
    connection = duckdb.connect(str(database), read_only=True)
    found = {}
    sql = "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog = current_database() ORDER BY ALL"
    for schema, name, kind in connection.execute(sql).fetchall():
        if schema in IGNORED_SCHEMAS:
            continue
        relation = f"{quoted(schema)}.{quoted(name)}"
        columns = [(row[0], row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
        unstable = set(volatile.get(f"{schema}.{name}", []))
        row = " || ',' || ".join(cell(column, column in unstable) for column, _ in columns)
        count, digest = connection.execute(
            f"SELECT count(*), md5(coalesce(string_agg(h, '' ORDER BY h), '')) FROM (SELECT md5({row}) AS h FROM {relation})"
        ).fetchone()
        found[f"{schema}.{name}"] = {
            "kind": "view" if kind == "VIEW" else "table",
            "columns": [f"{column} {type_name}" for column, type_name in columns],
            "rows": count,
            "hash": digest,
        }
    connection.close()
    os.chdir(here)
    return found


def without_nothing(value):
    """The value without keys that hold nothing."""
    if isinstance(value, dict):
        kept = {key: without_nothing(one) for key, one in sorted(value.items()) if key not in UNCOMPARED}
        if isinstance(kept.get("tags"), list):
            kept["tags"].sort()  # their order means nothing
        return {key: one for key, one in kept.items() if one not in (None, "", [], {})}
    if isinstance(value, list):
        return [without_nothing(one) for one in value]
    return value


def manifest_of(project: Path, scratch: Path, command: list[str]) -> dict:
    """What `command` writes about a project that was not run: entries by id, without those of dbt itself."""
    folder = scratch / f"{project.name}-{Path(command[0]).name}-manifest"
    prepare(project, folder)
    done = subprocess.run(command, cwd=folder, env=environment({}, scratch), text=True, capture_output=True)
    path = folder / "target/manifest.json"
    if not path.exists():
        sys.exit(f"{project.name}: no manifest\n{done.stdout}{done.stderr}")
    manifest = json.loads(path.read_text())
    return {
        section: {
            key: without_nothing(entry)
            for key, entry in sorted(manifest[section].items())
            if entry["package_name"] not in ("dbt", "dbt_duckdb")
        }
        for section in SECTIONS
    }


def manifest_of_dbt(project: Path, scratch: Path) -> dict:
    return manifest_of(project, scratch, [str(DBT), "--no-use-colors", "parse", "--profiles-dir", "."])


def manifest_of_cca(project: Path, scratch: Path) -> dict:
    return manifest_of(project, scratch, [CCA, "compile", "--project-dir", "."])


def manifest_differences(project: Path, theirs: dict, ours: dict) -> list[str]:
    path = project / "differences.yml"
    meant = (yaml.safe_load(path.read_text()) if path.exists() else {}).get("manifest", {})
    found = []
    for section in SECTIONS:
        for key in sorted({*theirs[section], *ours[section]} - {*meant}):
            one, other = theirs[section].get(key), ours[section].get(key)
            if one is None or other is None:
                found.append(f"{key}: {'only dbt' if other is None else 'only cca'} lists it")
                continue
            parts = (part for part in sorted({*one, *other}) if one.get(part) != other.get(part))
            found += [f"{key}: {part}: {one.get(part)} against {other.get(part)}" for part in parts]
    return [f"{project.name} / manifest: {one}" for one in found]


def tell(project: Path, found: list[str]) -> int:
    print("\n".join(found) if found else f"{project.name} / manifest: equal")
    return len(found)


def rows_of(folder: Path, relation: str) -> list:
    here = os.getcwd()
    os.chdir(folder)
    connection = duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True)
    schema, name = relation.split(".", 1)
    rows = connection.execute(f"SELECT * FROM {quoted(schema)}.{quoted(name)}").fetchall()
    connection.close()
    os.chdir(here)
    return sorted(map(str, rows))


def walk(project: Path, run, folder: Path):
    """Runs all steps; yields each with what it left."""
    home = folder.parent / f"home-{folder.name}"
    home.mkdir()
    prepare(project, folder)
    described = plan(project)
    for step in described["steps"]:
        change(project, folder, step)
        code, results, output = run(folder, step, home)
        keep(folder, step)
        yield step, code, {"exit": code, "results": results, "relations": relations(folder, described.get("volatile", {}))}, output


def refresh(project: Path, scratch: Path) -> int:
    steps, wrong = [], 0
    for step, code, left, output in walk(project, run_dbt, scratch / project.name):
        if code != step.get("exit", 0):
            wrong += 1
            print(f"{project.name}: step `{step['name']}` ended with {code}\n{output[-6000:]}")
        steps.append({"step": step["name"], **left})
    if plan(project).get("manifest"):
        text = json.dumps(manifest_of_dbt(project, scratch), indent=1, ensure_ascii=False)
        (project / "manifest.json").write_text(text + "\n")
    (project / "expected.json").write_text(json.dumps({"steps": steps}, indent=1, ensure_ascii=False) + "\n")
    print(f"{project.name}: {len(steps)} steps, {sum(len(one['relations']) for one in steps)} relations, "
          f"{sum(len(one['results']) for one in steps)} results")
    return wrong


def differences(name: str, theirs: dict, ours: dict) -> list[str]:
    found = []
    if (theirs["exit"] == 0) != (ours["exit"] == 0):
        found.append(f"exit code {theirs['exit']} against {ours['exit']}")
    for part in ("results", "relations"):
        for key in sorted({*theirs[part], *ours[part]}):
            left, right = theirs[part].get(key), ours[part].get(key)
            if left != right:
                found.append(f"{key}: {left} against {right}")
    return [f"{name}: {one}" for one in found]


def without_deliberate(project: Path, step: dict, found: list[str]) -> list[str]:
    """Differences that PROJECT/differences.yml does not list."""
    path = project / "differences.yml"
    listed = (yaml.safe_load(path.read_text()) if path.exists() else {}).get(step["name"], {})
    return [one for one in found if not any(f": {key}: " in one for key in listed)]


def compare(project: Path, scratch: Path) -> int:
    theirs = walk(project, run_dbt, scratch / f"{project.name}-dbt")
    ours = walk(project, run_cca, scratch / f"{project.name}-cca")
    count = 0
    for (step, _, left, _), (_, code, right, output) in zip(theirs, ours, strict=True):
        found = without_deliberate(project, step, differences(f"{project.name} / {step['name']}", left, right))
        count += len(found)
        print("\n".join(found) if found else f"{project.name} / {step['name']}: equal, {len(left['relations'])} relations")
        for key in left["relations"]:
            one, other = left["relations"][key], right["relations"].get(key)
            if other and one["hash"] != other["hash"]:
                left_rows = rows_of(scratch / f"{project.name}-dbt", key)
                right_rows = rows_of(scratch / f"{project.name}-cca", key)
                print(f"  {key} dbt: {[row for row in left_rows if row not in right_rows][:5]}")
                print(f"  {key} cca: {[row for row in right_rows if row not in left_rows][:5]}")
        if found and code != step.get("exit", 0):
            print(output[-3000:])
    if plan(project).get("manifest"):
        both = manifest_of_dbt(project, scratch), manifest_of_cca(project, scratch)
        count += tell(project, manifest_differences(project, *both))
    return count


def check(project: Path, scratch: Path) -> int:
    expected = json.loads((project / "expected.json").read_text())["steps"]
    count = 0
    for (step, code, left, output), wanted in zip(walk(project, run_cca, scratch / project.name), expected, strict=True):
        found = without_deliberate(project, step, differences(f"{project.name} / {step['name']}", wanted, left))
        count += len(found)
        print("\n".join(found) if found else f"{project.name} / {step['name']}: equal")
        if found and code != step.get("exit", 0):
            print(output[-3000:])
    if plan(project).get("manifest"):
        wanted = json.loads((project / "manifest.json").read_text())
        count += tell(project, manifest_differences(project, wanted, manifest_of_cca(project, scratch)))
    return count


def main() -> int:
    modes = {"refresh": refresh, "compare": compare, "check": check}
    if len(sys.argv) < 2 or sys.argv[1] not in modes:
        print(__doc__)
        return 2
    names = sys.argv[2:] or sorted(path.parent.name for path in HERE.glob("*/steps.yml"))
    with tempfile.TemporaryDirectory() as scratch:
        wrong = sum(modes[sys.argv[1]](HERE / name, Path(scratch)) for name in names)
    print("no differences" if wrong == 0 else f"{wrong} differences")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
