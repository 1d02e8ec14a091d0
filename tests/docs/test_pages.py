"""README and docs/ hang together: links lead somewhere, files that are named exist, examples work."""

import ast
import re
import textwrap
from pathlib import Path

import pytest

from upflow_provider import __version__
from upflow_provider.settings import read_organizations

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))
LINES_MAX = 150
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
OURS = re.compile(r"`((?:upflow_provider|tests|docs|dags|demo|docker|benchmarks)/[^`\s]*)`")
"""A path of the repository, in backticks."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(page):
    """Return a page without its fenced blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def blocks(page, language):
    """Return the fenced blocks of one language, without their indentation."""
    found = FENCED.findall(page.read_text(encoding="utf-8"))
    return [textwrap.dedent(text) for kind, text in found if kind == language]


def links(page):
    """Return the targets of a page's relative links: path, which is empty for the page itself, and heading."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [target.partition("#")[::2] for target in targets if "://" not in target]


def anchors(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_to_files_and_headings(page):
    """No relative link is dead."""
    for path, heading in links(page):
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name} links to {path}"
        assert not heading or heading in anchors(target), f"{page.name} links to {path}#{heading}"


@every_page
def test_files_that_are_named_exist(page):
    """A page names no file of the repository that has moved."""
    for path in OURS.findall(prose(page)):
        assert (ROOT / path.partition("::")[0]).exists(), f"{page.name} names {path}"


def test_every_page_is_linked_from_the_readme():
    """Nobody has to list the folder to find a page."""
    linked = {(ROOT / path).resolve() for path, _ in links(README)}

    assert set(PAGES) - linked == {README}


def test_the_readme_is_short():
    """What is longer has a page of its own."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LINES_MAX


def test_the_readme_shows_the_version():
    """What it says that pip prints is true of this version."""
    assert f"upflow-provider-{__version__}`" in README.read_text(encoding="utf-8")


def test_the_readme_has_every_dag():
    """A row for each file of the DAG folder."""
    table = re.search(r"<!-- dags -->(.*?)<!-- /dags -->", README.read_text(encoding="utf-8"), re.DOTALL).group(1)
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)

    assert len(named) == len(set(named))
    assert set(named) == {path.stem for path in (ROOT / "dags").glob("*.py")}


def test_the_tree_of_folders_has_every_folder_of_the_package():
    """The map in architecture.md shows all rooms."""
    (tree,) = (text for text in blocks(ROOT / "docs" / "architecture.md", "") if "upflow_provider/" in text)
    drawn = set(re.findall(r"\b(\w+)/", tree))
    rooms = {path.parent for path in (ROOT / "upflow_provider").rglob("__init__.py")}

    assert {room.name for room in rooms if "testing" not in room.parent.parts} <= drawn


@every_page
def test_examples_of_python_import_what_exists(page):
    """Each compiles, and its imports work."""
    for text in blocks(page, "python"):
        imports = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert imports
        exec(compile(ast.Module(imports, []), page.name, "exec"), {})  # noqa: S102 - our own documents


@every_page
def test_examples_of_settings_are_valid(page, tmp_path):
    """Each could be an `organizations.yaml`."""
    for text in blocks(page, "yaml"):
        (tmp_path / "organizations.yaml").write_text(text, encoding="utf-8")
        assert [entry.problem for entry in read_organizations(tmp_path / "organizations.yaml")] == [None]
