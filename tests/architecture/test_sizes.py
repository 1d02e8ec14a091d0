"""Files, folders and functions stay small enough to be read in one go."""

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "upflow_provider"
FOLDERS = ("upflow_provider", "dags", "demo", "benchmarks")
LINES_MAX = 250
FILES_MAX = 13
"""Python files of one folder, its ``__init__.py`` aside."""
DEPTH_MAX = 3
"""Folders below the package."""
FUNCTION_P90_MAX = 15
FUNCTION_MAX = 50


def files(*folders):
    """Return the Python files below some folders of the repository."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def body_lines(function):
    """Return how many lines the body of a function has, its docstring aside."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def function_lengths(*folders):
    """Return the lengths of all functions, by file and name."""
    lengths = {}
    for path in files(*folders):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = body_lines(node)
    return lengths


def test_no_file_is_longer_than_one_can_read():
    """250 lines, in the package and beside it, tests included."""
    paths = files(*FOLDERS, "tests")
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in paths}

    assert {path: length for path, length in lengths.items() if length > LINES_MAX} == {}


@pytest.mark.parametrize("top", [*FOLDERS, "tests"])
def test_no_folder_holds_more_than_one_can_survey(top):
    """Thirteen files, tests included."""
    counts = {}
    for path in files(top):
        if path.name != "__init__.py":
            counts[str(path.parent.relative_to(ROOT))] = counts.get(str(path.parent.relative_to(ROOT)), 0) + 1

    assert {folder: count for folder, count in counts.items() if count > FILES_MAX} == {}


def test_the_package_is_not_deep():
    """Three folders below it at most."""
    depths = {
        str(path.parent.relative_to(PACKAGE)): len(path.parent.relative_to(PACKAGE).parts) for path in files(PACKAGE)
    }

    assert {folder: depth for folder, depth in depths.items() if depth > DEPTH_MAX} == {}


def test_functions_are_short():
    """Nine of ten have at most fifteen lines, and none has more than fifty."""
    lengths = function_lengths("upflow_provider", "dags")

    assert statistics.quantiles(lengths.values(), n=10)[-1] <= FUNCTION_P90_MAX
    assert {name: length for name, length in lengths.items() if length > FUNCTION_MAX} == {}
