# Two commands: `make preview` shows what an environment is made of, `make test` runs every check.
# Both set up .venv first, from the locked requirements: with uv where it is installed, with venv and pip where it isn't.

STACK ?= dev
PYTHON ?= python3
UV ?= $(shell command -v uv 2>/dev/null)
BIN := .venv/bin

ifeq ($(UV),)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
else
INSTALL := $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python
endif

.PHONY: help setup preview up test lint types unit bench schema docs lock clean

help: ## This list.
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready ## Make .venv; the other commands do so by themselves.

preview: .venv/.ready ## Preview a stack offline: make preview STACK=prod
	@$(BIN)/groundplan preview --stack $(STACK)

up: .venv/.ready ## `pulumi up` of STACK, then `groundplan verify`: is what was made well?
	pulumi up --stack $(STACK)
	$(BIN)/groundplan verify $(STACK)

test: lint types unit ## Every check: ruff, mypy, pytest.

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.ready-dev
	$(BIN)/mypy

unit: .venv/.ready-dev
	$(BIN)/pytest --numprocesses auto --quiet

bench: .venv/.ready-dev ## Time and memory of the preview, against the bare SDK.
	PYTHONPATH=tests/engine $(BIN)/python tests/benchmark/bench.py

schema: .venv/.ready ## Write the JSON schemas: of the settings for editors, of the components for Pulumi.
	$(BIN)/python infra/schema.py
	$(BIN)/python -m groundplan.plugin components/schema.json

docs: .venv/.ready ## Write docs/reference.md from the docstrings.
	$(BIN)/python docs/generate.py

lock: ## Resolve requirements*.in into requirements*.txt: exact versions, hashes, no index. Needs uv.
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		requirements.in --output-file requirements.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		requirements-dev.in --output-file requirements-dev.txt

clean: ## Remove what the other commands made.
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Groundplan needs Python 3.11 or newer. Fix: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
ifeq ($(UV),)
	@$(PYTHON) -m venv .venv
else
	@# --seed: the Pulumi CLI asks the environment's own pip what is installed.
	@$(UV) venv --quiet --seed --allow-existing --python $(PYTHON) .venv
endif
	@touch $@

.venv/.ready: .venv/.created requirements.txt components/pyproject.toml
	@echo 'Setting up .venv (once, under a minute)...' >&2
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable components
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.txt
	@echo 'Adding the checks to .venv (once)...' >&2
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@
