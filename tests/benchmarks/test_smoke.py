"""Every benchmark runs to its end with tiny inputs, and its figures come out."""

import pytest

from benchmarks.__main__ import main
from benchmarks.airflow import idle, live, live_beside_history, scheduler
from benchmarks.airflow.standalone import standalone
from benchmarks.catalogue import MODULES, Benchmark
from benchmarks.figures import RESULTS
from tests.amounts import WITH_AIRFLOW
from upflow_provider.stripe_to_upflow.event_feed import feed_filters

TIME_S = ("s", 0.0, 600.0)
MEMORY = ("MB", 20.0, 2_000.0)
SEEDED = ("customers", "invoices", "credit_notes", "payments", "refunds")
"""The streams that the fake Stripe is seeded with records of."""


def exactly(number, unit=""):
    """Return the range that holds one number only."""
    return (unit, number, number)


def of_writes(links, further_links, reads):
    """Return the figures of `writes` for one method of linking."""
    return {
        f"{links}: records loaded": ("", 30, 90),
        **{f"{links}: writes per record, {name}": exactly(1) for name in SEEDED},
        f"{links}: balancing documents for 100 records": ("", 0, 20),
        f"{links}: further requests to link, per document": further_links,
        f"{links}: invoices that the closing check had to look into": exactly(0),
        f"{links}: reads from Upflow": exactly(reads),
        f"{links}: writes of the second load": exactly(0),
        f"{links}: unchanged in the second load": ("", 30, 90),
    }


def of_budget(title, **others):
    """Return the figures of `budget` for one mix of processes."""
    return {
        f"{title}: share of the budget used": ("%", 20.0, 150.0),
        f"{title}: most requests in any 60 s": ("", 5, 600),
        f"{title}: most requests at once": ("", 1, 10),
        f"{title}: answers 429": exactly(0),
    } | {f"{title}: {what}": figure for what, figure in others.items()}


def of_export(way, calls, writes, accounts, *, reads_upflow=False):
    """Return the figures of `export` for one way."""
    return {
        f"{way}: calls that write": exactly(writes),
        f"{way}: calls": exactly(calls),
        f"{way}: Accounts written": exactly(accounts),
        f"{way}: time": TIME_S,
        f"{way}: of it, CPU of its own process": ("s", 0.001, 60.0),
        **({f"{way}: of it, until Upflow was read": TIME_S} if reads_upflow else {}),
        f"{way}: peak memory": MEMORY,
    }


FIGURES = {
    "parsing": {
        "DAGs": exactly(4),
        "files that cannot be parsed": exactly(0),
        "of pandas and stripe, imported while parsing": exactly(0),
        "parsing the DAG folder, beyond Airflow itself": ("s", 0.001, 60.0),
    },
    "writes": of_writes("inline", exactly(0), reads=0) | of_writes("reconcile", ("", 0.5, 1.0), reads=1),
    "changes": {
        "changed: events": exactly(15),
        "changed: records that differ": exactly(5),
        "changed: requests to Upflow, beyond one a record that differs": exactly(0),
        "changed: requests to Stripe for events": exactly(len(feed_filters())),
        "changed: requests to Stripe for invoices": exactly(5),
        "changed: time": TIME_S,
        "paid: events": exactly(10),
        "paid: records that differ": exactly(5),
        "paid: requests to Upflow, beyond one a record that differs": exactly(0),
        "paid: requests to Stripe for events": exactly(len(feed_filters())),
        "paid: requests to Stripe for invoices": exactly(5),
        "paid: requests to Stripe for invoice payments": exactly(5),
        "paid: time": TIME_S,
    },
    "reading": {
        "reading + mapping + deciding": ("records/s of CPU", 10.0, 1e6),
        "typed SDK, listing only": ("records/s of CPU", 10.0, 1e6),
        "ratio": ("", 0.1, 100.0),
    },
    "tables": {
        "lines": exactly(200),
        "size of the file": ("MB", 0.02, 0.05),
        "lines without a problem": exactly(200),
        "csv.DictReader": ("lines/s", 1e3, 1e7),
        "CsvFile": ("lines/s", 1e3, 1e7),
        "check: read, parsed and staged": ("lines/s", 100, 1e7),
        "ratio": ("", 0.001, 10.0),
        "growth of peak memory": ("MB", 0.0, 100.0),
    },
    "memory": {
        "peak memory, 20 invoices": MEMORY,
        "peak memory, 120 invoices": MEMORY,
        "growth": ("MB", 0.0, 100.0),
        "unchanged, of the many": exactly(116),
        "drafts, which are skipped": exactly(4),
        "requests to Upflow": exactly(0),
        "records a second": ("1/s", 1.0, 1e5),
    },
    "export": {
        **of_export("export", calls=4, writes=1, accounts=2, reads_upflow=True),
        **of_export("export, nothing changed", calls=3, writes=0, accounts=0, reads_upflow=True),
        **of_export("SalesforceBulkOperator, all", calls=6, writes=3, accounts=200),
        **of_export("row by row, what changed", calls=2, writes=2, accounts=2),
        "Accounts written, SalesforceBulkOperator / export": exactly(100),
        "calls that write, row by row / export": exactly(2),
        "time, row by row / export": ("", 0.0, 100.0),
        "time, row by row of all / export; extrapolated from what changed": ("", 0.0, 10_000.0),
        "time, SalesforceBulkOperator / export without its reading of Upflow": ("", 0.0, 1_000.0),
    },
    "budget": {
        **of_budget("three processes", **{f"requests of process {number}": ("", 1, 60) for number in (1, 2, 3)}),
        **of_budget(
            "one live, two history",
            **{
                "live requests": ("", 3, 60),
                "wait of live work, median": ("ms", 0.0, 60_000.0),
                "wait of live work, longest": ("ms", 0.0, 60_000.0),
            },
        ),
    },
    "pdfs": {
        "PDFs uploaded": ("", 8, 14),
        "uploads per PDF": exactly(1),
        "PDFs a minute": ("", 5.0, 6_000.0),
        "live requests": ("", 3, 60),
        "wait of live work, median": ("ms", 0.0, 60_000.0),
        "wait of live work, 95th percentile": ("ms", 0.0, 60_000.0),
        "most requests in any 60 s": ("", 10, 600),
        "answers 429": exactly(0),
    },
    "scheduler": {
        "writes": ("", 5, 50),
        "from the first to the last write": TIME_S,
        "share of the budget used, from the first to the last write": ("%", 0.1, 101.0),
        "pauses over 1 s between two writes": ("", 0, 20),
        "pauses over 1 s, together": TIME_S,
        "most requests in any 60 s": ("", 2, 100),
        "answers 429": exactly(0),
        "writes per document that Upflow holds": exactly(1),
    },
    "idle": {
        "requests to Stripe, a run": ("", 1.0, len(feed_filters())),
        "requests to Upflow, a run": exactly(0),
        "time of a run, median": TIME_S,
        "time of a run, longest": TIME_S,
    },
    "live": {
        "changes that arrived": exactly(4),
        "from Stripe to Upflow, median": ("s", 2.0, 600.0),
        "from Stripe to Upflow, 95th percentile": ("s", 2.0, 600.0),
        "from Stripe to Upflow, longest": ("s", 2.0, 600.0),
        "runs": ("", 2, 20),
    },
}
FIGURES["beside"] = FIGURES["live"] | {"months under way at the end": ("", 0, 2), "exports": ("", 1, 10)}
"""Unit, least and greatest number of every figure of a smoke run."""
UNDER_AIRFLOW = {"scheduler": scheduler, "idle": idle, "live": live, "beside": live_beside_history}


