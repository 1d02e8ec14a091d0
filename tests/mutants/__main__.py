"""
Plant every error, one at a time, and say which test catches it; exit status 1 when none does.

Arguments: the files to plant errors in, such as ``mapping/units.py``; all without any.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.client_errors import CLIENT_ERRORS
from tests.mutants.errors import ERRORS
from tests.mutants.oddity_errors import ODDITY_ERRORS
from tests.mutants.order_errors import ORDER_ERRORS
from tests.mutants.pdf_errors import PDF_ERRORS
from tests.mutants.planting import caught_by, is_planted
from tests.mutants.settlement_errors import SETTLEMENT_ERRORS
from tests.mutants.world_errors import WORLD_ERRORS

planted = (*ERRORS, *CLIENT_ERRORS, *ORDER_ERRORS, *WORLD_ERRORS, *ODDITY_ERRORS, *PDF_ERRORS, *SETTLEMENT_ERRORS)
chosen = [error for error in planted if error.file in sys.argv[1:] or not sys.argv[1:]]
survived = 0
for error in chosen:
    with tempfile.TemporaryDirectory(prefix="upflow-mutant-") as folder:
        if not is_planted(error, Path(folder)):
            sys.exit(f"{error.file}: cannot be planted: {error.right!r}")
        try:
            test = caught_by(Path(folder), error.tests)
        except (RuntimeError, subprocess.TimeoutExpired) as trouble:
            test = None  # it crashed or hung: the list needs an error that does the harm it names
            sys.stdout.write(f"{trouble}\n")
    survived += test is None
    sys.stdout.write(f"{'caught  ' if test else 'SURVIVED'}  {error.file:<24} {error.harm}\n")
    if test:
        sys.stdout.write(f"{'':36}by {test}\n")
    sys.stdout.flush()
sys.stdout.write(f"{len(chosen) - survived} of {len(chosen)} caught\n")
sys.exit(survived > 0)
