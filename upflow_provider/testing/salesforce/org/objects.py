"""Objects of the fake Salesforce besides Account: Contacts, their relations to Accounts, and users."""

from collections.abc import Callable, Mapping
from typing import Any

from upflow_provider.testing.salesforce.org.fields import (
    Field,
    checkbox_field,
    date_field,
    field,
    multipicklist_field,
    reference_field,
    text_field,
)
from upflow_provider.testing.salesforce.org.ids import USER_ID
from upflow_provider.testing.salesforce.org.store import Account, Accounts

ACCOUNT, CONTACT, RELATION, USER = "Account", "Contact", "AccountContactRelation", "User"
"""API names of the objects."""
_PREFIXES = {CONTACT: "003", RELATION: "07k", USER: "005"}
_MOMENTS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")


class FurtherObject:
    """
    One object with its records.

    Args:
        name: Its API name.
        fields: Its own fields.
        clock: Current time, Unix seconds.

    Attributes:
        name: As the argument.
        fields: Its fields by name.
        records: Its records by 18-character Id, deleted ones too.
    """

    def __init__(self, name: str, fields: list[Field], clock: Callable[[], float]) -> None:
        self.name = name
        ids = field("Id", "id", soapType="tns:ID", length=18, byteLength=18, nillable=False, custom=False)
        moments = [field(each, "datetime", soapType="xsd:dateTime", custom=False) for each in _MOMENTS]
        self.fields = {each["name"]: each for each in (ids, checkbox_field("IsDeleted"), *moments, *fields)}
        self.records = Accounts(self.fields, clock, "EUR", prefix=_PREFIXES[name])

    def add(self, **values: Any) -> str:  # noqa: ANN401 - JSON
        """Make a record as another user does, and return its Id; `KeyError` for a field that does not exist."""
        self._check(values)
        return self.records.add(values)

    def edit(self, record_id: str, **values: Any) -> None:  # noqa: ANN401 - JSON
        """Change fields of a record as another user does; errors as in `add`."""
        self._check(values)
        self.records.edit(record_id, values)

    def delete(self, record_id: str, master_id: str | None = None) -> None:
        """Delete a record, or merge it into the one that *master_id* names."""
        self.records.delete(record_id, master_id)

    def record(self, record_id: str) -> Account:
        """Return the values of a record by field."""
        return self.records[record_id]

    def _check(self, values: Mapping[str, Any]) -> None:
        for name in values:
            self.fields[name]


def further_objects(clock: Callable[[], float]) -> dict[str, FurtherObject]:
    """
    Return the objects by name; the user that the API is used by is among the users.

    Args:
        clock: Current time, Unix seconds.
    """
    texts = ("Email", "FirstName", "LastName", "Phone", "MobilePhone", "Title")
    checkboxes = ("HasOptedOutOfEmail", "IsEmailBounced", "IsPersonAccount")
    contact = [
        reference_field("AccountId"),
        reference_field("MasterRecordId", CONTACT),
        *(text_field(each) for each in texts),
        *(checkbox_field(each) for each in checkboxes),
    ]
    relation = [
        reference_field("AccountId"),
        reference_field("ContactId", CONTACT),
        reference_field("MasterRecordId", RELATION),
        multipicklist_field("Roles", ("Billing", "Decision Maker", "Other"), restricted=False),
        checkbox_field("IsDirect"),
        checkbox_field("IsActive"),
        date_field("StartDate"),
        date_field("EndDate"),
    ]
    user = [
        text_field("Email"),
        text_field("UserType"),
        checkbox_field("IsActive"),
        reference_field("MasterRecordId", USER),
    ]
    objects = {
        name: FurtherObject(name, fields, clock)
        for name, fields in ((CONTACT, contact), (RELATION, relation), (USER, user))
    }
    own = objects[USER].add(Email="api@example.com", UserType="Standard", IsActive=True)
    if own != USER_ID:
        raise ValueError("the first user must be the one that the API is used by")
    return objects
