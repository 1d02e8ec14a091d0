"""What Upflow shows of an invoice."""


def shown(bridge, invoice_id="in_1"):
    """Return an invoice as Upflow shows it."""
    return bridge.imported("invoices", invoice_id)


def state(bridge, invoice_id="in_1"):
    """Return state and outstanding amount of an invoice in Upflow."""
    shown = bridge.imported("invoices", invoice_id)
    return shown["state"], shown["amountOutstanding"]


def outstanding(bridge, invoice_id):
    """Return what is outstanding on an invoice in Upflow."""
    return bridge.imported("invoices", invoice_id)["amountOutstanding"]
