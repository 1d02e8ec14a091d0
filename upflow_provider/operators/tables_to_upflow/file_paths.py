"""Paths of the files that people import."""

from __future__ import annotations

import os
from typing import Any

from upflow_provider.errors import ConfigurationError

LOCAL = ("", "file", "local")
"""Protocols of paths on this machine."""


def storage_path(path: str) -> Any:
    """
    Return a path as Airflow's ``ObjectStoragePath``.

    :param path: path or URL
    :raises ConfigurationError: there is no such storage, or what it needs is not installed
    """
    from airflow.sdk import ObjectStoragePath

    try:
        opened = ObjectStoragePath(path)
        _ = opened.fs  # which is opened when it is first used
    except (ValueError, ImportError) as error:
        raise ConfigurationError(
            f"the storage of {path!r} cannot be opened ({error}); correct the path, or install what its storage needs"
        ) from error
    return opened


def is_same_file(one: str, other: str) -> bool:
    """
    Return whether two paths lead to the same file.

    :param one: a path or URL
    :param other: another one
    """
    return _place(one) == _place(other)


def _place(path: str) -> tuple[str, str]:
    opened = storage_path(path)
    is_local = opened.protocol in LOCAL
    return "" if is_local else opened.protocol, os.path.realpath(opened.path) if is_local else str(opened.path)
