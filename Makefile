# Few verbs; `make` alone lists them. Needs Python 3.11 or newer, and nothing installed.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-cluster check bench format messages lock clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Only what the lock file names, by hash, and ready-made: nothing is compiled, no set-up code runs.
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

run: .venv/run.stamp ## a demo school on this machine: http://127.0.0.1:8000/ (PORT=8001 for another)
	@exec $(BIN)/python scripts/demo

test: .venv/test.stamp ## everything: lint, types, contracts, the whole suite on SQLite and PostgreSQL
	@exec scripts/test

test-cluster: .venv/test.stamp ## several machines in this one, some of which die while people come: ten minutes at most (root)
	@scripts/cluster-tools
	@exec $(BIN)/python -m cluster

check: .venv/test.stamp ## the part of `make test` that opens no database: seconds
	@exec scripts/check

bench: .venv/run.stamp .venv/bench.stamp ## how fast it is: a table, and benchmarks/latest.json (PARTS=redeem,sheets,page,lock,timing, SIZES=1,10,100)
	@PARTS='$(PARTS)' SIZES='$(SIZES)' SYNC=on exec scripts/with-postgres $(BIN)/python -m benchmarks

format: .venv/test.stamp ## format and sort the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: .venv/test.stamp ## bring the French and Spanish texts up to the code (needs GNU gettext)
	@exec $(BIN)/python scripts/messages

lock: .venv/test.stamp ## write the lock files from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(LOCK) --output-file requirements/run.lock
	$(LOCK) --group test --constraints requirements/run.lock --output-file requirements/test.lock
	$(LOCK:pyproject.toml=) --group bench --output-file requirements/bench.lock

clean: ## remove what the other verbs made, except the demo school in var/
	rm -rf .venv .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find benchmarks classkey cluster tests -name __pycache__ -prune -exec rm -rf {} +

# One lock for every platform; no address of any index gets in (tests/test_house.py looks).
LOCK = $(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make lock' $(UPGRADE)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Classkey needs Python 3.11 or newer, and found none." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Classkey needs Python 3.11 or newer; $$($(PYTHON) -V) is older. Name another: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "This Python lacks its venv module (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

.venv/run.stamp: requirements/run.lock | $(BIN)/python
	@echo "Installing what Classkey needs into .venv ..."
	@$(INSTALL) requirements/run.lock
	@touch $@

.venv/test.stamp: requirements/test.lock | $(BIN)/python
	@echo "Installing what the tests need into .venv ..."
	@$(INSTALL) requirements/test.lock
	@touch $@ .venv/run.stamp

# Apart from the rest: Classkey does not need them, nor do its tests.
.venv/bench.stamp: requirements/bench.lock | $(BIN)/python
	@echo "Installing what the benchmarks measure sheets against into .venv/bench ..."
	@$(PYTHON) -m venv --clear .venv/bench
	@$(INSTALL:$(BIN)/%=.venv/bench/bin/%) requirements/bench.lock
	@touch $@
