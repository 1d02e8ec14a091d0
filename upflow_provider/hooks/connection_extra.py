"""The extra of a connection: what it may hold, and how it is read."""

from __future__ import annotations

import json
from typing import TypeVar

import requests
from airflow.sdk import Connection
from pydantic import BaseModel, ConfigDict, DirectoryPath, Field, FilePath, ValidationError

from upflow_provider.hooks.connection_error import connection_error


class UpflowConnectionExtra(BaseModel):
    """
    What the extra of an Upflow connection may hold.

    Anything else is an error, because it may be a misspelled ``test_mode``.

    :param requests_per_minute: Upflow's limit for the organization
    :param max_concurrency: requests that one task has under way at once
    :param timeout_s: seconds to wait for an answer
    :param test_mode: whether to refuse every write
    :param proxies: URL of the proxy for each scheme, as ``requests`` takes them
    :param verify: whether to verify the server's certificate, or the file or folder of authorities to trust
    :param cert: file of the client's certificate, or certificate and key
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    requests_per_minute: int = Field(default=600, ge=1)
    max_concurrency: int = Field(default=5, ge=1, le=10)
    timeout_s: float = Field(default=30.0, gt=0)
    test_mode: bool = False
    proxies: dict[str, str] = {}
    verify: bool | FilePath | DirectoryPath = True
    cert: FilePath | tuple[FilePath, FilePath] | None = None

    def configure(self, session: requests.Session) -> None:
        """
        Apply proxies and TLS settings.

        :param session: session that requests to Upflow are made with
        """
        session.proxies.update(self.proxies)
        session.verify = self.verify if isinstance(self.verify, bool) else str(self.verify)
        if self.cert:
            session.cert = (str(self.cert[0]), str(self.cert[1])) if isinstance(self.cert, tuple) else str(self.cert)


class StripeConnectionExtra(BaseModel):
    """
    What the extra of a Stripe connection may hold; anything else in it is ignored.

    :param account: connected account to read, if it is not the key's own
    :param requests_per_second: pace of reading; Stripe allows 25 a second per endpoint, 100 in all
    """

    model_config = ConfigDict(extra="ignore")

    account: str | None = None
    requests_per_second: float = Field(default=20.0, gt=0, le=100)


ExtraT = TypeVar("ExtraT", bound=BaseModel)


def read_extra(connection: Connection, model: type[ExtraT]) -> ExtraT:
    """
    Return the extra of a connection, checked; an empty field means its default.

    :param connection: the connection
    :param model: what its extra may hold
    :raises ConfigurationError: it is not a JSON object, or a field has a value that makes no sense
    """
    try:
        # `extra_dejson` treats text that is not JSON as empty, which would turn test mode off.
        fields = json.loads(connection.extra or "{}")
        return model.model_validate({name: value for name, value in fields.items() if value not in ("", None)})
    except ValidationError as error:
        problems = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors(include_input=False))
        raise connection_error(connection, f"extra: {problems}") from None
    except (ValueError, AttributeError):
        raise connection_error(connection, "extra must be a JSON object") from None
