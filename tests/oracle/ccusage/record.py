#!/usr/bin/env python3
"""Asks ccusage for the answers to cases.yml and writes expected.json.

    npm install @ccusage/ccusage-linux-x64@20.0.24
    python3 tests/oracle/ccusage/record.py node_modules/@ccusage/ccusage-linux-x64/bin/ccusage
"""
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def answer(program, command):
    arguments = [program, *command.split(), "--json", "--offline"]
    if "--timezone" not in command:
        arguments += ["--timezone", "UTC"]
    environment = {"CLAUDE_CONFIG_DIR": str(HERE / "transcripts"), "HOME": "/nonexistent", "TZ": "UTC"}
    told = subprocess.run(arguments, env=environment, cwd="/", capture_output=True, text=True)
    return json.loads(told.stdout) if told.returncode == 0 else {"error": told.stderr.strip()}


def main():
    program = os.path.abspath(sys.argv[1])
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    commands = dict.fromkeys(re.findall(r'ccusage: "([^"]*)"', (HERE / "cases.yml").read_text()))
    answers = {command: answer(program, command) for command in commands}
    text = json.dumps({"version": version, "answers": answers}, indent=1, sort_keys=True)
    (HERE / "expected.json").write_text(text + "\n")
    print(f"{len(answers)} answers of {version}")


main()
