"""The extra of a connection: what it may hold, and how it is read."""

from __future__ import annotations

import json
import os.path
import re
from pathlib import Path
from typing import Annotated, TypeVar

import requests
from airflow.sdk import Connection
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from upflow_provider.hooks.connection_error import connection_error
from upflow_provider.settings.problems import problems

REQUESTS_PER_MINUTE_MIN = 14
"""Least limit that can be kept; see :mod:`upflow_provider.ledger.budget`."""
REQUESTS_PER_MINUTE_MAX = 60_000
"""A hundred times what Upflow grants; more is a slip of the pen."""
TIMEOUT_S_MAX = 600
"""Greatest time-out in seconds; whatever takes longer does not come."""


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004 - Pydantic takes it for what is wrong with the value
    return value


def _existing(path: bool | Path) -> bool | Path:  # noqa: FBT001 - `verify` may be a switch, too
    # `Path.exists` raises an error where this user may not look.
    if isinstance(path, Path) and not os.path.exists(path):  # noqa: PTH110 - see above
        raise ValueError(f"must exist, but there is no {str(path)!r} that this user can see")
    return path


def _file(path: Path) -> Path:
    if not os.path.isfile(path):  # noqa: PTH113 - as above
        raise ValueError(f"must be a file, but there is no file {str(path)!r} that this user can see")
    return path


Int = Annotated[int, BeforeValidator(_number)]
Float = Annotated[float, BeforeValidator(_number)]
File = Annotated[Path, AfterValidator(_file)]


class UpflowConnectionExtra(BaseModel):
    """
    What the extra of an Upflow connection may hold.

    Anything else is an error, because it may be a misspelled ``test_mode``.

    :param requests_per_minute: Upflow's limit for the organization
    :param max_concurrency: maximum number of requests that one task has in flight
    :param timeout_s: seconds to wait for an answer
    :param test_mode: whether to refuse every write
    :param proxies: URL of the proxy for each scheme, as ``requests`` takes them
    :param verify: whether to verify the server's certificate, or the file or folder of authorities to trust
    :param cert: file of the client's certificate, or certificate and key
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    requests_per_minute: Int = Field(default=600, ge=REQUESTS_PER_MINUTE_MIN, le=REQUESTS_PER_MINUTE_MAX)
    max_concurrency: Int = Field(default=5, ge=1, le=10)
    timeout_s: Float = Field(default=30.0, gt=0, le=TIMEOUT_S_MAX)
    test_mode: bool = False
    proxies: dict[str, str] = {}
    verify: Annotated[bool | Path, AfterValidator(_existing)] = True
    cert: File | tuple[File, File] | None = None

    def configure(self, session: requests.Session) -> None:
        """
        Apply proxies and TLS settings.

        :param session: session that requests to Upflow are made with
        """
        session.proxies.update(self.proxies)
        session.verify = self.verify if isinstance(self.verify, bool) else str(self.verify)
        if self.cert:
            session.cert = (str(self.cert[0]), str(self.cert[1])) if isinstance(self.cert, tuple) else str(self.cert)


def _account(account: str | None) -> str | None:
    if account is not None and not re.fullmatch(r"acct_\w+", account, re.ASCII):
        raise ValueError("must be the id of a connected account, which begins with acct_")
    return account


class StripeConnectionExtra(BaseModel):
    """
    What the extra of a Stripe connection may hold.

    Anything else is an error, because it may be a misspelled ``account``; the key's own account would be read then.

    :param account: connected account to read, if it is not the key's own
    :param requests_per_second: pace of reading; Stripe allows 25 a second per endpoint, 100 in all
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)

    account: Annotated[str | None, AfterValidator(_account)] = None
    requests_per_second: Float = Field(default=20.0, gt=0, le=100)


def _version(version: str | None) -> str | None:
    if version is not None and not re.fullmatch(r"[0-9]+\.0", version):
        raise ValueError("must be a version of Salesforce's API, such as 66.0")
    return version


def _domain(domain: str | None) -> str | None:
    if domain is not None and ("://" in domain or domain.rstrip("./").endswith("salesforce.com")):
        raise ValueError("must be the part before .salesforce.com, such as acme.my")
    return domain


class SalesforceConnectionExtra(BaseModel):
    """
    What the extra of a Salesforce connection may hold: the fields of Airflow's own hook.

    Anything else is an error, because Airflow's hook ignores it: a misspelled field would count as left out.

    :param security_token: token of the login by password
    :param domain: part of the host before ``.salesforce.com``: ``login``, ``test`` or the organization's own
    :param consumer_key: key of the app that logs in
    :param consumer_secret: secret of the app, for client credentials
    :param private_key: private key of the login by JWT
    :param private_key_file_path: file of the private key
    :param instance: host of the organization, without ``https://``
    :param instance_url: URL of the organization
    :param organization_id: id of the organization, for a login by IP filtering
    :param version: version of the API, such as ``66.0``
    :param proxies: URL of the proxy for each scheme, or the same as JSON text
    :param client_id: what the calls are recorded under
    """

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    security_token: str | None = None
    domain: Annotated[str | None, AfterValidator(_domain)] = None
    consumer_key: str | None = None
    consumer_secret: str | None = None
    private_key: str | None = None
    private_key_file_path: str | None = None
    instance: str | None = None
    instance_url: str | None = None
    organization_id: str | None = None
    version: Annotated[str | None, AfterValidator(_version)] = None
    proxies: dict[str, str] | str | None = None
    client_id: str | None = None


NEVER_NULL = frozenset({"test_mode"})
"""Switches that are said to be on or off, or not mentioned: whoever writes null may mean either."""


def _is_empty(name: str, value: object) -> bool:
    return value == "" or (value is None and name not in NEVER_NULL)


ExtraT = TypeVar("ExtraT", bound=BaseModel)


def read_extra(connection: Connection, model: type[ExtraT]) -> ExtraT:
    """
    Return the extra of a connection, checked; an empty field means its default, but ``test_mode`` is no null.

    :param connection: the connection
    :param model: what its extra may hold
    :raises ConfigurationError: it is not a JSON object, has a field that *model* does not know, or one whose value
        makes no sense
    """
    try:
        # `extra_dejson` treats text that is not JSON as empty, which would turn test mode off.
        fields = json.loads(connection.extra or "{}")
        prefix = f"extra__{connection.conn_type}__"  # which older versions of Airflow wrote
        given = {name.removeprefix(prefix): value for name, value in fields.items()}
        return model.model_validate({name: value for name, value in given.items() if not _is_empty(name, value)})
    except ValidationError as error:
        found: dict[str, list[str]] = {}
        for path, words in problems(error, model, quote=False):
            found.setdefault(path[0], []).append(words)  # a flag or a path has a problem for each of both
        wrong = "; ".join(f"{name} {', or '.join(words)}" for name, words in sorted(found.items()))
        raise connection_error(connection, f"extra: {wrong}") from None
    except (ValueError, AttributeError):
        raise connection_error(connection, "extra must be a JSON object") from None
