SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3.11
PORT ?= 8000
DATA ?= $(CURDIR)/.data/demo
BIN := .venv/bin
# What this machine installed before from the same list, verified by its hashes then: another clone starts from it, and needs no network.
KEPT := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/gongwu/environment-$(shell cat requirements-dev.txt | sha256sum | cut -c1-16)
# Named after what it was made from: another list of requirements is another set-up.
STAMP := .venv/made-$(shell cat requirements-dev.txt pyproject.toml | cksum | cut -d' ' -f1)

.PHONY: help setup system demo test check fast bench clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(STAMP) ## make the virtual environment in .venv (command: .venv/bin/gongwu)

$(STAMP): requirements-dev.txt pyproject.toml
	@echo "Setting up .venv ..." >&2
	python=$(PYTHON)
	command -v $$python >/dev/null || python=python3
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	[ -x $(BIN)/python ] || { $$python -m venv .venv; bash .ci/environment take "$(KEPT)" .venv; }
	export PIP_DISABLE_PIP_VERSION_CHECK=1
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	bash .ci/environment keep "$(KEPT)" .venv
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	rm -f .venv/made-*
	touch $@

system: ## install what the tests need from Debian (only as root)
	@bash .ci/system

demo: setup ## everything set up, demo data, server in the foreground (PORT=8000 DATA=folder)
	@mkdir -p "$(DATA)"
	exec $(BIN)/gongwu --data-dir "$(DATA)" demo --port "$(PORT)"

test: setup system check ## everything set up, all checks and all tests
	@bash .ci/tests

check: setup ## layout, types and architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

fast: setup ## the tests that need no database and nothing slow: five seconds
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q -m "not postgres and not slow"

bench: setup ## all benchmarks: a table and benchmarks/results.json (TRANSFERS=folder of the real files)
	@$(BIN)/python -m benchmarks $(if $(TRANSFERS),--transfers "$(TRANSFERS)")

clean: ## remove what was made, demo data included
	@rm -rf .venv .data dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
