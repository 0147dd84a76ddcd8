"""The threat model names tests that exist: a threat whose test was renamed or removed is noticed."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
HELD = "| threat | what stops it | test that holds it |"


@cache
def names_in(file: Path) -> frozenset[str]:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if file.is_file() else ()
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def rows() -> list[str]:
    """The rows of all tables that have a column of tests."""
    tables = [table.split("\n\n", 1)[0] for table in PAGE.split(HELD)[1:]]
    return [row for table in tables for row in table.strip().splitlines()[1:]]


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = re.findall(r"`(\S+\.py)::(\S+)`", PAGE)
    assert len(named) > 50
    missing = [f"{file}::{name}" for file, name in named if name not in names_in(ROOT / "tests" / file)]
    assert missing == []


def test_every_threat_has_a_test() -> None:
    bare = [row for row in rows() if "::test_" not in row.rsplit(" | ", 1)[-1]]
    assert len(rows()) > 50
    assert bare == []
