"""Pages of the site that are no files in docs/: those of the repository's root, and the reference of each module."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/upflow-provider/upflow-provider/blob/main/"
ROOT_PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
"""Pages of the site by file of the root."""
REFERENCE = {
    "Hooks": ("hooks.upflow", "hooks.stripe", "hooks.ledger"),
    "Operators": (
        "operators.stripe_to_upflow",
        "operators.stripe_to_upflow_sync",
        "operators.outstanding_check",
        "operators.salesforce_to_upflow.account_import",
        "operators.upflow_to_salesforce",
        "operators.tables_to_upflow.imports",
        "operators.tables_to_upflow.windows",
        "operators.ledger",
        "operators.preflight",
    ),
    "Triggers": ("triggers.stripe_events",),
    "DAG builders": (
        "dags.sync",
        "dags.backfill",
        "dags.export",
        "dags.portal_links",
        "dags.salesforce_import",
        "dags.rebuild",
    ),
    "Upflow's API": ("clients.upflow.client", "records.payloads"),
    "Settings": ("settings",),
    "Errors": ("errors",),
    "Fakes": ("testing", "testing.plugin"),
}
"""The modules that users of the package import, by chapter."""
AIRFLOW = ("hooks", "operators", "triggers")
"""Folders whose docstrings have the format of Airflow's own."""
SPHINX = """\
    options:
      docstring_style: sphinx
      docstring_options:
        warnings: false  # it does not know what **kwargs hand on to a base class
"""
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the chapters of the reference to the navigation."""
    chapters = [{title: [{each: page_of(each)} for each in modules]} for title, modules in REFERENCE.items()]
    config.nav = [*(config.nav or []), {"Reference": chapters}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are generated."""
    for name, page in ROOT_PAGES.items():
        text = LINK.sub(_from_root, (ROOT / name).read_text(encoding="utf-8"))
        files.append(File.generated(config, page, content=text))
    for modules in REFERENCE.values():
        for module in modules:
            files.append(File.generated(config, page_of(module), content=reference(module)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Let links to files that are no pages lead to the repository."""
    return LINK.sub(_from_docs, markdown)


def page_of(module: str) -> str:
    """Return the page of a module."""
    return f"reference/{module.replace('.', '/')}.md"


def reference(module: str) -> str:
    """Return the text of a module's page."""
    options = SPHINX if module.startswith(AIRFLOW) else ""
    return f"# {module}\n\n::: upflow_provider.{module}\n{options}"


def _from_root(link: re.Match[str]) -> str:
    """Return a link of a file of the root as a link of the page that has its text."""
    path, _, anchor = link[1].partition("#")
    target = ROOT_PAGES.get(path, path.removeprefix("docs/"))
    if not path.startswith("docs/") and path not in ROOT_PAGES:
        target = REPOSITORY + path
    return f"]({target}{'#' + anchor if anchor else ''})"


def _from_docs(link: re.Match[str]) -> str:
    """Return a link of a page of docs/, which may lead out of it."""
    if not link[1].startswith("../"):
        return link[0]
    path, _, anchor = link[1].removeprefix("../").partition("#")
    target = ROOT_PAGES.get(path, REPOSITORY + path)
    return f"]({target}{'#' + anchor if anchor else ''})"
