"""docs/words.md holds: one word has one meaning, and the words that it rules out are no names in the code."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "upflow_provider"
WORDS = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")


def column(name, number=0):
    """Return the words in backticks of one column of a table of words.md."""
    table = re.search(rf"<!-- {name} -->(.*?)<!-- /{name} -->", WORDS, re.DOTALL).group(1)
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")][2:]
    return [re.findall(r"`([^`]+)`", row[number]) for row in rows]


def parts(name):
    """Return the words that a name consists of, in lower case: `LinkWriter` and `link_writer` have the same two."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def contains(name, word):
    """Tell whether the words of a name contain those of another one, next to each other."""
    ours, theirs = parts(name), parts(word)
    return any(ours[start : start + len(theirs)] == theirs for start in range(len(ours)))


def targets(node):
    """Return what an assignment, a loop over dataclass fields or an annotation gives a name to."""
    found = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [each for target in found for each in (target.elts if isinstance(target, ast.Tuple) else [target])]


def names(tree):
    """Yield the names that a module gives: classes, functions, parameters, constants and attributes, with lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from ((each.attr, each.lineno) for each in targets(node) if isinstance(each, ast.Attribute))
        if isinstance(node, ast.Module | ast.ClassDef):
            assigned = [each for each in node.body if isinstance(each, ast.Assign | ast.AnnAssign)]
            yield from (
                (each.id, each.lineno) for line in assigned for each in targets(line) if isinstance(each, ast.Name)
            )


def sources():
    """Return the files of the package, without the fakes, which speak their vendors' language."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "testing" not in path.relative_to(PACKAGE).parts]


def found_in(path, words):
    """Return where a file uses one of the words as a name: `file:line name`."""
    where = path.relative_to(ROOT)
    given = [(path.stem, 1), *names(ast.parse(path.read_text(encoding="utf-8")))]
    return sorted({f"{where}:{line} {name}" for name, line in given if any(contains(name, word) for word in words)})


NOT_USED = [word for cell in column("not used") for word in cell]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_name_is_a_word_that_is_not_used(path):
    """Classes, functions, parameters, attributes, constants and modules use the words of the glossary."""
    assert found_in(path, NOT_USED) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        pytest.param("class LoadHelper: ...", ["LoadHelper"], id="class"),
        pytest.param("def let_go(): ...", ["let_go"], id="function of two words"),
        pytest.param("async def f(*, old_obj): ...", ["old_obj"], id="parameter"),
        pytest.param("DELTA = 1", ["DELTA"], id="constant"),
        pytest.param("class A:\n    utils: int", ["utils"], id="attribute of a class"),
        pytest.param("def f(self):\n    self.first, self._memory = 1, 2", ["_memory"], id="attribute of an instance"),
        pytest.param("def arrow(letters): going = letters.row", [], id="other words, and names of others"),
    ],
)
def test_a_word_is_found_wherever_it_is_a_name(code, found):
    """In names of every kind, also as one of several words; not within a word, and not in what others have named."""
    given = [name for name, _ in names(ast.parse(code))]

    assert [name for name in given if any(contains(name, word) for word in NOT_USED)] == found


def test_a_word_that_is_not_used_is_not_in_the_glossary():
    """What stands above the list is to be used."""
    glossary = re.findall(r"^\| ([^|`]+) \|", WORDS, re.MULTILINE)
    used = {word for cell in glossary for word in cell.split(", ")}

    assert len(used) > 40
    assert not used & set(NOT_USED)
