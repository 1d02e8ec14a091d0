"""organizations.yaml, whatever its text."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upflow_provider.settings import read_organizations
from upflow_provider.settings.organization import NAME

WORDS = ("organizations", "default", "acme corp", "no", "12", "threads", "*a", "&a", "!!set", "<<", "'", "\t", "\0")
SIGNS = ("[", "]", "{", "}", ":", ": ", "? ", "- ", "\n", "\n  ", "\n    ", "---\n")
TEXTS = st.lists(st.sampled_from((*WORDS, *SIGNS)), max_size=25).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(TEXTS, TEXTS.map("organizations:\n  ".__add__), st.text(max_size=60)))
def test_reading_never_raises_and_every_id_is_of_one_entry(tmp_path, text):
    """The DAG folder is parsed, and something is there to say what is wrong."""
    path = tmp_path / "organizations.yaml"
    path.write_bytes(text.encode("utf-8", "replace"))
    entries = read_organizations(path)
    names = [entry.organization.name for entry in entries]

    assert names
    assert len(set(names)) == len(names)
    assert all(entry.problem or NAME.fullmatch(entry.organization.name) for entry in entries)
