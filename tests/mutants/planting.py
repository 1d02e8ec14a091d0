"""An error planted into a copy of the package, and the tests of money run against that copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "upflow_provider"
TESTS = ("payments", "invoices", "credits")
"""The cases of docs/stripe-to-upflow.md, which speak to both fakes; no unit test of a mapping is among them."""
LIMIT_S = 120


def is_planted(error, folder):
    """Copy the package into a folder with the error in it."""
    copy = folder / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / error.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(error.right, error.wrong), encoding="utf-8")
    return text.count(error.right) == 1


def is_caught(folder):
    """Run the tests of money against the package in a folder, and tell whether one fails."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    pytest = Path(sys.executable).with_name("pytest")
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", "import upflow_provider; print(upflow_provider.__file__)"],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    if not loaded.stdout.startswith(str(folder)):
        raise RuntimeError(f"the tests would run against {loaded.stdout.strip()}")
    files = [f"tests/sync/test_sync_cases_{name}.py" for name in TESTS]
    options = ["-q", "-x", "--numprocesses", "0", "-p", "no:cacheprovider", "-p", "no:randomly"]
    done = subprocess.run(
        [str(pytest), *options, *files], env=environment, cwd=ROOT, check=False, capture_output=True, timeout=LIMIT_S
    )
    return done.returncode == 1
