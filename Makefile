# The only entrance for people and for CI: every target sets up what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# The tests wait for processes and locks more than they compute.
WORKERS ?= 4
READY = $(VENV)/.ready
# The versions that are installed: what was tested, until `make lock` or `make upgrade` says otherwise.
LOCK = requirements/dev.txt
CONSTRAINTS ?= $(LOCK)
CONSTRAINED = $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS))
BUILT = $(if $(CONSTRAINTS),--build-constraint $(CONSTRAINTS))
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
LOCKER = .venv-lock
BUILDING = $(if $(CONSTRAINTS),PIP_CONSTRAINT=$(abspath $(CONSTRAINTS)))
SMOKE = .venv-smoke
# What the tests install into folders of their own is the same too.
ISOLATED = $(if $(CONSTRAINTS),PIP_CONSTRAINT=$(abspath $(CONSTRAINTS)) PIP_BUILD_CONSTRAINT=$(abspath $(CONSTRAINTS)))

.PHONY: setup demo pictures dist smoke sbom release upload check minimum newest lock upgrade services postgres chromium neovim clients vscode vscode-picture format lint types layers \
  test explore golden faults bench docs clean

setup: $(READY)

$(READY): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -c 'import sys; sys.exit("smartplan needs Python 3.11 or newer: make PYTHON=python3.12 …") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade $(CONSTRAINED) pip
	$(PIP) install $(CONSTRAINED) $(BUILT) --editable '.[dev]'
	# Real candles for some tests, which are skipped without them.
	-$(PIP) download --no-deps --dest $(VENV)/candles backtesting==0.6.6
	-$(PIP) download --no-deps --dest $(VENV)/candles octobot==2.0.15
	touch $(READY)

# After a change in pyproject.toml: what it does not concern stays at its version.
lock: $(LOCKER)/bin/uv
	$(LOCKER)/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --extra dev $(NEWER) \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	  --output-file $(LOCK) pyproject.toml requirements/installers.in

upgrade:
	$(MAKE) lock NEWER=--upgrade

$(LOCKER)/bin/uv: $(wildcard $(LOCK))
	$(PYTHON) -m venv $(LOCKER)
	$(LOCKER)/bin/python -m pip --quiet --disable-pip-version-check install $(addprefix --constraint ,$(wildcard $(LOCK))) uv
	touch $@

demo: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash scripts/demo

# Pictures of real runs, for the README.
pictures: setup
	$(BIN)/python -m docs.pictures

# What others install, built once.
dist: setup
	rm -rf dist
	$(BUILDING) $(BIN)/python -m build --outdir dist .

# The wheel alone in an environment of its own, with the versions that were tested: it does the main job.
smoke: dist
	rm -rf $(SMOKE)
	$(PYTHON) -m venv $(SMOKE)
	$(SMOKE)/bin/python -m pip --quiet --disable-pip-version-check install $(CONSTRAINED) dist/*.whl
	cd $(SMOKE) && bin/python -I -m smartplan --version
	PATH="$(CURDIR)/$(SMOKE)/bin:$$PATH" bash scripts/demo

sbom: smoke
	$(SMOKE)/bin/python -I scripts/sbom smartplan > dist/sbom.cdx.json

release:
	$(PYTHON) scripts/release "$(TAG)"
	$(MAKE) sbom

# Distributions without what describes them: FROM and TO are folders.
upload:
	mkdir -p $(TO)
	cp $(FROM)/smartplan-* $(TO)

check: services clients vscode lint types layers test

# The tests with the lowest version of everything that users install.
minimum:
	$(PYTHON) scripts/minimum > .minimum.txt
	$(MAKE) test VENV=.venv-minimum CONSTRAINTS=.minimum.txt

# The tests with the newest of everything; what it is that differs from the lock stands at the end.
newest:
	rm -rf .venv-newest
	$(MAKE) test VENV=.venv-newest CONSTRAINTS= && failed=0 || failed=$$?; \
	  .venv-newest/bin/python scripts/moved $(LOCK); exit $$failed

# Other programs, which some tests need and are skipped without: the only targets that install
# anything outside of this folder, and only as root (or `sudo -n`) by Debian's packages.
services: postgres chromium neovim

postgres:
	bash scripts/postgres install

chromium:
	bash scripts/chromium install

neovim:
	bash scripts/neovim install

# Clients that other people wrote, into `.clients`; some tests run them against the sandbox.
clients: setup
	bash scripts/clients $(BIN)/python

# The extension for Visual Studio Code, where node is: editors/vscode/smartplan.vsix.
vscode:
	bash scripts/vscode

# Its picture, from a real session.
vscode-picture: setup vscode
	cd editors/vscode && PATH="$(CURDIR)/$(BIN):$$PATH" npm run picture

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
	$(ISOLATED) $(BIN)/python -m pytest --numprocesses $(WORKERS)

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
	rm -rf .venv .venv-* $(VENV) .minimum.txt .smartplan dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache .clients editors/vscode/node_modules editors/vscode/dist editors/vscode/smartplan.vsix
