"""What reports share: a few records named, and no success of a run that left too many behind."""

import json
from dataclasses import asdict, dataclass, field

import pytest

from upflow_provider.errors import TooManyRejectedError
from upflow_provider.runs.report import MAX_EXAMPLES, Examples, check_rejected

MANY = [(f"in_{number}", f"reason {number}") for number in range(MAX_EXAMPLES + 5)]


@dataclass
class Report:
    """A report with examples."""

    examples: Examples = field(default_factory=Examples)


def test_the_first_ones_are_named():
    """However many come, at once or one at a time."""
    one_by_one = Examples()
    for each in MANY:
        one_by_one.add(*each)

    assert Examples(iter(MANY)) == one_by_one == dict(MANY[:MAX_EXAMPLES])
    assert Examples() == {}


def test_examples_of_pages_add_up_to_the_limit():
    """Those of the earlier page go first."""
    examples = Examples(MANY[:2])
    examples.add_all(Examples([("in_x", "other")]))
    assert examples == {**dict(MANY[:2]), "in_x": "other"}

    examples.add_all(Examples(MANY))
    assert list(examples)[:3] == ["in_0", "in_1", "in_x"]
    assert len(examples) == MAX_EXAMPLES


def test_no_more_records_are_read_than_named():
    """There may be a million of them, and each may cost a look-up."""
    records = iter(MANY)
    Examples(records)

    assert next(records) == MANY[MAX_EXAMPLES]


def test_examples_are_json_within_a_report():
    """Airflow keeps reports as JSON."""
    counts = asdict(Report(Examples(MANY[:2])))

    assert json.loads(json.dumps(counts)) == counts == {"examples": dict(MANY[:2])}


@pytest.mark.parametrize(("rejected", "allowed"), [(0, 0), (2, 2), (1, 5)])
def test_as_many_as_allowed_may_be_rejected(rejected, allowed):
    """The limit itself is still allowed."""
    check_rejected(rejected, allowed, problem="of 5 records were rejected", remedy="Look.", examples=Examples())


def test_more_than_allowed_are_no_success():
    """The error says how many, what to do, and which ones."""
    with pytest.raises(TooManyRejectedError) as raised:
        check_rejected(3, 2, problem="of 5 records were rejected", remedy="Clear it.", examples=Examples(MANY[:2]))

    assert str(raised.value) == (
        "3 of 5 records were rejected (2 allowed); all others are done. Clear it. in_0: reason 0; in_1: reason 1"
    )


def test_an_example_is_named_once():
    """A reason that begins with the record's id is not preceded by it again."""
    examples = Examples([("in_1", "in_1: customer is missing"), ("in_2", "refused"), ("in_3", "in_31: refused")])

    assert str(examples) == "in_1: customer is missing; in_2: refused; in_3: in_31: refused"
