"""
``organizations.yaml``: which Upflow organizations there are, and how each is fed.

One entry per organization. A broken entry is reported for itself and leaves the others alone.
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
    How one Upflow organization is connected and fed.

    Attributes:
        name: Its name in ``organizations.yaml`` and in the ledger. DAG ids of an organization
            other than ``default`` end in ``.<name>``.
        upflow_conn_id: Airflow connection of type ``upflow``.
        stripe_conn_id: Airflow connection of type ``stripe``.
        ledger_conn_id: Airflow connection of the ledger's database; when it does not exist, a
            SQLite file in ``$AIRFLOW_HOME``.
        time_zone: IANA name. It decides on which calendar day an instant falls.
        parent_metadata_key: Stripe customer metadata key that holds the id of the parent
            customer; null when customers have no parents.
        links: How payments, credit notes and refunds are linked to what they settle: ``inline`` with their
            import, or ``reconcile`` by a further request each. What turns out not to work is replaced by
            what does.
        currency_decimals: Decimals of Upflow's amounts by currency, where they are not those of ISO 4217.
        delete_empty_customers: Whether a customer that is deleted in Stripe is deleted in Upflow, if it has no
            documents; otherwise it stays.
        live: Whether the incremental sync also runs as soon as Stripe tells of a change, not on its schedule alone.
        lag_s: Age, in seconds, from which Stripe's events are relied on: Stripe shows some late.
        threads: Requests one task has under way at a time, and the pool slots it takes, 1 to 5.
        max_rejected: How many rejected records a task accepts before it fails at its end.
        salesforce: What goes to Salesforce; null: nothing does.
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
        """The settings that decide what is synced to Upflow, as JSON: with others, no task goes on where it was."""
        return self.model_dump(mode="json", exclude={"salesforce"})

    @property
    def options(self) -> Options:
        """What the mappings need to know of this organization."""
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
        organization: Its settings; defaults where *problem* is set.
        problem: What is wrong and how to mend it; ``None`` when all is well.
    """

    organization: Organization
    problem: str | None = None


def read_organizations(path: Path) -> list[Entry]:
    """
    Read every organization of the file; never raises, for a DAG file calls it while it is parsed.

    A file that cannot be read at all yields one broken entry named ``default``, so that there is
    a DAG to say so.
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
    return [_entry(path.name, str(name), settings) for name, settings in entries.items()]


def _entry(file: str, name: str, settings: dict[str, Any] | None) -> Entry:
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
    """Keep the name, or what a DAG id can hold of it, so that the message appears where it is looked for."""
    return Entry(Organization(name=re.sub(r"[^A-Za-z0-9_-]", "_", name)[:40] or "unnamed"), problem)
