"""The files of a DAG folder: one for each builder, which imports it, and ``organizations.yaml``."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from upflow_provider import dags
from upflow_provider.dags.organizations import FILE, Builder, each_organization

THIN_FILE = '''\
"""Airflow DAGs, one for each organization. {title}."""

from upflow_provider.dags import {each}, {name}

globals().update({each}({name}, beside=__file__))
'''
"""Airflow ignores files that contain neither the word *airflow* nor the word *dag*: the docstring has both."""

ORGANIZATIONS = """\
# One entry per Upflow organization. The DAGs of an organization other than `default` end in `.<name>`.
# Every setting and its meaning: https://github.com/upflow-provider/upflow-provider/blob/main/docs/settings.md
organizations:
  default:
    upflow_conn_id: upflow_default
    stripe_conn_id: stripe_default
    # IANA name: decides on which calendar day an invoice is issued and due.
    time_zone: UTC
"""


def thin_files() -> Mapping[str, str]:
    """Return the text of each file by its name."""
    each = each_organization.__name__
    names = [name for name in dags.__all__ if name != each]
    files = {f"{name}.py": THIN_FILE.format(title=_title(getattr(dags, name)), each=each, name=name) for name in names}
    return {**files, FILE: ORGANIZATIONS}


def _title(builder: Builder) -> str:
    """Return the heading of the documentation that the DAG shows in Airflow's UI."""
    documentation = sys.modules[builder.__module__].__doc__ or ""
    return documentation.strip().splitlines()[0].removeprefix("### ")
