#!/usr/bin/env python3
"""Asks Great Expectations for the answers to cases.yml (pandas) and sql_cases.yml (SQLite) and
writes expected.json and sql_expected.json.

    python3 -m venv gx && gx/bin/pip install great_expectations==1.24.1 pyarrow "sqlalchemy<2.1"
    gx/bin/python tests/oracle/great_expectations/record.py
"""
import json
import logging
import math
import pathlib
import sqlite3
import tempfile
import warnings

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from ruamel.yaml import YAML

HERE = pathlib.Path(__file__).parent
TYPES = {
    "BIGINT": "int64",
    "DOUBLE": "float64",
    "VARCHAR": "str",
    "BOOLEAN": "bool",
    "TIMESTAMP": "datetime64[us]",
}
KEPT = ["observed_value", "element_count", "missing_count", "unexpected_count", "unexpected_percent"]


def frame(columns):
    return pd.DataFrame({name: pd.Series(list(rest), dtype=TYPES[kind]) for name, (kind, *rest) in columns.items()})


def plain(value):
    """A value as JSON; what is not a number is nothing."""
    if hasattr(value, "item") and not isinstance(value, (list, dict)):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)


def answer(batch, name, kwargs):
    kind = "".join(part.capitalize() for part in name.split("_"))
    try:
        expectation = getattr(gxe, {"ExpectColumnKlDivergenceToBeLessThan": "ExpectColumnKLDivergenceToBeLessThan", "ExpectColumnPairValuesAToBeGreaterThanB": "ExpectColumnPairValuesAToBeGreaterThanB"}.get(kind, kind))(**kwargs)
    except Exception as error:  # whatever keeps it from being built
        return {"refused": str(error).splitlines()[0]}
    try:
        result = batch.validate(expectation, result_format={"result_format": "BASIC"})
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0][:120]}
    info = result.exception_info or {}
    errors = [info] if "raised_exception" in info else list(info.values())
    raised = [error for error in errors if error.get("raised_exception")]
    if raised:
        return {"error": str(raised[0].get("exception_message")).splitlines()[0][:120]}
    found = {key: plain(result.result[key]) for key in KEPT if key in result.result}
    return {"success": bool(result.success), **found}


def write(name, expected):
    parts = []
    for table, answers in expected.items():
        own = ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in answers)
        parts.append(f"{json.dumps(table)}: [\n{own}\n]")
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    HERE.joinpath(name).write_text(text, encoding="utf-8")
    print(f"{name}: {sum(map(len, expected.values()))} answers of Great Expectations {gx.__version__}")


def on_pandas(context, tables, cases):
    source = context.data_sources.add_pandas("oracle")
    expected = {}
    for table, items in cases.items():
        asset = source.add_dataframe_asset(table)
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame(tables[table])})
        expected[table] = [answer(batch, *next(iter(item.items()))) for item in items]
    return expected


def on_sqlite(context, tables, cases):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "tables.db"
        connection = sqlite3.connect(path)
        for table, columns in tables.items():
            kinds = {name: kind for name, (kind, *_) in columns.items()}
            frame(columns).to_sql(table, connection, index=False, dtype=kinds)
        connection.commit()
        source = context.data_sources.add_sqlite("oracle", connection_string=f"sqlite:///{path}")
        expected = {}
        for table, items in cases.items():
            asset = source.add_table_asset(table, table_name=table)
            batch = asset.add_batch_definition_whole_table("all").get_batch()
            expected[table] = [answer(batch, *next(iter(item.items()))) for item in items]
        return expected


def main():
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    yaml = YAML(typ="safe")
    tables = yaml.load(HERE.joinpath("tables.yml"))
    for cases, expected, ask in [
        ("cases.yml", "expected.json", on_pandas),
        ("sql_cases.yml", "sql_expected.json", on_sqlite),
    ]:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        write(expected, ask(context, tables, yaml.load(HERE.joinpath(cases))))


main()
