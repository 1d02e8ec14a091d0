"""Custom fields of a simulated organization: declared ones, and one that people fill by hand."""

import random

from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions
from upflow_provider.errors import RetriableError
from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields
from upflow_provider.stripe_to_upflow.custom_fields.settings import CustomFieldSettings
from upflow_provider.testing.upflow.records.custom_fields import define
from upflow_provider.testing.upflow.records.schemas import CustomFieldCreate

DECLARED = CustomFieldSettings.model_validate(
    {
        "customers": [{"metadata": "tier", "field": "Tier"}, {"native": "Account email", "field": "Email"}],
        "invoices": [{"metadata": "order", "field": "Order", "type": "NUMBER"}],
        "payments": [{"metadata": "order", "field": "Order"}],
    }
)
BY_HAND = CustomFieldCreate.model_validate({"name": "By hand", "entityType": "CUSTOMER", "dataType": "TEXT"})
TOLERATED = ("several of this name",)
"""Problems that a world may have; two tasks create one field if the clock of one stands still in the middle."""
SHARE = 1 / 3
"""How many worlds have custom fields."""


class Fields:
    """
    The custom fields of a world; it has dice of its own, so that worlds without fields stay as they are.

    Args:
        name: Name of the world.
        sleep: Lets time pass for a task that waits.

    Attributes:
        behaviour: What Upflow does with custom fields of documents.
        by_hand: What people have set, by customer; nobody else touches it.
    """

    def __init__(self, name, sleep=None):
        self._sleep = sleep
        dice = random.Random(f"custom fields of {name}")
        self._settings = DECLARED if dice.random() < SHARE else CustomFieldSettings()
        self.behaviour = {"document_custom_fields": dice.choice(["kept", "ignored", "refused"])}
        self.by_hand, self._done = {}, []

    def furnish(self, upflow):
        """Let people define their field in an empty Upflow."""
        if self._settings.is_any:
            define(upflow.store, BY_HAND)

    def options(self, options, ledger):
        """Return mapping options with the fields that the ledger knows."""
        if not self._settings.is_any:
            return options
        return DeclaredFields(self._settings, ledger.findings).options(options, ledger.clock.now())

    def defined(self, run, client, ledger, options):
        """Do the task for custom fields, which is the first one of a run; return the options of those after it."""
        if not self._settings.is_any or (run, ledger) in self._done:
            return options
        definitions, declared = FieldDefinitions(client(), ledger, run), DeclaredFields(self._settings, ledger.findings)
        while True:
            try:
                report = declared.complete(definitions, lambda *_: None)
                break
            except RetriableError as error:
                if "another task is creating" not in str(error):
                    raise
                self._sleep(45)  # its next try
        assert all(any(words in each for words in TOLERATED) for each in report.problems), report.problems
        self._done.append((run, ledger))
        return self.options(options, ledger)

    def edit(self, upflow, customer, number):
        """Let somebody set a field of a customer, of two that there are; return whether there was one."""
        name = ("", "Tier", "By hand")[number % 3]
        ids = {each["name"]: each["id"] for each in upflow.store.custom_fields.values()}
        if name not in ids:
            return False
        record = upflow.store.by_external_id("customers", customer)
        held = [each for each in record["customFields"] if each["id"] != ids[name]]
        value = {"id": ids[name], "externalId": None, "value": f"edited {number}", "source": "USER_DEFINED"}
        upflow.people.edit("customers", customer, customFields=[*held, value])
        if name == "By hand":
            self.by_hand[customer] = f"edited {number}"
        return True

    def problems(self, disturbed, undisturbed, *, gap_passed):
        """
        Return what is wrong with values that people set, and take these out of what is compared.

        After a gap in the events, nobody knows of metadata of an invoice that changed in it.
        """
        held = {name: each["customFields"].pop("By hand", None) for name, each in disturbed["customers"].items()}
        if gap_passed:
            for each in (*disturbed["invoices"].values(), *undisturbed["invoices"].values()):
                each.pop("customFields", None)
        return [
            f"{name}: people have set {value}, and Upflow has {held[name]}"
            for name, value in self.by_hand.items()
            if name in held and held[name] != value
        ]
