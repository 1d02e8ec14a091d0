# make demo    from nothing to Stripe's history in Upflow, on this machine, with fake vendors (EXIT=1: end when done)
# make test    everything that CI runs
# make coverage  the tests once more, which takes up to twice as long, and the lines that none of them reaches
# make docs    the documentation as a site, in site/, every link checked
# make bench   the figures of docs/figures.md, measured again (ARGS=reading: that one; ARGS=--smoke: all with tiny inputs, to see them run)
# make soak    ten times as many random histories, worlds, kills and pairs of troubles as make test; schedules: a hundred times (SEED=20260301: again)
# make mutants errors planted in the product one at a time: the tests of money, or the explorer of schedules, must catch each

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
# Three processes for two cores: some tests wait for other processes most of the time.
PYTEST := $(BIN)/pytest --numprocesses 3 --dist worksteal
SEED ?= $(shell date +%Y%m%d)

# Tests start Python hundreds of times, which takes twice as long where every import compiles its source.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint types docs unit coverage soak bench mutants format clean

demo: $(INSTALLED)
	$(BIN)/python -m demo $(if $(EXIT),--exit)

test: $(INSTALLED)
	$(MAKE) --jobs=2 --output-sync=target lint types docs
	$(MAKE) unit

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ruff check --preview --select AIR .
	$(BIN)/lint-imports

types: $(INSTALLED)
	$(BIN)/mypy

docs: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

unit: $(INSTALLED)
	$(PYTEST) $(ARGS)

# Python 3.11 runs up to twice as long while lines are counted; no test depends on the count.
coverage: $(INSTALLED)
	$(BIN)/coverage erase
	$(PYTEST) --cov --cov-report=term $(ARGS)

soak: $(INSTALLED)
	UPFLOW_TEST_TIMES=10 UPFLOW_TEST_SEED=$(SEED) $(PYTEST) -m soak $(ARGS)

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(ARGS)

mutants: $(INSTALLED)
	$(BIN)/python -m tests.mutants

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# constraints.txt: the versions that CI tests. Users of the package get the ranges of pyproject.toml.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) site .airflow .coverage .coverage.* build dist
