"""Every kind of record that a table may hold keeps the promises of a stream."""

import logging

import pytest

from tests.operators.tables_to_upflow.test_files import TABLES
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.ledger import Outcome
from upflow_provider.operators.tables_to_upflow import UpflowImportOperator
from upflow_provider.records.payloads import COLLECTIONS
from upflow_provider.settings import Organization
from upflow_provider.testing.upflow.behaviour import FieldRefusal

ORDER = list(TABLES)
SOURCE = "erp"


@pytest.fixture
def load(connections, context):
    """Return a function that imports records of a collection and returns the report."""

    def load(collection, records, **options):
        context["ti"].task_id = collection
        options = {"amounts": "major", "organization": Organization(max_rejected=9), **options}
        task = UpflowImportOperator(
            task_id=collection, collection=collection, source=SOURCE, records=records, **options
        )
        return task.execute(context)

    return load


@pytest.fixture
def load_before(load):
    """Return a function that imports what comes before a collection."""

    def load_before(collection):
        for name in ORDER[: ORDER.index(collection)]:
            load(name, TABLES[name])

    return load_before


every_collection = pytest.mark.parametrize("collection", COLLECTIONS)


def ledger_state(collection, external_id):
    """Return what the ledger knows of a record."""
    name = f"{SOURCE}:{collection}"
    return UpflowHook().open_ledger("default").records(name, [external_id]).get(external_id)


@every_collection
def test_a_record_is_sent_once(load, load_before, fake_upflow, collection):
    """And is unchanged the second time."""
    load_before(collection)
    [record] = TABLES[collection]
    assert [load(collection, [record])["writes"] for _ in range(2)] == [1, 0]

    assert fake_upflow.answer(collection, record["externalId"])["externalId"] == record["externalId"]
    assert ledger_state(collection, record["externalId"]).outcome is Outcome.IMPORTED


@every_collection
def test_a_dry_run_plans_it(load, load_before, fake_upflow, collection):
    """One request; nothing is written, and the ledger does not know the record."""
    load_before(collection)
    fake_upflow.requests.clear()
    report = load(collection, TABLES[collection], is_dry_run=True)

    assert (report["created"], report["writes"], report["dry_run"]) == (1, 1, True)
    assert {each.method for each in fake_upflow.requests} <= {"GET"}
    assert ledger_state(collection, TABLES[collection][0]["externalId"]) is None


@every_collection
def test_what_upflow_refuses_is_named_kept_and_tried_again(load, load_before, fake_upflow, collection):
    """All others arrive."""
    load_before(collection)
    [record] = TABLES[collection]
    alone = {name: value for name, value in record.items() if not name.startswith("linked")}
    refusal = FieldRefusal(collection=collection, field="externalId", values=record["externalId"])
    fake_upflow.behaviour.refused_fields = (refusal,)
    report = load(collection, [record, {**alone, "externalId": "X-9"}])

    assert (report["created"], report["rejected"], list(report["examples"])) == (1, 1, [record["externalId"]])
    assert ledger_state(collection, record["externalId"]).outcome is Outcome.REJECTED
    fake_upflow.behaviour.refused_fields = ()
    assert load(collection, [record])["created"] == 1


@every_collection
def test_a_lost_ledger_doubles_nothing(load, load_before, fake_upflow, new_ledger_file, set_connection, collection):
    """It is sent again, under the same external id."""
    load_before(collection)
    load(collection, TABLES[collection])
    before = fake_upflow.snapshot()
    set_connection("upflow_ledger", host=new_ledger_file())
    load_before(collection)
    load(collection, TABLES[collection])

    assert fake_upflow.snapshot() == before


@every_collection
def test_nothing_personal_is_logged_or_kept(load, load_before, caplog, collection):
    """Names and addresses stay out of logs and of the ledger's words."""
    [record] = TABLES[collection]
    with caplog.at_level(logging.DEBUG):
        load_before(collection)
        load(collection, [{**record, "name": "Quagmire", "customId": "Quagmire", "currency": "Quagmire"}])

    assert "Quagmire" not in caplog.text
    assert "Ann Lee" not in caplog.text
    assert "ann@example.com" not in caplog.text
