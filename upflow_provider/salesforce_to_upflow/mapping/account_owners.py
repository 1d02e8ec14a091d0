"""The owner of an Account, as the user of Upflow's that is in charge of the customer. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from upflow_provider.records.text import cleaned, is_id

Record = Mapping[str, Any]

NOT_FOUND = "Account manager not found; check the email."
"""The vendor's words for a user that Upflow does not have."""
REMEDY = "create a member with that address"
"""The vendor's remedy; its API creates no users."""
INACTIVE = "is no active user of Salesforce; give the Account another owner"
AMBIGUOUS = "has the address of several users in Upflow; remove all but one"


class AccountManagers:
    """
    The users of Upflow's, by e-mail address.

    Args:
        users: As Upflow lists them.

    Attributes:
        problems: Why owners have no user, by Id of the user in Salesforce; each owner once.
    """

    def __init__(self, users: Iterable[Record]) -> None:
        self._ids: dict[str, set[str]] = defaultdict(set)
        for each in users:
            if is_id(each.get("id")) and (email := _normal(each.get("email"))):
                self._ids[email].add(each["id"])
        self.problems: dict[str, str] = {}

    def of(self, owner_id: str, owner: Record | None) -> str | None:
        """
        Return the id of the user that an owner is in Upflow; ``None``, and a problem, if there is none.

        Args:
            owner_id: Id of the owner in Salesforce.
            owner: The owner as Salesforce answers it; ``None`` if the connected user does not see it.
        """
        found = self._ids.get(_normal((owner or {}).get("Email")), set())
        if owner is not None and str(owner.get("IsActive")).lower() == "false":
            self.problems[owner_id] = INACTIVE
        elif not found:
            self.problems[owner_id] = f"{NOT_FOUND} Remedy: {REMEDY}"
        elif len(found) > 1:
            self.problems[owner_id] = AMBIGUOUS
        else:
            return next(iter(found))
        return None


def _normal(email: object) -> str:
    return cleaned(email).lower()
