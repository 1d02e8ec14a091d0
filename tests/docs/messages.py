"""The messages of errors that end a task, as they stand in the package's code."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "upflow_provider"
ROOTS = {"FatalError", "QuotaError", "RetriableError"}
"""Errors that end a task or one attempt at it; errors of one record do not."""
BUILDERS = {"connection_error": 1}
"""Functions that return such an error, and which of their arguments is its message."""
VARIABLE = "…"
"""Stands for every part of a message that varies."""
WORDS_MIN = 3
"""Fewer words than this are nothing to search for."""


@dataclass(frozen=True)
class Message:
    """
    A message of an error.

    Attributes:
        file: The module that raises the error, relative to the package.
        source: The code of the message.
        text: The message, with `VARIABLE` for what varies.
    """

    file: str
    source: str
    text: str

    @property
    def is_passed_on(self):
        """Whether another place words the message."""
        return len(self.text.replace(VARIABLE, " ").split()) < WORDS_MIN


@cache
def modules():
    """Return the syntax trees of the package by file, without the fakes."""
    paths = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py"))]
    ours = [path for path in paths if path.parts[0] != "testing"]
    return {str(path): ast.parse((PACKAGE / path).read_text(encoding="utf-8")) for path in ours}


def messages():
    """Return the messages of all errors that end a task."""
    argument = BUILDERS | dict.fromkeys(_errors(modules().values()), 0)
    return [
        Message(file, ast.unparse(call.args[at]), _text(call.args[at], _constants(tree)))
        for file, tree in modules().items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and len(call.args) > (at := argument.get(_name(call.func), 99))
    ]


@cache
def strings():
    """Return every text in the code, with `VARIABLE` for what varies."""
    kinds = ast.Constant | ast.JoinedStr | ast.BinOp
    found = ((_constants(tree), tree) for tree in modules().values())
    return [_text(node, names) for names, tree in found for node in ast.walk(tree) if isinstance(node, kinds)]


def table_texts(file, name):
    """Return the texts in a module's constant."""
    (value,) = (
        node.value
        for node in modules()[file].body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and name in map(_name, [node.target] if isinstance(node, ast.AnnAssign) else node.targets)
    )
    found = [node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [re.sub(r"\{\w+\}", VARIABLE, text) for text in dict.fromkeys(found)]


def _errors(trees):
    """Return the names of the errors that end a task: the roots, and what is derived from them."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = set(ROOTS)
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def _name(node):
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _constants(tree):
    """Return the texts that a module gives names to."""
    return {
        _name(node.targets[0]): node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def _text(node, constants):
    """Return a message, with `VARIABLE` for what varies."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, constants) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _text(node.left, constants) + _text(node.right, constants)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, constants)
    return constants.get(_name(node), VARIABLE)
