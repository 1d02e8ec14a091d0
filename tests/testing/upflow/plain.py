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
