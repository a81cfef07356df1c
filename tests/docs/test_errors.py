"""docs/errors.md is what the code says."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import azure_batch_provider
from azure_batch_provider.batch.remedies import MEANINGS
from scripts.error_page import SOURCES, text

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
PACKAGE = Path(inspect.getfile(azure_batch_provider)).parent
DOORS = ("plugin", "registry.py", "dynamic")
"""What these refuse is not about a resource's life, or only about the dynamic provider's."""


def test_the_page_is_what_the_code_generates() -> None:
    assert PAGE.read_text() == text(), "Fix it: make generate"


def test_every_code_that_there_is_advice_for_is_on_the_page() -> None:
    assert [code for code in MEANINGS if f"| `{code}` |" not in text()] == []


def test_every_module_that_refuses_something_is_read_for_the_page() -> None:
    known = {Path(inspect.getfile(module)).resolve() for module in SOURCES}
    refusing = {path.resolve() for path in PACKAGE.rglob("*.py") if _refuses(path)}
    assert [path for path in refusing - known if path.relative_to(PACKAGE.resolve()).parts[0] not in DOORS] == []


def _refuses(path: Path) -> bool:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return any(isinstance(called, ast.Name) and called.id == "Refused" for called in calls)
