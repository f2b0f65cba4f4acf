# Two commands: `make preview` shows the resources of an environment, `make test` runs every check.
# Both set up .venv first, from the locked requirements: with uv where it is installed, with venv and pip where it isn't.

STACK ?= dev
PYTHON ?= python3
UV ?= $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
# Where the Pulumi CLI is, the tests run it with the policy pack.
ENGINE := $(if $(shell command -v pulumi 2>/dev/null),policy/.venv/.ready)

ifeq ($(UV),)
install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check
else
install = $(UV) pip install --quiet --compile-bytecode --python $(1)/bin/python
endif
INSTALL := $(call install,.venv)

# Images of containers set it; each preview and each process of the tests would compile the library again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup preview up test lint types unit random fix component bench schema docs dashboards lock clean

help: ## Print this list.
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready ## Set up .venv; the other commands do so by themselves.

preview: .venv/.ready ## Preview a stack offline: make preview STACK=prod
	@$(BIN)/groundplan preview --stack $(STACK)

up: .venv/.ready ## `pulumi up` of STACK, then `groundplan verify`: is it healthy?
	pulumi up --stack $(STACK)
	$(BIN)/groundplan verify $(STACK)

.PHONY: pack
pack: policy/.venv/.ready ## Set up the policy pack, for pulumi preview --policy-pack policy/

# mypy has one process: beside pytest's, no core is idle.
test: .venv/.ready-dev ## Run every check: ruff, mypy, pytest.
	+@$(MAKE) --no-print-directory --jobs=2 lint types unit

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The documentation's blocks in the same run: most of its time are the SDKs, which both import.
types: .venv/.ready-dev
	$(BIN)/python tools/documented_python.py build/documented
	$(BIN)/mypy components/groundplan infra rehearsal tests build/documented

unit: .venv/.ready-dev $(ENGINE) ## Run the tests; of one package: make unit PACKAGE=serving
	$(BIN)/pytest --numprocesses auto --dist worksteal --quiet $(if $(PACKAGE),tests/$(PACKAGE))

random: .venv/.ready-dev ## Register random settings, EXAMPLES of them (2000): CI runs it at night.
	GROUNDPLAN_EXAMPLES=$(or $(EXAMPLES),2000) $(BIN)/pytest --quiet tests/infra/test_random_settings.py

fix: .venv/.ready-dev ## Format the code, sort imports, apply ruff's fixes.
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

component: .venv/.ready-dev ## Create a component's package: make component NAME=FeatureStore
	$(BIN)/python tools/new_component.py "$(NAME)"

.PHONY: rehearse
rehearse: .venv/.ready-dev ## A model's whole life on this machine, without an account: build/rehearsal.html
	@PYTHONPATH=tests/strategies $(BIN)/python -m rehearsal

bench: .venv/.ready-dev ## Measure time and memory of the preview against the bare SDK.
	PYTHONPATH=tests/engine $(BIN)/python tests/benchmark/bench.py

schema: .venv/.ready ## Generate the JSON schemas: settings for editors, components for Pulumi.
	$(BIN)/python infra/schema.py
	$(BIN)/python -m groundplan.plugin components/schema.json

docs: .venv/.ready ## Generate docs/reference.md, settings.md, cli.md, rules.md and the README's excerpt.
	$(BIN)/python docs/generate.py

.PHONY: openapi client
openapi: .venv/.ready-dev ## Generate docs/openapi.json, the document of the API.
	$(BIN)/python -m groundplan.api.openapi docs/openapi.json

client: .venv/.ready-dev ## Generate the API's Python client: build/groundplan-client
	$(BIN)/python tools/generate_client.py build/groundplan-client

dashboards: .venv/.ready-dev ## Generate Grafana's dashboards with its SDK.
	cd tools/dashboards && ../../$(BIN)/python generate_dashboards.py

# Renovate repeats the command in each lock's header, which therefore has options with `=` and no line of its own.
lock: ## Resolve requirements*.in into requirements*.txt: exact versions, hashes, no index. Needs uv.
	$(UV) pip compile --quiet --universal --python-version=3.11 --generate-hashes --no-emit-index-url \
		requirements.in --output-file=requirements.txt
	$(UV) pip compile --quiet --universal --python-version=3.11 --generate-hashes --no-emit-index-url \
		requirements-dev.in --output-file=requirements-dev.txt
	$(UV) pip compile --quiet --universal --python-version=3.11 --generate-hashes --no-emit-index-url \
		policy/requirements.in --output-file=policy/requirements.txt
	$(UV) pip compile --quiet --universal --python-version=3.13 --generate-hashes --no-emit-index-url \
		requirements-monitoring.in --output-file=requirements-monitoring.txt
	$(UV) pip compile --quiet --universal --python-version=3.13 --generate-hashes --no-emit-index-url \
		requirements-images.in --output-file=requirements-images.txt

# The wheels of Lambda's Python 3.13 on arm64, whatever this machine is. Files have one date: equal locks, equal archives.
layer: .venv/.created ## Pack the Lambda layer of model monitoring: build/monitoring-layer.zip
	@rm -rf build/layer build/monitoring-layer.zip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: \
		--python-version 3.13 --implementation cp --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 \
		--platform manylinux2014_aarch64 --no-compile --target build/layer/python -r requirements-monitoring.txt
	@rm -rf build/layer/python/bin
	@find build/layer -type d -name tests -prune -exec rm -rf {} +
	@$(BIN)/python tools/pack_layer.py build/layer build/monitoring-layer.zip

clean: ## Remove what the other commands created.
	rm -rf .venv policy/.venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/.created policy/.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Groundplan needs Python 3.11 or newer. Fix: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
ifeq ($(UV),)
	@$(PYTHON) -m venv $(@D)
else
	@# --seed: the Pulumi CLI asks the environment's own pip what is installed.
	@$(UV) venv --quiet --seed --allow-existing --python $(PYTHON) $(@D)
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

policy/.venv/.ready: policy/.venv/.created policy/requirements.txt components/pyproject.toml
	@echo 'Setting up policy/.venv (once)...' >&2
	@$(call install,policy/.venv) --require-hashes -r policy/requirements.txt
	@# The rules import nothing but the standard library.
	@$(call install,policy/.venv) --no-deps --no-build-isolation --editable components
	@touch $@
