"""What cells refer to by name: users, workflows and custom fields of the organization. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from upflow_provider.records.custom_field_values import Unfit
from upflow_provider.tables_to_upflow.mapping.cells import CellError, is_empty, json_in
from upflow_provider.tables_to_upflow.mapping.entities import CUSTOM_FIELD

if TYPE_CHECKING:
    from upflow_provider.records.custom_fields import DefinedField
    from upflow_provider.records.payloads import CustomFieldValue


class Directory(Protocol):
    """What the organization has in Upflow that records refer to by name."""

    @property
    def managers(self) -> Mapping[str, str]:
        """Ids of users by e-mail address."""

    @property
    def workflows(self) -> Mapping[str, str]:
        """Ids of workflows by name; empty if several have it."""

    @property
    def fields(self) -> Mapping[str, DefinedField]:
        """Custom fields of the collection by name."""


def manager_id(directory: Directory, email: str) -> str:
    """
    Return the id of a user; the page on the customer file wants the address in lower case.

    Raises:
        CellError: There is no such user.
    """
    known = directory.managers
    if email in known:
        return known[email]
    if "," in email or ";" in email:
        raise CellError("names several account managers, but Upflow's API can set only one; leave one")
    if email.casefold() in known:
        raise CellError("must be in lower case, as in Upflow's list of users")
    raise CellError("Account manager not found; check the email. Create a member with that address first")


def workflow_id(directory: Directory, name: str) -> str:
    """
    Return the id of a workflow by its exact name.

    Raises:
        CellError: There is no such workflow.
    """
    known = directory.workflows
    if name in known:
        if not known[name]:
            raise CellError("several workflows in Upflow have this name; rename all but one")
        return known[name]
    close = next((each for each in known if each.strip().casefold() == name.strip().casefold()), None)
    meant = f"; Upflow has {close!r}, and case and blanks count" if close else "; create it in Upflow first"
    raise CellError(f"there is no workflow of this name{meant}")


def field_values(directory: Directory, field: str, cell: object) -> list[CustomFieldValue]:
    """
    Return the values of custom fields in a cell: that of one field, or of several in a mapping.

    Args:
        directory: Knows the fields.
        field: What the column fills: ``customFields``, or ``customFields.`` and the name of one.
        cell: The cell; an empty value clears its field.

    Raises:
        CellError: There is no such field, or it cannot have the value.
    """
    given = {field.removeprefix(CUSTOM_FIELD): cell} if field.startswith(CUSTOM_FIELD) else json_in(cell)
    if not isinstance(given, dict):
        raise CellError("must be a mapping from names of custom fields to values")
    values = (_field_value(directory, name, value) for name, value in given.items())
    return [each for each in values if each is not None]


def _field_value(directory: Directory, name: str, value: object) -> CustomFieldValue | None:
    known = directory.fields.get(name)
    if known is None:
        if is_empty(value):
            return None
        close = next((each for each in directory.fields if each.casefold() == name.casefold()), None)
        meant = f"; Upflow has {close!r}" if close else "; create it in Upflow first"
        raise CellError(f"there is no custom field {name!r}{meant}")
    fitting = known.value_of(None if is_empty(value) else value)
    if isinstance(fitting, Unfit):
        raise CellError(f"the value of {name!r} {fitting.rule}")
    return fitting
