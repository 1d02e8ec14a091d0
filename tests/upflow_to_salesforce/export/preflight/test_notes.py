"""What works less well than one may expect is noted before the export, which goes on."""

from upflow_provider.testing.salesforce.org.fields import currency_field, text_field


def test_what_works_less_well_than_expected_is_noted(scene):
    """Keys that may occur twice, rounding, short text: the report says so, and the run goes on."""
    scene.define_custom_fields()
    scene.salesforce.add_field(text_field("Billing_Id__c", 40))
    scene.salesforce.add_field(currency_field("Outstanding__c", scale=0))
    scene.configure(fields={"outstanding": "Outstanding__c"}, custom_fields={"Segment": "Segment__c"})
    report = scene.export()

    key, amount, text = report.notes
    assert "Salesforce field Billing_Id__c is neither unique nor an external id" in key
    assert "outstanding: Salesforce field Outstanding__c has 0 decimal places; amounts are rounded half up" in amount
    assert "Salesforce field Segment__c holds 255 characters; longer text, up to 2000 in Upflow, is refused" in text
    assert (report.updated, report.rejected) == (1, 0)


def test_a_mapping_that_works_well_is_noted_by_nothing(scene):
    """No news is good news."""
    assert scene.export().notes == []
