# Needs Python 3.11 or newer, make and git; everything else is installed into .venv.

BIN := .venv/bin
CANDIDATES := python3.14 python3.13 python3.12 python3.11 python3
IS_FIT := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in $(CANDIDATES); do $$name -c '$(IS_FIT)' >/dev/null 2>&1 && { echo $$name; break; }; done)
UV_VERSION := $(shell awk '/^name = "uv"$$/ { getline; gsub(/[^0-9.]/, ""); print }' uv.lock)

export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV

.PHONY: help install demo test test-all lint types bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

install: .venv/.synced ## make .venv and install everything in uv.lock into it

demo: install ## check two real functions, one of them with its servers, and say what to change
	@$(BIN)/headstart check examples/orders --runs 5 --output headstart-report/orders
	@$(BIN)/headstart check examples/invoice

test: install ## run the fast tests
	@$(BIN)/pytest

test-all: install ## run every test, the slow ones too
	@$(BIN)/pytest -m "slow or not slow"

lint: install ## check format, rules, the direction of imports and the budgets
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest tests/architecture

types: install ## check types, strictly
	@$(BIN)/mypy
	@$(BIN)/mypy --python-version 3.10 kit/src/headstart_kit
	@$(BIN)/mypy src/headstart/engine/guest/*.py
	@$(BIN)/mypy src/headstart/engine/spawn/*.py
	@$(BIN)/mypy src/headstart/optimize/guest/*.py

bench: install ## run every script in bench/ and bench/rules/, one after the other
	@set -e; for script in $$(grep -l '^if __name__ == ' bench/*.py bench/rules/*.py); do \
		echo "== $$script"; $(BIN)/python "$$script"; done

clean: ## remove .venv, caches and reports
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache headstart-report dist build
	@find . -type d -name __pycache__ -prune -exec rm -rf {} +

.venv/.synced: pyproject.toml kit/pyproject.toml uv.lock
	@if ! $(BIN)/python -c 'import pip; $(IS_FIT)' 2>/dev/null; then \
		if ! '$(PYTHON)' -c '$(IS_FIT)' 2>/dev/null; then \
			echo "No Python 3.11 or newer with venv found (looked for: $(if $(PYTHON),$(PYTHON),$(CANDIDATES)))." >&2; \
			echo "Install one (Debian: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3.12" >&2; \
			exit 1; \
		fi; \
		echo "Making .venv with $$('$(PYTHON)' --version)"; \
		'$(PYTHON)' -m venv --clear .venv; \
	fi
	@$(BIN)/uv --version 2>/dev/null | grep -q '^uv $(UV_VERSION)' || $(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@$(BIN)/uv sync --locked --quiet --all-extras --python $(BIN)/python
	@touch $@