def check(name, figures):
    """Assert that these are the figures of a benchmark; `budget` names the database first."""
    found = {each.what.removeprefix("PostgreSQL: ").removeprefix("SQLite: "): each for each in figures}
    assert {what: each.unit for what, each in found.items()} == {
        what: unit for what, (unit, _, _) in FIGURES[name].items()
    }
    for what, (_, least, greatest) in FIGURES[name].items():
        assert least <= found[what].measured <= greatest, f"{what}: {found[what].shown}"


@pytest.fixture(scope="module")
def airflow():
    """Run one Airflow for all benchmarks that need one, each with an organization of its own."""
    settings = {scheduler.NAME: scheduler.SETTINGS, idle.NAME: idle.SETTINGS, live.NAME: live.SMOKE.settings}
    settings[live_beside_history.NAME] = live_beside_history.SMOKE.settings
    with standalone(settings) as running:
        yield running


def test_all_benchmarks_are_checked():
    """A new benchmark without expected figures would be run by nobody."""
    assert FIGURES.keys() == MODULES.keys()


@pytest.mark.parametrize("name", MODULES)
def test_a_benchmark_says_what_its_figures_mean_and_how_long_it_takes(name):
    """`make bench` prints the description before it measures."""
    assert "\nTakes about " in Benchmark(name).description


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODULES if name not in UNDER_AIRFLOW])
def test_a_benchmark_runs_to_its_end(name):
    """A change in the package that breaks a benchmark turns this red."""
    check(name, Benchmark(name).run(is_smoke=True))


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.skipif(not WITH_AIRFLOW, reason="starts a real Airflow: make soak, or make bench ARGS=--smoke")
@pytest.mark.xdist_group("airflow")  # one worker starts Airflow, once
@pytest.mark.parametrize("name", UNDER_AIRFLOW)
def test_a_benchmark_under_airflow_runs_to_its_end(airflow, name):
    """The same, with whole runs of the shipped DAGs."""
    benchmark = UNDER_AIRFLOW[name]

    check(name, benchmark.measure(airflow, benchmark.SMOKE))


def test_a_smoke_run_shows_its_figures_and_saves_none(capsys):
    """Figures of tiny inputs must not replace measured ones."""
    before = {path: path.stat().st_mtime for path in RESULTS.glob("*")}

    main(["--smoke", "reading"])

    assert "typed SDK, listing only" in capsys.readouterr().out
    assert {path: path.stat().st_mtime for path in RESULTS.glob("*")} == before
