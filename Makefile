# What can be done here; `make` alone lists it. Every target sets up what it needs first.

PYTHON ?= python3
JOBS ?= auto
BIN := .venv/bin
RUN := .venv/.ready-run
DEV := .venv/.ready-dev
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8
# The floor of the coverage is that of all tests: a part of them, by ARGS, is not measured.
COVERAGE := --cov --cov-report=term

# Only from the command line: a DATABASE_URL that happens to be in the environment is not one to test on.
ifeq ($(origin DATABASE_URL),command line)
export GRAFT_TEST_DATABASE_URL := $(DATABASE_URL)
endif

.DEFAULT_GOAL := help
.PHONY: help demo test quick check format serve bench torture test-debian lock check-lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: $(RUN) ## the whole life of an integration, on real documents (V1=… V2=…: on two of yours; KEEP=1: its server stays)
	$(BIN)/python -m demo $(if $(V1),--v1 '$(V1)') $(if $(V2),--v2 '$(V2)') $(if $(KEEP),--keep)

test: $(DEV) ## all tests (DATABASE_URL=…: on a server of yours, as a superuser; ARGS=…: for pytest)
	$(PYTEST) $(or $(ARGS),$(COVERAGE))

quick: $(DEV) ## the tests that are not slow
	$(PYTEST) -m 'not slow' $(ARGS)

check: $(DEV) ## lint, format, types, import contracts, spelling, completeness of the lock
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(BIN)/python .ci/complete.py

format: $(DEV) ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

serve: $(RUN) ## run Graft on this machine
	$(BIN)/graft serve

bench: $(DEV) ## run one benchmark (NAME=…; ARGS=…: smaller, or another client)
	$(BIN)/python -m bench $(NAME) $(ARGS)

torture: $(DEV) ## the tests, with the long forms of those that break things
	GRAFT_TORTURE=1 $(PYTEST) $(ARGS)

test-debian: $(DEV) ## the tests that use a database, on Debian's PostgreSQL
	.ci/debian-postgres.sh $(PYTEST) -m database $(ARGS)

lock: ## resolve the dependencies anew into requirements.lock and requirements-dev.lock
	.ci/lock.sh $(PYTHON)

check-lock: ## whether the set-up will be the same on a later day
	.ci/check-lock.sh $(PYTHON)

$(RUN): requirements.lock pyproject.toml .ci/venv.sh .ci/locked.sh
	.ci/venv.sh run $(PYTHON)
	@touch $@

$(DEV): $(RUN) requirements-dev.lock
	.ci/venv.sh dev $(PYTHON)
	@touch $@
