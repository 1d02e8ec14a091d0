# make demo    from nothing to Stripe's history in Upflow, on this machine, with fake vendors (EXIT=1: end when done)
# make test    everything that CI runs
# make bench   the figures in README.md, measured again (ARGS=reading: that one; ARGS=--smoke: all with tiny inputs, to see them run)
# make mutants errors planted in the product one at a time: the tests of money must catch each

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

# Thousands of random histories: counting lines would take three times as long, and named cases reach the same ones.
TOLD := tests/stripe_to_upflow/simulator/test_histories.py tests/stripe_to_upflow/simulator/test_simulator.py

.PHONY: demo test lint types unit bench mutants format clean

demo: $(INSTALLED)
	$(BIN)/python -m demo $(if $(EXIT),--exit)

test: lint types unit

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ruff check --preview --select AIR .

types: $(INSTALLED)
	$(BIN)/mypy

unit: $(INSTALLED)
	$(BIN)/coverage erase
	$(BIN)/pytest --numprocesses 2 $(TOLD) $(ARGS)
	$(BIN)/pytest --numprocesses 2 --cov --cov-report=term $(addprefix --ignore=,$(TOLD)) $(ARGS)

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
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .airflow .coverage .coverage.* build dist
