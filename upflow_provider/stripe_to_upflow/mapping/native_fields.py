"""
Native fields: what Stripe itself knows of a record, beside metadata, that an Upflow custom field can be filled with.

Their names are those of Upflow's page on the Stripe Billing connector (https://docs.upflow.io). A new one is a new row.
Values depend on the record and the organization's time zone only, in an order and a form that do not change by
themselves: otherwise records would be sent again without a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from upflow_provider.records.custom_field_values import TEXT_LENGTH_MAX
from upflow_provider.records.dates import is_instant, local_date
from upflow_provider.records.money import is_amount, stripe_decimals
from upflow_provider.records.text import cleaned, entries_in, mapping_in
from upflow_provider.stripe_to_upflow.mapping.payment_methods import described

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

Record = Mapping[str, Any]

NOT_SHOWN = object()
"""Stands for a value that Stripe does not show, which says nothing about the one that Upflow has."""
SEPARATOR = "; "
"""What stands between several things in one text."""
ACTIVE_ONLY = "canceled"
"""Status of subscriptions that do not count; Stripe does not list them with a customer either."""


@dataclass(frozen=True, slots=True)
class NativeField:
    """
    One native field.

    Attributes:
        name: Its name, as in the setting ``native``.
        stream: Name of the stream whose records have it.
        source: Where it is in Stripe's record, for docs.
        text: Returns its value, a text or a boolean, ``None`` if there is none, or `NOT_SHOWN`.
        expand: What has to be expanded of a record so that Stripe shows it.
        reads: Collections that the key must be permitted to read for that.
        events: Types of events after which it may be another.
    """

    name: str
    stream: str
    source: str
    text: Callable[[Record, ZoneInfo], object]
    expand: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ("customer.updated",)


def _field(name: str) -> Callable[[Record, ZoneInfo], object]:
    return lambda record, _: record.get(name)


def _discount(customer: Record, time_zone: ZoneInfo) -> object:
    """Return the coupon of a discount with how much it takes off, such as ``Spring sale: 20 %, until 2026-12-31``."""
    discount = mapping_in(customer.get("discount"))
    coupon = mapping_in(discount.get("source")).get("coupon")
    if not coupon:
        return None
    known = mapping_in(coupon)
    name = cleaned(known.get("name")) or cleaned(known.get("id", coupon))
    end = discount.get("end")
    until = f"until {local_date(end, time_zone)}" if is_instant(end) else ""
    off = ", ".join(filter(None, (_off(known), until)))
    return f"{name}: {off}" if off else name


def _off(coupon: Record) -> str:
    percent, amount, currency = coupon.get("percent_off"), coupon.get("amount_off"), cleaned(coupon.get("currency"))
    if isinstance(percent, int | float) and not isinstance(percent, bool):
        return f"{_plain(Decimal(str(percent)))} %"
    if is_amount(amount) and currency:
        return f"{Decimal(amount).scaleb(-stripe_decimals(currency.upper())):f} {currency.upper()}"
    return ""


def _plain(number: Decimal) -> str:
    """Return a number without zeros at the end of its decimals."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _default_payment_method(customer: Record, _: ZoneInfo) -> object:
    own = mapping_in(customer.get("invoice_settings")).get("default_payment_method")
    method = own or customer.get("default_source")
    return NOT_SHOWN if isinstance(method, str) else described(method) or None


def _sources(customer: Record, _: ZoneInfo) -> object:
    return _listed(customer.get("sources"), described)


def _subscriptions(customer: Record, _: ZoneInfo) -> object:
    return _listed(customer.get("subscriptions"), _subscription)


def _subscription(subscription: Record) -> str:
    """Return what is subscribed to, or the id of the subscription if its prices have no names; with its status."""
    status = cleaned(subscription.get("status"))
    if status == ACTIVE_ONLY:
        return ""
    prices = [mapping_in(each.get("price")) for each in entries_in(subscription.get("items"))]
    names = sorted({name for price in prices if (name := cleaned(price.get("nickname")))})
    what = ", ".join(names) or cleaned(subscription.get("id"))
    return f"{what} ({status})" if status else what


def _tax_location_country(customer: Record, _: ZoneInfo) -> object:
    if "tax" not in customer:
        return NOT_SHOWN
    return mapping_in(mapping_in(customer["tax"]).get("location")).get("country")


def _payment_description(record: Record, _: ZoneInfo) -> object:
    """Return the description of a payment, or that of its charge."""
    payment = mapping_in(record.get("payment"))
    return payment.get("description") or mapping_in(payment.get("latest_charge")).get("description")


def _listed(listing: object, text: Callable[[Record], str]) -> object:
    """Return the texts of the objects in a list of Stripe's in the order of their ids, as far as there is room."""
    if not isinstance(listing, dict):
        return NOT_SHOWN
    entries = sorted(entries_in(listing), key=lambda each: str(each.get("id")))
    return _joined(filter(None, map(text, entries)), has_more=bool(listing.get("has_more"))) or None


def _joined(texts: Iterable[str], *, has_more: bool) -> str:
    several = list(texts)
    for left_out in range(len(several) + 1):
        shown = several[: len(several) - left_out]
        more = [f"and {left_out} more" if left_out and not has_more else "and more"] if left_out or has_more else []
        joined = SEPARATOR.join([*shown, *more])
        if len(joined) <= TEXT_LENGTH_MAX:
            break
    return joined


_PAYMENT_METHOD_EVENTS = ("payment_method.attached", "payment_method.automatically_updated", "payment_method.updated")

NATIVE_FIELDS: tuple[NativeField, ...] = (
    NativeField("Account email", "customers", "email", _field("email")),
    NativeField("Delinquent", "customers", "delinquent", _field("delinquent")),
    NativeField("Description", "customers", "description", _field("description")),
    NativeField(
        "Discount",
        "customers",
        "discount",
        _discount,
        ("discount.source.coupon",),
        ("coupons",),
        ("customer.discount.created", "customer.discount.updated", "customer.discount.deleted"),
    ),
    NativeField(
        "Default payment method",
        "customers",
        "invoice_settings.default_payment_method, else default_source",
        _default_payment_method,
        ("invoice_settings.default_payment_method", "default_source"),
        ("payment_methods", "sources"),
        ("customer.updated", *_PAYMENT_METHOD_EVENTS),
    ),
    NativeField(
        "Sources",
        "customers",
        "sources",
        _sources,
        ("sources",),
        ("sources",),
        ("customer.source.created", "customer.source.updated", "customer.source.deleted"),
    ),
    NativeField(
        "Subscriptions",
        "customers",
        "subscriptions",
        _subscriptions,
        ("subscriptions",),
        ("subscriptions",),
        ("customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted"),
    ),
    NativeField("Tax location country", "customers", "tax.location.country", _tax_location_country, ("tax",)),
    NativeField("Tax exempt", "customers", "tax_exempt", _field("tax_exempt")),
    NativeField("Description", "invoices", "description", _field("description"), events=("invoice.updated",)),
    NativeField(
        "Description",
        "payments",
        "description of the payment, else of its charge",
        _payment_description,
        events=("charge.updated",),
    ),
)
"""Every native field of every stream."""


def native_fields(stream: str) -> dict[str, NativeField]:
    """Return the native fields of a stream by name."""
    return {each.name: each for each in NATIVE_FIELDS if each.stream == stream}
