"""The command line: ``python -m upflow_provider dags``."""

import pytest

from upflow_provider.__main__ import main
from upflow_provider.dags.thin_files import thin_files

SYNC, SETTINGS = "stripe_to_upflow_sync.py", "organizations.yaml"


def read(folder):
    """Return the text of each file of a folder."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_command_writes_a_dag_folder_and_says_what_is_next(tmp_path, capsys):
    """Every file is named, and so are the settings, the pool and where the rest is explained."""
    assert main(["dags", "--to", str(tmp_path)]) == 0

    assert read(tmp_path) == thin_files()
    said = capsys.readouterr().out
    assert all(f"written    {tmp_path / name}\n" in said for name in thin_files())
    after = said.partition("next: ")[2]
    assert f"in {tmp_path / SETTINGS}" in after
    assert 'airflow pools set upflow_api 5 "Concurrent requests to Upflow"\n' in after
    assert "https://github.com/upflow-provider/upflow-provider#" in after


def test_help_says_what_the_package_is_and_does(capsys):
    """Somebody who has only just installed it learns which systems it connects, and both commands."""
    with pytest.raises(SystemExit):
        main(["--help"])

    said = " ".join(capsys.readouterr().out.split())
    assert "syncs Stripe Billing to Upflow, and Upflow to Salesforce Accounts" in said
    assert "dags write the files of a DAG folder" in said
    assert "salesforce-metadata write the fields" in said


def test_running_it_again_changes_nothing(tmp_path, capsys):
    """Files that are as they should be are neither written nor a reason to complain."""
    main(["dags", "--to", str(tmp_path)])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    capsys.readouterr()

    assert main(["dags", "--to", str(tmp_path)]) == 0

    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    said = capsys.readouterr().out.partition("next: ")[0].splitlines()
    assert [line.split()[0] for line in said] == ["unchanged"] * len(before)


def test_an_edited_file_is_left_alone_until_told_otherwise(tmp_path, capsys):
    """A missing one beside it is written all the same; the settings are never overwritten."""
    (tmp_path / SYNC).write_text("mine", encoding="utf-8")
    (tmp_path / SETTINGS).write_text("organizations: {acme: {}}", encoding="utf-8")

    assert main(["dags", "--to", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert read(tmp_path) == {**thin_files(), SYNC: "mine", SETTINGS: "organizations: {acme: {}}"}
    assert f"left alone {tmp_path / SYNC}, which differs: --force overwrites it\n" in said
    assert f"left alone {tmp_path / SETTINGS}\n" in said

    assert main(["dags", "--to", str(tmp_path), "--force"]) == 0
    assert read(tmp_path) == {**thin_files(), SETTINGS: "organizations: {acme: {}}"}
    assert f"left alone {tmp_path / SETTINGS}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("none", "none does not exist: create it, or give the folder that Airflow reads"),
        ("file", "file is not a folder: give the folder that Airflow reads"),
        ("blocked", f"blocked/{SYNC} cannot be written: Is a directory"),
    ],
)
def test_what_is_wrong_with_the_folder_is_told(tmp_path, capsys, folder, says):
    """One sentence on standard error, and a status that scripts understand; no folder is made."""
    (tmp_path / "file").touch()
    (tmp_path / "blocked" / SYNC).mkdir(parents=True)

    assert main(["dags", "--to", str(tmp_path / folder)]) == 1

    assert says in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_to_is_told(monkeypatch, tmp_path, capsys):
    """With the path and the reason, without a traceback; tests may run as root, who may write anywhere."""

    def refuse(path, *_args, **_options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.write_text", refuse)

    assert main(["dags", "--to", str(tmp_path)]) == 1

    assert capsys.readouterr().err == f"{tmp_path / next(iter(thin_files()))} cannot be written: Permission denied\n"


def test_without_a_folder_the_command_asks_for_one(capsys):
    """There is no folder that would be right for everybody."""
    with pytest.raises(SystemExit, match="2"):
        main(["dags"])

    assert "--to" in capsys.readouterr().err


def test_an_empty_folder_name_is_no_folder(capsys):
    """A variable that is not set must not mean the current folder."""
    with pytest.raises(SystemExit):
        main(["dags", "--to", ""])

    assert "is the variable set?" in capsys.readouterr().err
