"""
Why Salesforce refuses a login, and what an administrator can do about it.

https://help.salesforce.com, OAuth 2.0 error codes; https://developer.salesforce.com, SOAP API, login().
"""

from __future__ import annotations

import re
from http import HTTPStatus

from upflow_provider.clients.redaction import redact
from upflow_provider.clients.salesforce.answers import PASSING_STATUSES
from upflow_provider.clients.salesforce.refusals import CODE
from upflow_provider.errors import AuthenticationError, ProtocolError, RetriableError, UpflowSyncError

HISTORY = "the user's login history in Salesforce's Setup says more"
PRE_AUTHORIZED = (
    "let the app's policies pre-authorize users whom an admin approves, and give the user its permission set"
)
RESTRICTIONS = "login IP ranges and hours of the user's profile, IP relaxation of the app"
MY_DOMAIN = "domain has to be your My Domain without .salesforce.com, such as acme.my"
FLOW = "switch this login flow on in the app and in the organization (OAuth and OpenID Connect settings)"
REMEDIES: tuple[tuple[str, str, str], ...] = (
    ("invalid_grant", "hasn't approved|not admin approved", PRE_AUTHORIZED),
    ("invalid_grant", "audience", "domain has to be login, test (for a sandbox), or your My Domain"),
    ("invalid_grant", "certificate", "upload the certificate of private_key to the app"),
    ("invalid_grant", "expired", "correct this host's clock: a JWT is valid for three minutes"),
    ("invalid_grant", "assertion", "private_key has to belong to the certificate of the app that consumer_key names"),
    ("invalid_grant", "ip restricted|login hours", f"allow this host's address, and this hour: {RESTRICTIONS}"),
    ("invalid_grant", "inactive|locked|frozen|disabled", "activate, unlock or unfreeze the user in Salesforce"),
    ("invalid_grant", "client credentials", "switch the client credentials flow on in the app, with a Run As user"),
    ("invalid_grant", "domain", MY_DOMAIN),
    ("invalid_grant", "", f"check login, password and security_token, and whether this flow is allowed; {HISTORY}"),
    ("invalid_client_id", "", "check consumer_key"),
    ("invalid_client", "", "check consumer_key and consumer_secret, or private_key"),
    ("unauthorized_client", "", FLOW),
    ("unsupported_grant_type", "", FLOW),
    ("invalid_app_access", "", PRE_AUTHORIZED),
    ("invalid_scope", "", "give the app the scope 'Manage user data via APIs (api)'"),
    ("invalid_request", "", f"check the connection; {MY_DOMAIN}"),
    ("access_denied", "", PRE_AUTHORIZED),
    ("inactive_user", "", "activate the user in Salesforce"),
    ("inactive_org", "", "the organization is closed or locked: ask Salesforce"),
    ("OAUTH_APP_BLOCKED", "", "unblock the app in Salesforce's Setup, Connected Apps OAuth Usage"),
    ("INVALID_LOGIN", "", f"check login, password and security_token; {HISTORY}"),
    ("LOGIN_MUST_USE_SECURITY_TOKEN", "", "add security_token, which Salesforce mails to the user when it is reset"),
    ("PASSWORD_LOCKOUT", "", "unlock the user in Salesforce"),
    ("LOGIN_DURING_RESTRICTED_DOMAIN", "", "allow this host's address in the profile's login IP ranges"),
    ("LOGIN_DURING_RESTRICTED_TIME", "", "allow this hour in the profile's login hours"),
    ("API_DISABLED_FOR_ORG", "", "this edition of Salesforce, or this user, has no API"),
    ("API_CURRENTLY_DISABLED", "", "this edition of Salesforce, or this user, has no API"),
    ("UNSUPPORTED_API_VERSION", "", "set version to 64.0 or older; better, log in by client credentials or a JWT"),
    ("INVALID_OPERATION", "", "this organization has no SOAP login: log in by client credentials or a JWT"),
)
"""Code, words of the description, and what to do; the first that fits counts. They stay until somebody does it."""
LATER = re.compile(r"\brate\b|limit exceeded|retry|try again|temporar", re.IGNORECASE)
"""Says that a login may succeed in a moment, whatever its code."""


def login_refusal(code: object, text: str, what: str) -> UpflowSyncError:
    """
    Return the error that a refused login stands for.

    What nobody knows is tried again: it may be over by then.

    Args:
        code: OAuth's or SOAP's code of the error; the HTTP status of an answer that has none.
        text: Salesforce's description.
        what: The connection, for the message.
    """
    if isinstance(code, int):
        may_pass = code >= HTTPStatus.INTERNAL_SERVER_ERROR or code in PASSING_STATUSES
        return (
            RetriableError(f"{what}: {code}: this is not an answer from Salesforce's login")
            if may_pass
            else not_a_login(what, f"status {code}")
        )
    name = code if isinstance(code, str) and CODE.fullmatch(code) else "UNKNOWN_ERROR"
    words = redact(text)
    problem = f"{what}: refused ({name}: {words})" if words else f"{what}: refused ({name})"
    remedy = next((do for known, said, do in REMEDIES if known == name and re.search(said, text, re.IGNORECASE)), None)
    if remedy is None or LATER.search(text):
        return RetriableError(problem)
    return AuthenticationError(f"{problem}; {remedy}")


def not_a_login(what: str, found: str) -> ProtocolError:
    """Return the error for an answer that is not one of Salesforce's login."""
    return ProtocolError(
        f"{what}: this is not an answer from Salesforce's login ({found}); check domain and instance_url of the "
        "connection, and the proxy if there is one"
    )
