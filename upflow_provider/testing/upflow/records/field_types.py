"""The types of single fields in Upflow's bodies, checked as strictly as public evidence allows."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

# With those that were withdrawn since Stripe took them: old invoices still name them.
_ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR
LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN
PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB
TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
EEK HRK LTL LVL MRO SLL STD VEF ZMK ZWL
"""
_CURRENCIES = frozenset(_ISO_4217.split())
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?")
# The characters that Upflow's mail provider takes (support.upflow.io, article 34694152983185).
_EMAIL = re.compile(r"[A-Za-z0-9+_'.-]+@[A-Za-z0-9+_'-]+(\.[A-Za-z0-9+_'-]+)+")


def _currency(value: str) -> str:
    if value not in _CURRENCIES:
        raise ValueError("is not an ISO 4217 code in capitals")
    return value


def _date(value: str) -> str:
    if not _DATE.fullmatch(value):
        raise ValueError("is neither YYYY-MM-DD nor a date-time with a time zone")
    datetime.fromisoformat(value)
    return value


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("is not an e-mail address of the characters that are allowed")
    return value


Id = Annotated[str, Field(min_length=1)]
Currency = Annotated[str, AfterValidator(_currency)]
DateLike = Annotated[str, AfterValidator(_date)]
Email = Annotated[str, AfterValidator(_email)]
Positive = Annotated[int, Field(gt=0)]
"""Amount in minor units."""
Links = list[dict[str, Any]]
"""Links given with an import; their shape is one of the unknowns."""
OMITTED: Any = None
"""Default of a field that may be left out; it is never validated, and null is refused."""
