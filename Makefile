# The only entrance for people and for CI: every target sets up what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# The tests wait for processes and locks more than they compute.
WORKERS ?= 3
READY = $(VENV)/.ready

.PHONY: setup demo check minimum format lint types layers test explore golden faults bench docs clean

setup: $(READY)

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("smartplan needs Python 3.11 or newer: make PYTHON=python3.12 …") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINED) --editable '.[dev]'
	# Real candles for one test, which is skipped without them.
	-$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest $(VENV)/candles backtesting==0.6.6
	touch $(READY)

demo: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash scripts/demo

check: lint types layers test

# The tests with the lowest version of everything that users install.
minimum:
	$(PYTHON) scripts/minimum > .minimum.txt
	$(MAKE) test VENV=.venv-minimum CONSTRAINED='--constraint .minimum.txt'

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

test: setup
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

explore: setup
	EXPLORE=1 $(BIN)/python -m pytest tests/properties tests/unit -q

golden: setup
	$(BIN)/python -m pytest tests/cli --golden

faults: setup
	$(BIN)/python -m tests.faults --write
	FAULTS=1 $(BIN)/python -m pytest tests/faults

bench: setup
	$(BIN)/python -m bench

docs: setup
	$(BIN)/python -m docs.build
	$(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf $(VENV) .venv-minimum .minimum.txt .smartplan dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
