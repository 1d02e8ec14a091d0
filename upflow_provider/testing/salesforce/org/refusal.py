"""How the fake Salesforce says no: to a whole request, to a login, or to one record."""

from typing import Any


class SalesforceRefusalError(Exception):
    """
    A request that is not granted.

    Attributes:
        status: HTTP status of the answer.
        code: Salesforce's code of the error.
        message: What is wrong.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


class LoginRefusalError(Exception):
    """
    A login that is not granted.

    Attributes:
        error: OAuth's code of the error.
        description: What is wrong.
        status: HTTP status of the answer.
    """

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


class RowRefusalError(Exception):
    """
    One record that is not written, while others may be.

    Attributes:
        code: Salesforce's code of the error.
        message: What is wrong.
        fields: Names of the fields it is about.
    """

    def __init__(self, code: str, message: str, *fields: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields = code, message, fields

    @property
    def json(self) -> dict[str, Any]:
        """The error as it stands in a JSON answer."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    @property
    def text(self) -> str:
        """The error as it stands in ``sf__Error`` of a Bulk result."""
        fields = ", ".join(self.fields)
        return f"{self.code}:{self.message}:{fields}{' ' if fields else ''}--"


def not_found() -> SalesforceRefusalError:
    """Return the refusal of what does not exist."""
    return SalesforceRefusalError(404, "NOT_FOUND", "The requested resource does not exist")
