"""Words that messages of vendors may keep: those of API errors, which say nothing about anybody."""

from __future__ import annotations

from types import ModuleType
from typing import is_typeddict

from upflow_provider.records import payloads

_WORDS = """
a about above accept accepted accepts access account accounting accounts action actions activate active actor add added
address admin after again aggregate all allow allowed allows already also alter amount amounts an and another any apex
api app application/json apply approved are argument array as ask assertion assigned associated at attempt attribute
attributes audience authentication authorization authorized available bad balance bank bank_account base base64 batch
be because become been before being below between blank block blocked body boolean both bound bounds bulk busy but by
bytes call calls can cannot capitals card case certificate change changed changes character characters charge check
checksum choose chosen city client code codes collection collections column columns combination company complete
completed concurrent condition conflict conflicts connection consumer contact contacts contain contained contains
content content-type context convert converted cookie correct corrupt could count country create created creating
credentials credit cross csv currencies currency current custom customer customers daily data database date date-time
dates deactivated dead deadlock debit decimal default define defined delete deleted demand denied depth deserialize
detected did different digit digits disabled disallowed dml do document documents does doesn't domain done down due
duplicate duplicated duplicates during e-mail each early edit editable element email empty enabled encoded encoding end
endpoint ends enough entity entries entry enum equal equals error errors exact exactly exceed exceeded exceeds except
exception exclusive execute execution exist existing exists expected expects expired expires external extra fail failed
fails failure false fault fetch field fields file filter filters first flow for forbidden format formatted found from
frozen full function future gateway given gone got greater gross group had has hasn't have header headers higher hit
hold host hours html http id identifier identifiers if ignored import imported in inactive incomplete incorrect input
inputs inside instance instances insufficient integer internal into invalid invoice invoices ip is isn't iso issue
issued it item items its job json jwt key keys known label language large larger last later least left length less
level like limit limited limits line link linked links list load local locator lock locked login long longer longest
lookup lower made main maintenance malformed manager managers many match matches max maximum means media member
mentioned message method methods minimum minor minute minutes misdirected missing mode model modified more most
multiple multiple-choice must name named names negative net never new next no none nor not note notes nothing null
number numbers numeric oauth object objects obtain occurred of off offset old on once one only open operation operator
option options or order organization other others out outside outstanding over owed own page paid parameter parameters
parent parse parsed parser part parts password past path pattern payload payment payments pdf pending per permission
permissions permitted phone picklist plan please position positive possible postal precision prefix present prevented
process processed processing prohibited properties property provided proxy quantity queries query quota quote range
rate reached read readable reason received record records redirect reference referenced references refers refund
refunds refused reject rejected related relation remove removed repeated replace replaced request requested requests
require required requires resource response restricted result retired retried retry returned returns revoked rights
role row rows rule rules same save saved schema second seconds secure security see select selected send sent server
service session set setting sharing should side sides similar size sobject some soon soql source specified sql start
state status still stored string strings subscription such suffix sum supplied support supported syntax system tag take
taken tax temporarily test text text/csv than that the their them then there these they this those through time timed
timeout times timestamp to today token tomorrow too total transaction transactions trigger true truncated try twice two
type types unable unauthorized unavailable unchanged undefined under unexpected unhandled unique unit units unknown
unless unlinked unprocessable unrecognized unsuccessful unsupported until up update updated upload uploaded uri url us
use used user username users using utc utf-8 valid validated validation value values vat version via void was wasn't
way were what when where whether which while whole whose with within without workflow write written wrong x-api-key
x-api-secret xml year years yesterday yet you your zero zip zipcode zone
"""
_COMPOUND_WORDS = """
ambiguous annotation articles automated capture child circular clean closed comma compile concurrency consistency
controller cyclic declined decryption dependency detection entitlement exclusion feature formula funds gone
grant grants hierarchy holiday idempotency inaccessible insert intent intents interrupted invocation iterator jobs
loop managed mandatory mixed namespace need nonce partner pin portal profile publish queue readonly retrieve running
sandbox scope secret self snapshot soft stale storage stripe sub submit template temporary timezone trace tree
unsafe unverified upflow upsert verification x
"""
_CODES = """
API BOM CARD CASH CHECK CREATED CREDIT_NOTE CSV CUSTOMER DIRECT_DEBIT DUE GONE GUID HTML HTTP HTTPS ID INVALIDJOB
INVALIDJOBSTATE INVOICE IP ISO JSON JWT MULTI_SELECT NOT_FOUND NULL OAUTH OVERDUE PAID PAYMENT PDF PKCE REST SELECT
SOAP SOQL SQL SSL TEXT TLS UNKNOWN URI URL UTC UTF UUID VAT VOIDED WIRE_TRANSFER XML
"""
WORDS = frozenset(_WORDS.split())
"""Words that stay in running text: in lower case, or with a capital where a sentence or title begins."""
COMPOUND_WORDS = WORDS | frozenset(_COMPOUND_WORDS.split())
"""Words that codes and field names consist of, such as ``REQUIRED_FIELD_MISSING`` and ``accountManagerId``."""
CODES = frozenset(_CODES.split())
"""Codes in capitals that are not compounds."""
UNITS = frozenset(
    {
        "bytes",
        "character",
        "characters",
        "digits",
        "items",
        "minutes",
        "records",
        "requests",
        "rows",
        "seconds",
        "values",
    }
)
"""Words that come right after a limit of more than three digits."""
BOUNDS = frozenset(
    {"exceed", "exceeds", "iso", "least", "length", "limit", "max", "maximum", "min", "minimum", "most", "than"}
)
"""Words that come right before such a limit."""


def _payload_fields(module: ModuleType) -> frozenset[str]:
    """Return the names of the fields of all payloads."""
    types = (each for each in vars(module).values() if is_typeddict(each))
    return frozenset(name for each in types for name in each.__annotations__)


FIELDS = _payload_fields(payloads) | frozenset({"Account", "Contact", "Id", "LastName", "Name", "OwnerId", "User"})
"""Names of fields and objects that we send: those of Upflow's payloads, and a few of Salesforce's."""
