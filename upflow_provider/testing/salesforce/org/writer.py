"""How the fake Salesforce writes one Account, or refuses to."""

from collections.abc import Mapping

from upflow_provider.testing.salesforce.org.ids import long_id
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError
from upflow_provider.testing.salesforce.org.values import Value, stored


class Writer:
    """
    Writes Accounts as the user of the API.

    Args:
        org: The org.
    """

    def __init__(self, org: Org) -> None:
        self._org = org

    def update(self, given_id: str | None, values: Mapping[str, Value]) -> str:
        """
        Change fields of an Account.

        Args:
            given_id: Its Id, in either form.
            values: The new values; those of other fields stay.

        Returns:
            The Id.

        Raises:
            RowRefusalError: It is refused, and nothing is changed.
        """
        self._org.writes += 1
        if not given_id:
            raise RowRefusalError("MISSING_ARGUMENT", "Id not specified in an update call")
        account_id = self._existing(given_id)
        if not self._org.updateable:
            message = "insufficient access rights on object id"
            raise RowRefusalError("INSUFFICIENT_ACCESS_OR_READONLY", message)
        self._org.trouble.check_row(account_id, values)
        self._org.automation.check(account_id)
        kept = self._kept(values)
        self._org.accounts.edit(account_id, kept, over_api=True)
        self._org.updates.append((account_id, kept))
        return account_id

    def refuse_insert(self, what: str) -> SalesforceRefusalError:
        """
        Note an attempt to make an Account, and return its refusal: the user may change Accounts only.

        Args:
            what: Method and path of the request.
        """
        self._org.inserts.append(what)
        self._org.writes += 1
        message = "insufficient access rights: this user may not create Accounts"
        return SalesforceRefusalError(403, "INSUFFICIENT_ACCESS_OR_READONLY", message)

    def _existing(self, given_id: str) -> str:
        try:
            account_id = long_id(given_id)
        except ValueError:
            message = f"Account ID: id value of incorrect type: {given_id}"
            raise RowRefusalError("MALFORMED_ID", message, "Id") from None
        if account_id not in self._org.accounts:
            raise RowRefusalError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if self._org.accounts[account_id]["IsDeleted"]:
            raise RowRefusalError("ENTITY_IS_DELETED", "entity is deleted")
        return account_id

    def _kept(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return what the fields keep of values, if the user may write them."""
        fields = self._org.fields
        if locked := [name for name in values if not fields[name]["updateable"]]:
            raise RowRefusalError(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {', '.join(locked)}. Please check the security settings of this "
                "field and verify that it is read/write for your profile or permission set.",
                *locked,
            )
        return {name: stored(fields[name], value) for name, value in values.items()}
