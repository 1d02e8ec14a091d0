"""
The settings of Upflow organizations, from ``organizations.yaml``.

There is one entry for each organization. A broken entry is reported and does not affect the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone of the IANA database, such as Europe/Paris") from error
    return name


class Organization(BaseModel):
    """
    The settings of one Upflow organization.

    Attributes:
        name: Name in ``organizations.yaml`` and in the ledger. DAG ids of an organization other than ``default`` end
            in ``.<name>``.
        upflow_conn_id: Airflow connection of type ``upflow``.
        stripe_conn_id: Airflow connection of type ``stripe``.
        ledger_conn_id: Airflow connection of the ledger's database; if it does not exist, the
            ledger is a SQLite file in ``$AIRFLOW_HOME``.
        time_zone: IANA name. It decides on which calendar day an instant falls.
        parent_metadata_key: Key of a Stripe customer's metadata whose value is the id of the parent customer; null if
            customers have no parents.
        links: How payments, credit notes and refunds are linked to what they settle: ``inline`` in their import, or
            ``reconcile`` by another request for each. If one does not work, the other is used.
        currency_decimals: Decimals of Upflow's amounts by currency, if they differ from ISO 4217.
        delete_empty_customers: Whether a customer that is deleted in Stripe is deleted in Upflow if it has no
            documents; by default it stays.
        live: Whether the incremental sync runs soon after a change in Stripe, and not only on its schedule.
        lag_s: Age in seconds from which Stripe's events are complete, because Stripe shows some late.
        threads: Requests that one task has under way at a time, and the pool slots that it takes, 1 to 5.
        max_rejected: How many rejected records a task accepts before it fails at its end.
        salesforce: Settings of the export to Salesforce; null for no export.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="default", pattern=r"^[A-Za-z0-9_-]+$", max_length=40)
    upflow_conn_id: str = Field(default="upflow_default", min_length=1)
    stripe_conn_id: str = Field(default="stripe_default", min_length=1)
    ledger_conn_id: str = Field(default="upflow_ledger", min_length=1)
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    parent_metadata_key: str | None = Field(default=None, min_length=1)
    links: Literal["inline", "reconcile"] = "inline"
    currency_decimals: dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[int, Field(ge=0, le=4)]] = {}
    delete_empty_customers: bool = False
    live: bool = False
    lag_s: float = Field(default=60.0, ge=0, le=3600)
    threads: int = Field(default=2, ge=1, le=5)
    max_rejected: int = Field(default=0, ge=0)
    salesforce: SalesforceExport | None = None

    @property
    def sync_settings(self) -> dict[str, Any]:
        """The settings that a sync depends on, as JSON; if they change, a retry starts from the beginning."""
        return self.model_dump(mode="json", exclude={"salesforce"})

    @property
    def options(self) -> Options:
        """The options of this organization's mappings."""
        return Options(
            ZoneInfo(self.time_zone), self.parent_metadata_key, self.currency_decimals, self.delete_empty_customers
        )

    def dag_id(self, name: str) -> str:
        """Return the id of this organization's DAG of that name."""
        return name if self.name == "default" else f"{name}.{self.name}"


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One entry of the file, usable or not.

    Attributes:
        organization: Its settings; defaults if *problem* is set.
        problem: What is wrong and how to correct it; ``None`` if nothing is.
    """

    organization: Organization
    problem: str | None = None


def read_organizations(path: Path) -> list[Entry]:
    """
    Read all organizations of the file. It never raises an error, because a DAG file calls it while it is parsed.

    A file that cannot be read at all yields one broken entry named ``default``, so that there is a DAG that
    says so.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        return [_broken("default", f"{path.name} cannot be read: {error.strerror}")]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = getattr(error, "problem_mark", None)
        where = f", line {place.line + 1}" if place else ""
        return [_broken("default", f"{path.name}{where}: this is not YAML")]
    entries = document.get("organizations") if isinstance(document, dict) else None
    if not isinstance(entries, dict) or not entries:
        return [_broken("default", f"{path.name}: expected 'organizations:' with one entry per organization")]
    return _with_names_of_their_own([_entry(path.name, name, settings) for name, settings in entries.items()])


def _with_names_of_their_own(entries: list[Entry]) -> list[Entry]:
    """Rename broken entries whose name, as a DAG id can hold it, belongs to another organization."""
    taken = {entry.organization.name for entry in entries if not entry.problem}
    named = []
    for entry in entries:
        name, number = entry.organization.name, 2
        while entry.problem and name in taken:
            name, number = f"{entry.organization.name[:35]}_{number}", number + 1
        taken.add(name)
        named.append(entry if name == entry.organization.name else Entry(Organization(name=name), entry.problem))
    return named


def _entry(file: str, name: object, settings: dict[str, Any] | None) -> Entry:
    if not isinstance(name, str):
        return _broken("unnamed", f"{file}, organization {name!r}: its name is not text; put it into quotes")
    try:
        return Entry(Organization.model_validate({**(settings or {}), "name": name}))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, detail['loc']))}: {detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_input=False, include_url=False)
        )
    except TypeError:
        problems = "expected settings, such as 'time_zone: Europe/Paris'"
    return _broken(name, f"{file}, organization {name!r}: {problems}")


def _broken(name: str, problem: str) -> Entry:
    """Return a broken entry under its name, without characters that a DAG id cannot contain."""
    return Entry(Organization(name=re.sub(r"[^A-Za-z0-9_-]", "_", name)[:40] or "unnamed"), problem)
