"""What an admin should know of an export, though nothing is wrong."""

from upflow_provider.testing.salesforce.org.fields import currency_field, number_field


def test_a_mapping_that_is_in_order_has_nothing_to_note(scene):
    """Notes are for what one may not expect."""
    scene.customer("cus_1", owes=100)

    assert scene.export().notes == []


def test_what_is_rounded_or_not_unique_is_noted(scene):
    """The run goes on; the report says it, each time."""
    scene.salesforce.add_field(currency_field("Outstanding__c", scale=0))
    scene.salesforce.add_field(number_field("Billing_No__c"))
    scene.configure(match={"upflow": "accounting_ref", "salesforce": "Billing_No__c"})
    rounded, key = sorted(scene.export().notes, reverse=True)

    assert "Outstanding__c has 0 decimal places; amounts are rounded half up" in rounded
    assert "Billing_No__c is neither unique nor an external id" in key


def test_accounts_that_lost_their_customer_are_counted(scene):
    """They keep their last values, which somebody should know; those that never had any are nobody's concern."""
    lost, kept = scene.customer("cus_1", owes=100), scene.customer("cus_2", owes=200)
    scene.salesforce.add_account(Name="of somebody else", Billing_Id__c="elsewhere")
    scene.export()
    scene.salesforce.edit_account(lost, Billing_Id__c="cus_gone")
    (note,) = scene.export().notes

    assert note.startswith("1 Accounts hold values")
    assert lost in note
    assert kept not in note
    assert scene.held(lost, "Outstanding__c") == (1,)
