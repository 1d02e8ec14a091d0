"""Plant every error, one at a time, and say which test of money catches it; exit status 1 when none does."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.errors import ERRORS
from tests.mutants.planting import caught_by, is_planted

survived = 0
for error in ERRORS:
    with tempfile.TemporaryDirectory(prefix="upflow-mutant-") as folder:
        if not is_planted(error, Path(folder)):
            sys.exit(f"{error.file}: cannot be planted: {error.right!r}")
        try:
            test = caught_by(Path(folder))
        except subprocess.TimeoutExpired:
            test = None  # whether it hangs or the machine is slow: nothing has shown the error
    survived += test is None
    sys.stdout.write(f"{'caught  ' if test else 'SURVIVED'}  {error.file:<24} {error.harm}\n")
    if test:
        sys.stdout.write(f"{'':36}by {test}\n")
    sys.stdout.flush()
sys.stdout.write(f"{len(ERRORS) - survived} of {len(ERRORS)} caught\n")
sys.exit(survived > 0)
