# The commands of this project; `make` alone lists them. Needs Python 3.11 or newer, and nothing else.

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := $(VENV)/packages.stamp
INSTALLED := $(VENV)/installed.stamp
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

# For every platform, with a hash for every file, and without the address that it was asked from.
RESOLVE := $(VENV)/uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
	--no-config --no-header --no-annotate --no-emit-index-url --no-emit-find-links

# What the build hook turns into the web pages' files.
WEB_SOURCES := $(shell find src/portal src/ciclo/portal -type f -not -path '*/node_modules/*' -not -name graphql-env.d.ts 2>/dev/null)

# One test process per core, but no more than four: they share one MongoDB.
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
TEST_PROCESSES := $(shell if [ $(CORES) -gt 4 ]; then echo 4; else echo $(CORES); fi)

.PHONY: help up test check bench lock clean

help:
	@echo 'make up      set everything up and run the stack with demo data; ARGS="--port 8123 --no-open" go to ciclo up'
	@echo 'make test    set everything up, check the code, run all tests on real servers'
	@echo 'make check   formatting, lint, types, layers, GraphQL schema'
	@echo 'make bench   measure; ARGS go to the benchmarks'
	@echo 'make lock    resolve the dependencies anew into the lock files; ARGS=--upgrade takes newer ones'
	@echo 'make clean   remove what was built and installed here; the data of a stack stays'

up: $(INSTALLED)
	@exec $(BIN)/ciclo up $(ARGS)

test: check
	$(BIN)/pytest tests/domain --quiet --cov --cov-report=term
	$(BIN)/pytest --ignore=tests/domain --numprocesses=$(TEST_PROCESSES) --dist=worksteal $(ARGS)

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/ciclo schema --check

bench: $(INSTALLED)
	$(BIN)/python -m tests.benchmarks $(ARGS)

lock: $(BIN)/python
	$(BIN)/python -m venv $(VENV)/uv
	$(VENV)/uv/bin/python -m pip --disable-pip-version-check install --quiet uv
	$(RESOLVE) --all-extras --output-file requirements.lock $(ARGS)
	$(RESOLVE) --constraint requirements.lock --output-file requirements-image.lock
	@if grep -nE '://|^--(index|extra|find)' requirements*.lock; then echo 'a lock file names an address'; exit 1; fi

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find src graphql_schema workers tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): $(PACKAGES) pyproject.toml $(wildcard hatch_build.py) $(WEB_SOURCES)
	@echo 'Installing Ciclo and building its pages ...'
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(PACKAGES): requirements.lock | $(BIN)/python
	@echo 'Installing packages, once: about a minute ...'
	@$(PIP) install --quiet --require-hashes --requirement requirements.lock
	@touch $@

$(BIN)/python:
	@for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "$$($$candidate --version), $$(uname -s) $$(uname -m)"; \
			exec $$candidate -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "Ciclo needs Python 3.11 or newer with its venv module; here is $$(python3 --version 2>&1)."; \
	echo '  try: apt-get install -y python3 python3-venv (Debian 12, Ubuntu 24.04), or brew install python'; \
	exit 1
