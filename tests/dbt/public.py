#!/usr/bin/env python3
"""Builds public dbt projects with dbt-core and with cca, side by side, and prints the table of docs/dbt.md.

    public.py FOLDER [NAME …]

FOLDER holds snapshots of repositories, each as OWNER+NAME (files, or `repo`, a git directory). public.yml says what is
built and how. What differs is told on stderr. dbt is the `dbt` of this interpreter's folder, cca is $CCA.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from oracle import differences, relations, run_cca, run_dbt

LIST = Path(__file__).resolve().parent / "public.yml"


def snapshot(source: Path, repository: str, target: Path) -> None:
    """The files of a repository."""
    held = source / repository.replace("/", "+")
    if not held.exists():
        sys.exit(f"{repository} is not in {source}")
    git = held / "repo"
    if not git.exists():
        shutil.copytree(held, target, ignore=shutil.ignore_patterns(".git"))
        return
    git = ["git", f"--git-dir={git}"]
    listed = subprocess.run([*git, "ls-tree", "-r", "-z", "HEAD"], check=True, capture_output=True, text=True).stdout
    for line in filter(None, listed.split("\0")):
        about, path = line.split("\t", 1)
        mode, kind, blob = about.split()
        if kind != "blob" or mode == "120000":
            continue
        read = subprocess.run([*git, "cat-file", "blob", blob], capture_output=True)
        if read.returncode != 0:
            print(f"{repository}: {path} is not in the snapshot", file=sys.stderr)
            continue
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(read.stdout)


def settings(folder: Path) -> dict:
    return yaml.safe_load((folder / "dbt_project.yml").read_text())


def lay_packages(source: Path, project: dict, whole: Path, folder: Path) -> None:
    """Packages as `dbt deps` would leave them, and a packages.yml that names them all, as dbt counts them."""
    installed = folder / "dbt_packages"
    shutil.rmtree(installed, ignore_errors=True)
    names = []
    for repository in project.get("packages", []):
        laid = folder.parent / f"laid-{len(names)}"
        if repository == "..":
            shutil.copytree(whole, laid, ignore=shutil.ignore_patterns("integration_tests*", ".git"))
        else:
            snapshot(source, repository, laid)
        names.append(settings(laid)["name"])
        installed.mkdir(exist_ok=True)
        shutil.move(laid, installed / names[-1])
    for file in ["package-lock.yml", "dependencies.yml"]:
        (folder / file).unlink(missing_ok=True)
    listed = {"packages": [{"local": f"dbt_packages/{name}"} for name in names]}
    (folder / "packages.yml").write_text(yaml.safe_dump(listed) if names else "packages: []\n")


def write_profile(project: dict, folder: Path) -> None:
    """A target in warehouse.duckdb, with what the project's own DuckDB target sets."""
    name = project.get("profile") or settings(folder).get("profile") or "default"
    output = {"type": "duckdb", "path": "warehouse.duckdb", "schema": "analytics", "threads": 1}
    output.update(project.get("output", {}))
    target = project.get("target", "dev")
    (folder / "profiles.yml").write_text(yaml.safe_dump({name: {"target": target, "outputs": {target: output}}}))


def prepare(source: Path, name: str, project: dict, scratch: Path) -> Path:
    whole = scratch / "whole"
    snapshot(source, project["repository"], whole)
    folder = whole / project.get("folder", ".")
    lay_packages(source, project, whole, folder)
    write_profile(project, folder)
    for path, text in project.get("files", {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def run_all(source: Path, name: str, project: dict, scratch: Path, run) -> list[dict]:
    """What each command left, and how every node ended."""
    folder = prepare(source, name, project, scratch)
    home = scratch / "home"
    home.mkdir()
    left = []
    for command in project["commands"]:
        env = {"DBT_TARGET_PATH": "target", **project.get("env", {})}
        step = {"command": command.split(), "env": env, "vars": project.get("vars", {})}
        code, results, output = run(folder, step, home)
        left.append({"exit": code, "results": results, "relations": relations(folder, {}), "output": output})
    return left


def outcome(name: str, project: dict, scratch: Path, theirs: list[dict], ours: list[dict]) -> str:
    found = []
    for command, left, right in zip(project["commands"], theirs, ours, strict=True):
        found += [(command, left, right, one) for one in differences(f"{name} / {command}", left, right)]
    for *_, text in found:
        print(text[:600], file=sys.stderr)
    results = {re.split(r": ", text)[1] for _, left, right, text in found if re.split(r": ", text)[1] in left["results"] | right["results"]}
    tables = {re.split(r": ", text)[1] for _, left, right, text in found if re.split(r": ", text)[1] in left["relations"] | right["relations"]}
    if not found:
        failed = sum(value.startswith(("error", "fail")) for left in theirs for value in left["results"].values())
        return "equal" if failed == 0 else f"equal, {failed} failures in both included"
    parts = []
    if results:
        parts.append(f"{len(results)} nodes end otherwise: {', '.join(sorted(results))}")
    if tables:
        parts.append(f"{len(tables)} relations differ: {', '.join(sorted(tables))}")
    return "; ".join(parts) or "another exit code"


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    source = Path(sys.argv[1])
    projects = yaml.safe_load(LIST.read_text())
    names = sys.argv[2:] or list(projects)
    print("| project | commands | nodes | relations | outcome |\n|---|---|---|---|---|")
    for name in names:
        project = projects[name]
        with tempfile.TemporaryDirectory() as place:
            scratch = Path(place)
            (scratch / "dbt").mkdir()
            (scratch / "cca").mkdir()
            theirs = run_all(source, name, project, scratch / "dbt", run_dbt)
            ours = run_all(source, name, project, scratch / "cca", run_cca)
            if not theirs[-1]["results"]:
                print(theirs[-1]["output"][-2000:], file=sys.stderr)
            nodes = {node for left in theirs for node in left["results"]}
            commands = ", ".join(f"`{command}`" for command in project["commands"])
            told = outcome(name, project, scratch, theirs, ours)
            print(f"| {name} | {commands} | {len(nodes)} | {len(theirs[-1]['relations'])} | {told} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
