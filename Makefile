# Everything a newcomer needs. Python 3.11 or newer, git and make are enough: Node comes from a wheel.
#
# A finished step leaves a stamp named after the content of what it was made from, inside the folder
# it made. So a second run starts at once, a switched branch rebuilds only what differs, and deleting
# a folder deletes its stamp with it.

VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)

content = $(shell find $(1) -type f -exec cksum {} + 2>/dev/null | LC_ALL=C sort | cksum | tr ' ' '-')
PIP_INSTALL := $(BIN)/python -m pip install --quiet --use-pep517 --require-hashes
NPM_CI := cd frontend && npm ci --no-audit --no-fund --loglevel=error

FRONTEND_SOURCES := frontend/src frontend/public $(wildcard frontend/*.json frontend/*.html frontend/*.js frontend/*.ts)
RUNTIME := $(VENV)/.build-$(call content,deploy/requirements-build.txt)
DEVELOPMENT := $(VENV)/.dev-$(call content,deploy/requirements-dev.txt)
NODE_MODULES := frontend/node_modules/.stamp-$(call content,frontend/package-lock.json)
PAGES := frontend/dist/.stamp-$(call content,$(FRONTEND_SOURCES))

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate $(UPGRADE) pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format openapi bench soak lock clean

help: ## Say what can be made (this)
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(RUNTIME) $(PAGES) ## Install and build what is missing, and no more

run: $(RUNTIME) $(PAGES) ## Set up whatever is missing, then serve on TABLECAST_PORT (8888)
	@exec $(BIN)/python -m backend

test: $(DEVELOPMENT) $(PAGES) ## Lint, unit, HTTP, real-file and browser tests; one closing line
	@exec $(BIN)/python -m tests.everything

lint: $(DEVELOPMENT) $(NODE_MODULES) ## ruff, mypy, eslint, prettier, svelte-check
	@exec $(BIN)/python -m tests.everything lint

format: $(DEVELOPMENT) $(NODE_MODULES) ## Put everything into the one format
	@$(BIN)/ruff check --quiet --fix-only . && $(BIN)/ruff format --quiet .
	@cd frontend && npm run --silent format

openapi: $(DEVELOPMENT) $(NODE_MODULES) ## Write openapi.yaml and docs/asyncapi.yaml from the code, and the TypeScript types
	@mkdir -p build && $(BIN)/python -m backend openapi > build/openapi.yaml && mv build/openapi.yaml openapi.yaml
	@$(BIN)/python -m backend asyncapi > build/asyncapi.yaml && mv build/asyncapi.yaml docs/asyncapi.yaml
	@cd frontend && npm run --silent types

bench: $(DEVELOPMENT) $(PAGES) ## Measure, as ratios within one run
	@exec $(BIN)/python -m tests.bench

soak: $(DEVELOPMENT) $(PAGES) ## The long versions of the seeded tests (TABLECAST_SEED repeats one)
	@exec $(BIN)/pytest --soak --timeout=7200

lock: $(DEVELOPMENT) ## Resolve pyproject.toml into the hashed locks of deploy/ (UPGRADE=--upgrade)
	@$(LOCK) --extra build --extra dev --output-file deploy/requirements-dev.txt
	@$(LOCK) --extra build --constraint deploy/requirements-dev.txt --output-file deploy/requirements-build.txt
	@$(LOCK) --constraint deploy/requirements-dev.txt --output-file deploy/requirements.txt

clean: ## Remove what was built; shares (data/) stay
	@rm -rf $(VENV) build frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find backend tests migrations -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Tablecast needs Python 3.11 or newer: install one, or say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV) && touch $@

$(RUNTIME): | $(VENV)/.made
	@echo "Installing the server's packages and Node (once, about a minute)"
	@$(PIP_INSTALL) -r deploy/requirements-build.txt
	@rm -f $(VENV)/.build-* && touch $@

$(DEVELOPMENT): | $(RUNTIME)
	@echo "Installing the tools for tests"
	@$(PIP_INSTALL) -r deploy/requirements-dev.txt
	@rm -f $(VENV)/.dev-* && touch $@

$(NODE_MODULES): | $(RUNTIME)
	@echo "Installing the packages of the pages"
	@$(NPM_CI)
	@touch $@

$(PAGES): | $(NODE_MODULES)
	@echo "Building the pages"
	@cd frontend && npm run --silent build
	@touch $@
