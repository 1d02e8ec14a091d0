"""The demonstration compares Accounts with Upflow, and ends where they differ."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from demo.airflow import EXPORT, LINKS
from demo.errors import DemoError
from demo.export.exporting import Exporting
from demo.screen import Screen
from demo.vendors import Salesforce, Upflow
from upflow_provider.testing.seed.salesforce_accounts import FIELDS

DAY_S = 86_400


class Airflow:
    """Stands in for Airflow: a run does what it is given to do, at once."""

    def __init__(self, does, dag_id=""):
        self._does, self._dag_id = does, dag_id

    def of(self, dag_id):
        """Return the same for another DAG."""
        return Airflow(self._does, dag_id)

    def unpaused_run(self):
        """Do it."""
        self._does[self._dag_id]()
        return "r1"

    def run_states(self):
        """Return that it is done."""
        return {"r1": "success"}

    def troubled_tasks(self):
        """Return no trouble."""
        return []

    def link(self):
        """Return an address."""
        return f"http://127.0.0.1:8080/dags/{self._dag_id}"


class Demo:
    """Both sides, what stands in for the export between them, and what the demonstration makes of them."""

    def __init__(self, fake_upflow, salesforce, authority):
        self.fake_upflow, self.fake = fake_upflow, salesforce
        self.upflow = Upflow(fake_upflow.url, fake_upflow.api_key, fake_upflow.api_secret)
        known = salesforce.credentials
        self.salesforce = Salesforce(salesforce.url, known.client_id, known.client_secret, trusted=authority)
        self.accounts = {}
        self.valid_days = 75
        self.printed = io.StringIO()
        does = {EXPORT: self.export, LINKS: self.mint}
        screen = Screen(Console(file=self.printed, width=160, highlight=False))
        self.story = Exporting(screen, Airflow(does), self.upflow, self.salesforce, Path("logs"))

    def customer(self, number, owes, currency="EUR", account_currency="EUR"):
        """Make a customer who owes something, in minor units, and an Account."""
        name = f"cus_{number}"
        self.upflow.call("POST", "/v1/customers", {"externalId": name, "name": f"Customer {number}"})
        self.invoice(number, owes, currency)
        self.accounts[name] = self.fake.add_account(
            Name=f"Customer {number}", Billing_Id__c=name, CurrencyIsoCode=account_currency
        )

    def invoice(self, number, owes, currency="EUR"):
        """Let a customer owe more."""
        dates = {"issuedAt": "2026-01-01", "dueDate": "2026-02-01"}
        number_of_invoice = f"F-{len(self.fake_upflow.store.invoices)}"
        ids = {"externalId": number_of_invoice, "customId": number_of_invoice}
        invoice = {"currency": currency, "grossAmount": owes, "netAmount": owes}
        customer = {"customer": {"externalId": f"cus_{number}"}}
        self.upflow.call("POST", "/v1/invoices", {**ids, **invoice, **dates, **customer})

    def export(self):
        """Write to every Account what Upflow tells, amounts in euros."""
        for each in self.upflow.records("customers"):
            self.fake.edit_account(
                self.accounts[each["externalId"]],
                Upflow_Outstanding__c=each["balance"] / 100,
                Upflow_Overdue__c=each["amountOverdue"] / 100,
                Upflow_Due__c=each["amountDue"] / 100,
                Upflow_Overdue_Count__c=each["countInvoicesOverdue"],
                Upflow_Due_Count__c=each["countInvoicesDue"],
                Upflow_Page__c=each["directUrl"],
            )

    def mint(self):
        """Give every Account a link to its customer's portal."""
        for name, account in self.accounts.items():
            self.fake.edit_account(account, Upflow_Portal__c=self.link(name))

    def link(self, customer):
        """Mint a link."""
        body = {"expiresIn": self.valid_days * DAY_S}
        return self.upflow.call("POST", f"/v1/customers/external:{customer}/portal", body)["url"]

    def told(self):
        """Return what was printed, each space a single one."""
        return " ".join(self.printed.getvalue().split())


