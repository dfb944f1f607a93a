# Two commands: `make serve` and `make test`. Both set everything up first; the second call finds it done.

PYTHON ?= python3
# Another Python gets an environment of its own: make test PYTHON=python3.12
ifeq ($(PYTHON),python3)
VENV   := .venv
else
VENV   := .venv-$(notdir $(PYTHON))
endif
BIN    := $(VENV)/bin
EXTRAS ?= all,test
DEMO   ?= 1
LAB    ?=
ARGS   ?=
SET_UP := $(PYTHON) tools/set_up.py --venv $(VENV) --extras $(EXTRAS)

# Peers that benchmarks compare with pin other versions than ours: they live apart.
SPIKING_PEERS := brian2==2.9.0 cython setuptools nest-simulator==3.10.0 'numpy<2.4'
FEDERATED_PEERS := 'flwr[simulation]==1.41.0' torch==2.13.0 numpy

# The folders of one lab's tests, or words that there are none.
tests_of = $(or $(wildcard tests/*/$(1) tests/*/$(1)_*),$(error LAB=$(1) has no tests; there are $(notdir $(wildcard src/quintant/labs/[a-z]*))))

.PHONY: help install serve demo test verify bench faults mutants lint format generated web web-types clean

help:
	@echo "make serve     set up, run the main job to a visible result, serve on 127.0.0.1:8000 (DEMO=0: only serve)"
	@echo "make test      set up, run the tests; LAB=chip: one lab's; PYTHON=python3.12: with another Python"
	@echo "make install   set up only: everything pinned in .venv, kernels compiled"
	@echo "make verify    the science at full length (a few minutes)"
	@echo "make bench     measure the engines beside their peers"
	@echo "make faults    faults put in by hand: do the tests see them? (a minute)"
	@echo "make mutants   faults put in by a machine: do the tests see them? (some twenty minutes)"
	@echo "make lint      ruff and mypy"
	@echo "make generated write the sources that are made from others: the asynchronous SDK"
	@echo "make web       build the dashboard (web/, needs Node 20.19 or later) into the package"

install:
	@$(SET_UP) all

# What the main job needs, the job itself, then the server; the rest is installed beside it.
serve:
	@$(SET_UP) base
ifneq ($(DEMO),0)
	@$(MAKE) --no-print-directory demo
endif
	@$(SET_UP) rest --detach
	@$(BIN)/quintant serve $(ARGS)

demo:
	@$(SET_UP) base
	@$(BIN)/quintant run optical --preset deeprmsa-nsfnet --seeds 10 --fresh

test: install
ifeq ($(LAB),)
	@$(BIN)/python tests/browser/chromium.py
# The browser's apart: its driver leaves an event loop running in the process, and it wants the machine for itself; a file
# stays with one worker, whose servers and tabs its tests share.
	@failed=0; \
	$(BIN)/python -m pytest -n 2 -m "not slow" --ignore tests/browser $(ARGS) || failed=1; \
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/browser $(ARGS) || failed=1; \
	exit $$failed
else
	@$(BIN)/python -m pytest -n 2 -m "not slow" $(call tests_of,$(LAB)) $(ARGS)
	@$(BIN)/python -m pytest -n 2 tests/unit/house/test_conformance.py -k $(LAB) $(ARGS)
endif

verify: install
	@$(BIN)/python -m pytest -n 2 -m "slow or not slow" tests/verification $(ARGS)

# A minute: mistakes that a person would make, put in by hand.
faults: install
	@$(BIN)/python tools/faults.py

# Minutes: what is counted in full; `tools/mutants.py sample` draws from the rest.
mutants: install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt mutmut
	@$(BIN)/python tools/mutants.py full

bench: install
	@$(PYTHON) -m venv .venv-bench/optical
	@.venv-bench/optical/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . flexnetsim==0.23
	@$(PYTHON) -m venv .venv-bench/spiking
	@.venv-bench/spiking/bin/python -m pip install --quiet --disable-pip-version-check $(SPIKING_PEERS)
	@$(BIN)/python benchmarks/house.py
	@.venv-bench/optical/bin/python benchmarks/optical.py
	@$(BIN)/python benchmarks/spiking.py
	@$(BIN)/python benchmarks/spiking_request.py
	@$(BIN)/python benchmarks/chip.py
	@$(PYTHON) -m venv .venv-bench/federated
	@.venv-bench/federated/bin/python -m pip install --quiet --disable-pip-version-check $(FEDERATED_PEERS)
	@$(BIN)/quintant data fetch mnist
	@$(BIN)/python benchmarks/federated_rules.py
	@$(BIN)/python benchmarks/federated.py
	@$(BIN)/python benchmarks/persona.py

lint: install
	@$(BIN)/ruff check src tests benchmarks tools
	@$(BIN)/ruff format --check src tests benchmarks tools
	@$(BIN)/mypy

format: install
	@$(BIN)/ruff check --fix --quiet src tests benchmarks tools
	@$(BIN)/ruff format --quiet src tests benchmarks tools

generated: install
	@$(BIN)/python tools/generated.py

# The dashboard's sources are in web/; what is built of them is committed, so that nobody else needs Node.
web: web/node_modules/.package-lock.json
	@cd web && npm run --silent build

# npm ci refuses where a mirror lacks an optional package of another system; npm install takes the same lock without it.
web/node_modules/.package-lock.json: web/package-lock.json
	@cd web && { npm ci --loglevel=silent || npm install --no-save --loglevel=error; }

# The types that the page asks by: from the server's own /openapi.json.
web-types: install web/node_modules/.package-lock.json
	@$(BIN)/python web/openapi.py > web/openapi.json
	@cd web && npm run --silent types

clean:
	rm -rf .venv .venv-* .venv*.lock build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
