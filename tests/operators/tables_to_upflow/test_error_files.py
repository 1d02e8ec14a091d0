"""The error files of the operator of customer files: none overwrites what people need, and none stays that is old."""

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.operators.tables_to_upflow import UpflowCustomerFileOperator
from upflow_provider.operators.tables_to_upflow.error_files import error_path_beside
from upflow_provider.settings import Organization

TEXT = "Customer name,Customer ID,Account manager\nAlder,C-1,\nBirch,C-2,nobody@example.com\n"
GOOD = "Customer name,Customer ID,Account manager\nAlder,C-1,\n"


@pytest.fixture
def file(tmp_path):
    """Return a file with a good line and a bad one."""
    path = tmp_path / "customers.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def do(context, connections, fake_upflow, file):
    """Return a function that imports the file, and returns the report."""

    def run(**options):
        context["params"] = {}
        options = {"organization": Organization(max_rejected=10), "path": str(file), **options}
        return UpflowCustomerFileOperator(task_id="import", **options).execute(context)

    return run


@pytest.mark.parametrize("spelt", ["{0}", "file://{0}", "{1}/../{2}/customers.csv", "./customers.csv"])
def test_the_file_itself_is_no_place_for_errors(do, file, monkeypatch, spelt):
    """However its path is written; its good lines would be gone."""
    monkeypatch.chdir(file.parent)
    path = spelt.format(file, file.parent, file.parent.name)

    with pytest.raises(AirflowFailException, match="error_path is the file itself"):
        do(error_path=path)

    assert file.read_text("utf-8") == TEXT


def test_a_link_to_the_file_is_the_file(do, file):
    """What is written through it is written to the file."""
    file.with_name("link.csv").symlink_to(file)

    with pytest.raises(AirflowFailException, match="error_path is the file itself"):
        do(error_path=str(file.with_name("link.csv")))


def test_an_old_error_file_is_removed_when_no_line_is_refused(do, file):
    """Nobody imports its old lines by mistake."""
    do()
    errors = file.with_name("customers.errors.csv")
    assert errors.exists()

    file.write_text(GOOD, encoding="utf-8")
    do()

    assert not errors.exists()


def test_a_file_of_somebody_else_is_never_removed(do, file):
    """Whatever its name is."""
    other = file.with_name("customers.errors.csv")
    other.write_text("my notes\n", encoding="utf-8")
    file.write_text(GOOD, encoding="utf-8")

    do()

    assert other.read_text("utf-8") == "my notes\n"


def test_what_was_corrected_after_a_dry_run_is_not_overwritten(do, file):
    """The error file of a dry run has a name of its own."""
    report = do(is_dry_run=True)
    corrected = file.with_name("customers.dry-run.errors.csv")
    assert report["error_file"] == str(corrected)
    corrected.write_text("corrections", encoding="utf-8")

    do()

    assert corrected.read_text("utf-8") == "corrections"
    assert file.with_name("customers.errors.csv").exists()


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("/data/a.csv", "/data/a.errors.csv"),
        ("a", "a.errors.csv"),
        ("s3://c@b/x.y/a", "s3://c@b/x.y/a.errors.csv"),
        ("/data/a.errors.csv", "/data/a.errors.errors.csv"),
    ],
)
def test_the_name_of_the_error_file(path, beside):
    """That of the file with a word more."""
    assert error_path_beside(path, is_dry_run=False) == beside


def test_a_dry_run_says_that_nothing_was_done(do):
    """And does not call its error file the one to import."""
    with pytest.raises(AirflowFailException) as raised:
        do(is_dry_run=True, organization=Organization())

    told = str(raised.value)
    assert (
        "1 of 2 lines is refused (0 allowed); it was a dry run, and nothing was done. Correct them in the file" in told
    )
    assert "all others are done" not in told


@pytest.mark.parametrize("path", ["s4://bucket/x.csv", "hdfs://host/x.csv"])
def test_a_storage_that_cannot_be_opened_is_told_in_words(do, path):
    """Because nobody knows it, or what it needs is not installed; no retry would help."""
    with pytest.raises(AirflowFailException, match=rf"the storage of '{path}' cannot be opened"):
        do(path=path)


def test_the_storage_of_the_error_file_is_opened_before_the_import(do, fake_upflow):
    """Not when the lines are imported already."""
    with pytest.raises(AirflowFailException, match=r"the storage of 's4:.* cannot be opened"):
        do(error_path="s4://bucket/errors.csv")

    assert not [each for each in fake_upflow.requests if each.method != "GET"]


@pytest.mark.parametrize("encoding", [1252, 850, "1252"])
def test_templates_may_make_numbers_of_texts(do, file, fake_upflow, encoding):
    """As native rendering does."""
    file.write_bytes(GOOD.replace("Alder", "Aldér").encode(str(encoding)))

    do(encoding=encoding, separator=None)

    assert fake_upflow.answer("customers", "C-1")["name"] == "Aldér"


@pytest.mark.parametrize(("given", "writes"), [("False", True), ("true", False)])
def test_a_dry_run_may_be_given_as_the_text_of_a_template(do, fake_upflow, given, writes):
    """Where templates are not rendered to native types."""
    do(is_dry_run=given)

    assert bool([each for each in fake_upflow.requests if each.method != "GET"]) is writes
