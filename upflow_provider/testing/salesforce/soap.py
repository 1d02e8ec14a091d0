"""
The SOAP login of the fake Salesforce, with the name of a user, password and security token.

See https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_login.htm. Versions from 65.0 on do
not have it.
"""

import re
from html import unescape

from starlette.requests import Request
from starlette.responses import Response

from upflow_provider.testing.salesforce.org.org import Org

NEWEST = 64
"""Newest version with this login."""
_GIVEN = re.compile(r"<\w+:(username|password)>(.*?)</\w+:\1>", re.DOTALL)
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)
_FAULT = (
    "<soapenv:Fault><faultcode>sf:{0}</faultcode><faultstring>{0}: {1}</faultstring><detail><sf:LoginFault>"
    "<sf:exceptionCode>{0}</sf:exceptionCode><sf:exceptionMessage>{1}</sf:exceptionMessage>"
    "</sf:LoginFault></detail></soapenv:Fault>"
)


class SoapLogin:
    """
    Opens sessions for users with a password.

    Args:
        org: The org.
    """

    def __init__(self, org: Org) -> None:
        self._org = org

    def answer(self, request: Request, body: bytes) -> Response:
        """Answer a request for a session."""
        if int(float(str(request.path_params["version"]))) > NEWEST:
            return _fault("UNSUPPORTED_API_VERSION", "SOAP API login() is not available in this version")
        given = {name: unescape(text) for name, text in _GIVEN.findall(body.decode(errors="replace"))}
        known = self._org.credentials
        if (given.get("username"), given.get("password")) != (known.username, known.password):
            return _fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
        url = f"{self._org.url}/services/Soap/u/{request.path_params['version']}/00D000000000001"
        session = f"<sessionId>{self._org.sessions.open()}</sessionId><serverUrl>{url}</serverUrl>"
        return _page(f"<loginResponse><result>{session}</result></loginResponse>")


def _fault(code: str, message: str) -> Response:
    return _page(_FAULT.format(code, message), 500)


def _page(body: str, status: int = 200) -> Response:
    return Response(_ENVELOPE.format(body), status, media_type="text/xml")
