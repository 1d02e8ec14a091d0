"""What was probably meant."""

import pytest

from upflow_provider.runs.suggestion import suggestion


@pytest.mark.parametrize(
    ("name", "known", "says"),
    [
        ("dryrun", ["dry_run", "since"], "did you mean 'dry_run'?"),
        ("sincee", ["dry_run", "since"], "did you mean 'since'?"),
        ("DRY_RUN", ["dry_run", "since"], "did you mean 'dry_run'?"),
        ("organizationid", ["organizationId"], "did you mean 'organizationId'?"),
        ("colour", ["since", "dry_run"], "known names: dry_run, since"),
        ("colour", [], "none is known"),
    ],
)
def test_a_misspelt_name_leads_to_the_right_one(name, known, says):
    """In whichever case it is written; without one that is close, all are named."""
    assert suggestion(name, known) == says
