"""JSON over HTTP to servers on this machine, without any proxy."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from demo.errors import DemoError

TIMEOUT_S = 30.0
SERVER_ERROR = 500


class AnswerError(DemoError):
    """
    The server refused a request, or did not answer.

    Attributes:
        status: HTTP status; 0 when there was no answer.
        passing: Whether the same request may succeed in a moment, as when a server is starting or SQLite is locked.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
        self.passing = status == 0 or status >= SERVER_ERROR


class Server:
    """
    A server on this machine that speaks JSON.

    Args:
        url: Root URL, such as ``http://127.0.0.1:8080``.
        headers: Headers of every request; may be changed later.
        trusted: Certificate of the authority that has signed the server's, PEM; only for ``https``.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, *, trusted: Path | None = None) -> None:
        self.url = url
        self.headers = dict(headers or {})
        self._netloc = urlsplit(url).netloc
        self._trusted = trusted

    @property
    def port(self) -> int:
        """The port it listens on."""
        return urlsplit(self.url).port or 80

    def get(self, path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """Return the answer; a list as a value of *query* repeats the parameter."""
        return self.call("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path)

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """
        Send *body* as JSON and return the answer.

        Raises:
            AnswerError: The status is not 2xx, or there is no answer.
        """
        return self._send(method, path, None if body is None else json.dumps(body), "application/json")

    def post_form(self, path: str, fields: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
        """Send fields as an HTML form does, and return the answer; raises as `call` does."""
        return self._send("POST", path, urlencode(fields), "application/x-www-form-urlencoded")

    def _send(self, method: str, path: str, body: str | None, kind: str) -> Any:  # noqa: ANN401 - JSON
        connection = self._connection()
        try:
            connection.request(method, path, body, {"Content-Type": kind, **self.headers})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise AnswerError(f"{method} {self.url}{path}: {error}", 0) from error
        finally:
            connection.close()
        if not 200 <= response.status < 300:  # noqa: PLR2004 - HTTP's own numbers
            raise AnswerError(
                f"{method} {path}: {response.status} {content.decode(errors='replace')[:500]}",
                response.status,
            )
        return json.loads(content) if content else None

    def _connection(self) -> http.client.HTTPConnection:
        if self._trusted is None:
            return http.client.HTTPConnection(self._netloc, timeout=TIMEOUT_S)
        return http.client.HTTPSConnection(self._netloc, timeout=TIMEOUT_S, context=self._tls)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._trusted)
