"""What the tests of privacy share: a sync and an export whose every word is kept."""

import json
import logging

import pytest

from tests.privacy.planted import dump, error_text
from tests.upflow_to_salesforce.conftest import scene  # noqa: F401 - a fixture


class Left:
    """All that runs leave behind: logs, reports, errors."""

    def __init__(self, caplog, ledger_url):
        self._caplog, self._ledger_url, self.texts = caplog, ledger_url, []

    def by(self, run):
        """Do a run and keep its report, or its error."""
        try:
            report = run()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not betray anybody
            self.texts.append(error_text(error))
            return error
        for each in report.values() if isinstance(report, dict) else [report]:
            if hasattr(each, "as_dict"):
                self.texts.append(f"{json.dumps(each.as_dict(), ensure_ascii=False)} {each}")
        return report

    def everywhere(self, without=()):
        """Return it as one text, with the ledger."""
        return "\n".join([*self.texts, self._caplog.text, dump(self._ledger_url, without)])


@pytest.fixture
def left(caplog, ledger_engine):
    """Keep what a run leaves behind, at the level of logs that shows most."""
    logging.getLogger("urllib3").setLevel(logging.NOTSET)
    logging.getLogger("faker").setLevel(logging.WARNING)
    with caplog.at_level(logging.DEBUG):
        yield Left(caplog, str(ledger_engine.url))
