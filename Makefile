# The commands of this project; `make` alone lists them. Needs Python 3.11 or newer, and nothing else.

VENV := .venv
BIN := $(VENV)/bin

# Runs the first Python that will do, the venv's own before all others; a sentence where there is none.
define python
@for candidate in $(BIN)/python python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		exec $$candidate $(1); \
	fi; \
done; \
here=$$(python3 --version 2>/dev/null || echo none); \
echo "Ciclo needs Python 3.11 or newer with its venv module, and python3 here is $$here:" \
	'apt-get install -y python3 python3-venv (Debian 12, Ubuntu 24.04), or brew install python.' >&2; \
exit 1
endef

# For every platform, with a hash for every file, and without the address that it was asked from. Extras stay:
# without them an older pip that resolves takes up the newest release of what they belong to.
RESOLVE = $(VENV)/uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
	--no-config --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-strip-extras
# The options that leave out of a lock what is in another one.
WITHOUT = --constraint $(1) $$(sed -nE 's/^([a-z0-9][a-z0-9._-]*).*/--no-emit-package \1/p' $(1))

# One test process per core, but no more than four: they share one MongoDB.
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
TEST_PROCESSES := $(shell if [ $(CORES) -gt 4 ]; then echo 4; else echo $(CORES); fi)

.PHONY: help up test deep chaos check bench ledger lock vulnerabilities manifests release clean installed installed-for-tests

help:
	@echo 'make up      set everything up and run the stack with demo data; ARGS="--port 8123 --no-open" go to ciclo up'
	@echo 'make test    set everything up, check the code, run all tests on real servers'
	@echo 'make deep    look for counterexamples to the rules among 50 times as many examples; ARGS go to pytest'
	@echo 'make chaos   ten minutes of faults under load; ARGS="--seed 7 --seconds 60 --no-file" go to tests/chaos/long'
	@echo 'make check   formatting, lint, types, layers, GraphQL schema, licences'
	@echo 'make bench   measure; ARGS go to the benchmarks'
	@echo 'make ledger  play a small business and keep its ledger for the tests of later releases; NAME=1.4.0'
	@echo 'make lock    resolve the dependencies anew into the lock files; ARGS=--upgrade takes newer ones'
	@echo 'make vulnerabilities   look up what is known of the locked packages, and say what could not be looked up'
	@echo 'make manifests   the deploy files against the schemas of Compose, Kubernetes, ECS, Cloud Run and Caddy'
	@echo 'make release   the wheel, the source, the bill of materials and their checksums, in dist'
	@echo 'make clean   remove what was built and installed here; the data of a stack stays'

# Without its pages the stack still starts, and each page says what to run.
up: installed
	@$(BIN)/python -m portal.build --quiet || echo 'Going on without them.'
	@exec $(BIN)/ciclo up $(ARGS)

test: check
	$(BIN)/ciclo assets
	$(BIN)/pytest tests/domain --quiet --cov --cov-report=term
	$(BIN)/pytest --ignore=tests/domain --numprocesses=$(TEST_PROCESSES) --dist=worksteal $(ARGS)

deep: installed-for-tests
	HYPOTHESIS_PROFILE=deep $(BIN)/pytest tests/domain --numprocesses=$(TEST_PROCESSES) --dist=worksteal $(ARGS)

chaos: installed-for-tests
	$(BIN)/python -m tests.chaos.long $(ARGS)

check: installed-for-tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy install.py
	$(BIN)/lint-imports
	$(BIN)/ciclo schema --check
	$(BIN)/python -m supply_chain licences

bench: installed-for-tests
	$(BIN)/python -m tests.benchmarks $(ARGS)

ledger: installed-for-tests
	$(BIN)/python -m tests.ledgers.make tests/ledgers/$(NAME).jsonl.gz

# Nothing to do takes install.py a twentieth of a second, so no stamp of make's can be wrong.
installed:
	$(call python,install.py)

installed-for-tests:
	$(call python,install.py --test)

lock:
	$(call python,-m venv $(VENV)/uv)
	$(VENV)/uv/bin/python -m pip --disable-pip-version-check install --quiet uv
	$(RESOLVE) --extra local --extra build --output-file requirements.lock $(ARGS)
	$(RESOLVE) --extra dev --extra otel $(call WITHOUT,requirements.lock) --output-file requirements-test.lock $(ARGS)
	$(RESOLVE) --constraint requirements.lock --output-file requirements-image.lock
	$(RESOLVE) --extra otel --constraint requirements-test.lock $(call WITHOUT,requirements-image.lock) --output-file requirements-otel.lock
	sed -n '/^vulnerabilities = /s/.*"\(.*\)".*/\1/p' pyproject.toml | $(subst pyproject.toml,-,$(RESOLVE)) --output-file requirements-vulnerabilities.lock $(ARGS)
	sed -n '/^manifests = /{s/.*= \[//;s/\]//;s/", "/\n/g;s/"//g;p;}' pyproject.toml | $(subst pyproject.toml,-,$(RESOLVE)) --output-file requirements-manifests.lock $(ARGS)
	$(RESOLVE) --extra node $(call WITHOUT,requirements.lock) --output-file requirements-node.lock $(ARGS)
	@if grep -nE '://|^--(index|extra|find)' requirements*.lock; then echo 'a lock file names an address'; exit 1; fi

# In an environment of its own, since pip-audit brings a pip along.
vulnerabilities: installed
	@test -x $(VENV)/vulnerabilities/bin/pip-audit || { $(BIN)/python -m venv $(VENV)/vulnerabilities && \
	$(VENV)/vulnerabilities/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes \
		--only-binary=:all: --requirement requirements-vulnerabilities.lock; }
	$(BIN)/python -m supply_chain vulnerabilities

# In an environment of its own, since the schemas are large and nothing else needs them.
manifests: installed
	@test -x $(VENV)/manifests/bin/check-jsonschema || { $(BIN)/python -m venv $(VENV)/manifests && \
	$(VENV)/manifests/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes \
		--only-binary=:all: --requirement requirements-manifests.lock; }
	$(VENV)/manifests/bin/python tests/deploy/schemas.py

release: installed-for-tests
	$(BIN)/ciclo assets
	rm -rf dist
	$(BIN)/hatchling build --directory dist
	$(BIN)/python -m supply_chain sbom dist/ciclo-billing-$$($(BIN)/hatchling version).cdx.json
	cd dist && sha256sum * > SHA256SUMS

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find src portal graphql_schema workers tests -name __pycache__ -type d -prune -exec rm -rf {} +
