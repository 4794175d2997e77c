# Two targets are all there is to know: `make demo` and `make test`. Each makes .venv when it is missing and
# installs what it needs from the hashed lists; run again, it goes straight to work.
# Another Python: make demo PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test deep faults fuzz soak lint check docs bench requirements clean

help:
	@echo "make demo   set up, start a local Neo4j, and show a worked example on an invented province"
	@echo "make test   set up, and run every check and test"
	@echo "make deep   the random tests and those of kills, many times each (docs/testing.md)"
	@echo "make faults a thousand faults on the wire, a server that stands still, a full disk (docs/reliability.md), an hour"
	@echo "make fuzz   ten thousand requests that a machine thinks of"
	@echo "make soak   half an hour of mixed questions: does memory grow?"
	@echo "make lint   the checks without the tests"
	@echo "make bench  the comparisons of benchmarks/README.md, about ten minutes"
	@echo "make docs   remake the generated pages of docs/: schema, rules, coverage, sources, commands, api, settings"
	@echo "make clean  delete .venv and caches; local graphs stay (creditgraph db reset deletes one)"

demo: .venv/.demo
	@$(BIN)/creditgraph demo

# A part of them: make test TESTS='-m "not graph"'
test: check
	$(BIN)/pytest -q --durations=15 --durations-min=2 $(TESTS)

deep: .venv/.test
	DEEP=1 $(BIN)/pytest -q --durations=15 -m deep $(TESTS)

# The full disk needs root and Linux.
faults: .venv/.test
	$(BIN)/python -m tests.support.faults $(or $(TIMES),1000)
	$(BIN)/python -m tests.support.still
	$(BIN)/python -m tests.support.disks $(or $(DISKS),20)

fuzz: .venv/.test
	$(BIN)/python -m tests.support.fuzz $(or $(TIMES),10000)

soak: .venv/.test
	$(BIN)/python -m tests.support.soak $(or $(MINUTES),30)

lint: check
	$(BIN)/pytest -q tests/test_docs.py

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check
	$(BIN)/lint-imports

docs: .venv/.test
	$(BIN)/python -m graph_model.docs.pages
	$(BIN)/python -m graph_model.docs.coverage
	$(BIN)/python -m loaders.docs
	$(BIN)/python -m api.docs

bench: .venv/.test
	$(BIN)/python -m benchmarks.loading
	$(BIN)/python -m benchmarks.derivation
	$(BIN)/python -m benchmarks.incremental
	$(BIN)/python -m benchmarks.exposure
	$(BIN)/python -m benchmarks.person_candidates

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environment ------------------------------------------------------------------------------------------

$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "There is no $(PYTHON) here. Install Python 3.11, 3.12 or 3.13, or name it: make demo PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo "creditgraph needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$("$(PYTHON)" -V 2>&1)." >&2; \
	  echo "If you have another one, name it: make demo PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear .venv || { rm -rf .venv; \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# A .venv that was made by a tool without pip gets one.
define install
	@echo "Installing Python packages into .venv (once, a minute or two) ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install -q --require-hashes -r $(1)
	@$(BIN)/python -m pip install -q --no-build-isolation --no-deps -e .
	@$(BIN)/python -m compileall -q api creditgraph graph_model loaders queries
	@touch $@
endef

.venv/.demo: requirements.txt pyproject.toml | $(BIN)/python
	$(call install,requirements.txt)

.venv/.test: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.txt)
	@touch .venv/.demo

# --- for maintainers --------------------------------------------------------------------------------------

# Needs uv (https://docs.astral.sh/uv/). The lists name no index: pip asks the one that it is set to.
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --no-annotate --quiet
requirements:
	$(COMPILE) --extra local --extra build -o requirements.txt
	$(COMPILE) --all-extras -c requirements.txt -o requirements-dev.txt
