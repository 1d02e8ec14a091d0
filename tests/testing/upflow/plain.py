"""Plain HTTP to a fake Upflow, without any of our own client code."""


class Api:
    """Plain HTTP to a fake Upflow."""

    def __init__(self, fake, session):
        self.fake, self.session = fake, session
        self.session.headers.update({"X-Api-Key": fake.api_key, "X-Api-Secret": fake.api_secret})

    def __call__(self, method, path, body=None, **options):
        """Send a request and return the answer, whatever it is."""
        if body is not None:
            options["json"] = body
        return self.session.request(method, f"{self.fake.base_url}{path}", timeout=5, **options)

    def done(self, method, path, body=None, **options):
        """Send a request that succeeds, and return the JSON of its answer."""
        answer = self(method, path, body, **options)
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def refused(self, method, path, body=None, **options):
        """Send a request that is refused with 400, and return the reason."""
        answer = self(method, path, body, **options)
        assert answer.status_code == 400, (method, path, answer.status_code, answer.text)
        return answer.json()["message"]

    def customer(self, external_id="cus_1", **fields):
        """Import a customer."""
        return self.done("POST", "/customers", {"externalId": external_id, "name": "Acme"} | fields)

    def invoice(self, external_id="in_1", customer="cus_1", **fields):
        """Import an invoice of 12.00, due next month."""
        return self.done("POST", "/invoices", invoice(external_id, customer) | fields)

    def payment(self, external_id="pay_1", customer="cus_1", **fields):
        """Import a payment of 12.00."""
        return self.done("POST", "/payments", payment(external_id, customer) | fields)


def invoice(external_id="in_1", customer="cus_1"):
    """Return the body of an invoice's import."""
    return {
        "externalId": external_id,
        "customId": f"F-{external_id}",
        "issuedAt": "2025-06-01",
        "dueDate": "2025-07-01",
        "currency": "EUR",
        "grossAmount": 1200,
        "netAmount": 1000,
        "customer": {"externalId": customer},
    }


def payment(external_id="pay_1", customer="cus_1"):
    """Return the body of a payment's import."""
    return {
        "externalId": external_id,
        "currency": "EUR",
        "amount": 1200,
        "validatedAt": "2025-06-10",
        "instrument": "CARD",
        "customer": {"externalId": customer},
    }


def position(name):
    """Return a contact that holds a position."""
    return {"email": "a@example.com", "position": name}


def emails(customer):
    """Return the addresses of a customer's contacts."""
    return sorted(contact["email"] for contact in customer["contacts"])


CREDIT_NOTE = {
    "externalId": "cn_1",
    "customId": "CN-1",
    "currency": "EUR",
    "grossAmount": 1200,
    "netAmount": 1000,
    "customer": {"externalId": "cus_1"},
}


REFUND = {
    "externalId": "re_1",
    "currency": "EUR",
    "amount": 1200,
    "validatedAt": "2025-06-12",
    "customer": {"externalId": "cus_1"},
}


BODIES = {"invoices": invoice(), "credit_notes": CREDIT_NOTE, "payments": payment(), "refunds": REFUND}


def group(external_id="g_1", **sides):
    """Return a group of links; each side is an external id and an amount."""
    empty = {"invoices": [], "payments": [], "creditNotes": [], "refunds": []}
    links = {
        side: [{"externalId": each, "amountLinked": amount} for each, amount in pairs] for side, pairs in sides.items()
    }
    return {"externalId": external_id, **empty, **links}


def balances(api):
    """Return what a customer's page shows."""
    keys = ("amountDue", "amountOverdue", "balance", "countInvoicesDue", "countInvoicesOverdue")
    customer = api.done("GET", "/customers/external:cus_1")
    return tuple(customer[key] for key in keys)
