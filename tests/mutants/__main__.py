"""Plant every error, one at a time, and say which tests of money catch it."""

import sys
import tempfile
from pathlib import Path

from tests.mutants.errors import ERRORS
from tests.mutants.planting import is_caught, is_planted

survived = 0
for error in ERRORS:
    with tempfile.TemporaryDirectory(prefix="upflow-mutant-") as folder:
        if not is_planted(error, Path(folder)):
            sys.exit(f"{error.file}: cannot be planted: {error.right!r}")
        caught = is_caught(Path(folder))
    survived += not caught
    sys.stdout.write(f"{'caught  ' if caught else 'SURVIVED'}  {error.file:<26} {error.harm}\n")
    sys.stdout.flush()
sys.stdout.write(f"{len(ERRORS) - survived} of {len(ERRORS)} caught\n")
sys.exit(survived > 0)
