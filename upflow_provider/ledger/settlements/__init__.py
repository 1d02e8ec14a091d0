"""What payments that Upflow took itself settle of invoices, and what Stripe knows of it."""

from upflow_provider.ledger.settlements.settlement import Method, Settlement
from upflow_provider.ledger.settlements.settlements import Settlements

__all__ = ["Method", "Settlement", "Settlements"]