@pytest.fixture
def demo(fake_upflow, secure_salesforce, tmp_path):
    """Give the test two customers with Accounts."""
    for each in FIELDS:
        secure_salesforce.add_field(each)
    demo = Demo(fake_upflow, secure_salesforce, tmp_path / "certificates" / "authority.pem")
    demo.customer(1, 120_001)
    demo.customer(2, 4_200)
    return demo


def test_equal_sides_are_told(demo):
    """Sums of both sides, the life of the links and an example are on the screen; the links themselves are not."""
    demo.story.run()

    assert "outstanding EUR 2 1,242.01 2 1,242.01 equal" in demo.told()
    assert "All 3 rows are equal" in demo.told()
    assert "2 Accounts have a link" in demo.told()
    assert "the first to expire is valid for 75 more days (promised: at least 30 at any time)" in demo.told()
    assert "One of the Accounts: Customer 1" in demo.told()
    assert "token" not in demo.told()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"Upflow_Outstanding__c": 42.01}, id="a-cent"),
        pytest.param({"Upflow_Outstanding__c": 0}, id="nothing"),
        pytest.param({"Upflow_Due_Count__c": 1}, id="not-in-the-table"),
        pytest.param({"Upflow_Page__c": None}, id="no-page"),
        pytest.param({"Billing_Id__c": "cus_other"}, id="no-account"),
    ],
)
def test_a_difference_ends_the_demo(demo, values):
    """What an Account shows must be what Upflow tells of its customer."""
    exported = demo.mint

    def spoil():
        exported()
        demo.fake.edit_account(demo.accounts["cus_2"], **values)

    demo.story._links._does[LINKS] = spoil

    with pytest.raises(DemoError, match=r"1 Accounts do not show what Upflow knows: \['cus_2'\]"):
        demo.story.run()


def test_swapped_accounts_end_the_demo(demo):
    """The sums of both sides are equal, but no Account is."""

    def swap():
        demo.mint()
        one, other = demo.accounts["cus_1"], demo.accounts["cus_2"]
        demo.fake.edit_account(one, Upflow_Outstanding__c=42.0)
        demo.fake.edit_account(other, Upflow_Outstanding__c=1200.01)

    demo.story._links._does[LINKS] = swap

    with pytest.raises(DemoError, match="2 Accounts do not show"):
        demo.story.run()


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        pytest.param(lambda demo: demo.link("cus_1"), "does not open its customer's portal", id="another-customers"),
        pytest.param(lambda _: "https://pay.upflow.io/portal?token=invented", "opens no portal", id="none-of-upflows"),
        pytest.param(lambda _: None, "opens no portal", id="none"),
    ],
)
def test_a_wrong_link_ends_the_demo(demo, link, problem):
    """Every link is opened: it must be the portal of the Account's own customer."""

    def spoil():
        demo.mint()
        demo.fake.edit_account(demo.accounts["cus_2"], Upflow_Portal__c=link(demo))

    demo.story._links._does[LINKS] = spoil

    with pytest.raises(DemoError, match=problem):
        demo.story.run()


def test_a_link_that_ends_too_soon_ends_the_demo(demo):
    """Upflow promises 30 days at any time."""
    demo.valid_days = 30

    with pytest.raises(DemoError, match=r"one is valid for 30\.0 days only"):
        demo.story.run()


def test_accounts_get_the_currency_of_their_customers_first(demo):
    """Sales may have guessed another; the export would leave their amounts alone."""
    demo.customer(3, 500, account_currency="USD")

    demo.story.run()

    assert demo.fake.account(demo.accounts["cus_3"])["CurrencyIsoCode"] == "EUR"
    assert "1 Accounts get the currency" in demo.told()


def test_a_change_is_waited_for(demo):
    """What each customer owes is told before and after."""
    demo.story.run()
    demo.invoice(2, 5_800)
    demo.export()

    demo.story.follow()

    assert "Customer 2 owes 100.00 EUR instead of 42.00 EUR" in demo.told()


def test_no_change_is_an_error(demo):
    """The demonstration would wait for nothing."""
    demo.story.run()

    with pytest.raises(DemoError, match="nothing that Accounts show has changed"):
        demo.story.follow()
