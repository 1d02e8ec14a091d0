"""What a connection says of version and domain: what cannot be right is named before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

VERSION = re.compile(r"[1-9]\d\.0")
INSTANCE = re.compile(r"[\w.-]+(:\d+)?")
"""Host of an organization's instance."""
FOREIGN_DOMAIN = re.compile(r"://|\.(salesforce|force)\.com/?$", re.IGNORECASE)
"""Is in an address where a domain is wanted, to which simple-salesforce adds ``.salesforce.com``."""
ADDRESS = re.compile(r"^\w+://|(\.my)?((\.lightning)?\.(salesforce|force)\.com.*)?$", re.IGNORECASE)
"""What is too much in such an address."""
OF_NOBODY = frozenset({"", "login", "test"})
"""Domains that belong to no organization, so that no app can log in there by itself."""


def login_problems(login: str | None, extra: Mapping[str, Any]) -> Iterator[str]:
    """
    Yield which settings of a connection cannot be right, with their values and what to write instead.

    Args:
        login: The user's name.
        extra: The other settings, by name.
    """
    version = _setting(extra, "version")
    if version and not (isinstance(version, str) and VERSION.fullmatch(version)):
        number = re.search(r"[1-9]\d", str(version))
        yield f'version is {version!r}; write "{number[0] if number else 60}.0"'
    for name in ("domain", "instance_url"):
        value = str(_setting(extra, name) or "")
        if FOREIGN_DOMAIN.search(value):
            yield f'{name} is {value!r}; write it without https:// and .salesforce.com: "{ADDRESS.sub("", value)}.my"'
    domain = str(_setting(extra, "domain") or "")
    if _setting(extra, "consumer_key") and _setting(extra, "consumer_secret") and not login and domain in OF_NOBODY:
        yield f'domain is {domain!r}; client credentials need your My Domain without .salesforce.com, such as "acme.my"'


def _setting(extra: Mapping[str, Any], name: str) -> object:
    """Return a setting, under either of the names that Airflow's hook looks for."""
    return extra.get(name) or extra.get(f"extra__salesforce__{name}")
