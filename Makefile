# What can be done here; `make` alone lists it. Every target sets up what it needs first.

PYTHON ?= python3
JOBS ?= auto
BIN := .venv/bin
READY := .venv/.ready
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8

# Only from the command line: a DATABASE_URL that happens to be in the environment is not one to test on.
ifeq ($(origin DATABASE_URL),command line)
export GRAFT_TEST_DATABASE_URL := $(DATABASE_URL)
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check format serve bench torture test-debian lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## the whole life of an integration, on real documents (V1=… V2=…: on two of yours)
	$(BIN)/graft demo $(if $(V1),--v1 '$(V1)') $(if $(V2),--v2 '$(V2)')

test: $(READY) ## all tests (DATABASE_URL=…: on a server of yours, as a superuser; ARGS=…: for pytest)
	$(PYTEST) $(ARGS)

check: $(READY) ## lint, format, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-logo

format: $(READY) ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

serve: $(READY) ## run Graft on this machine
	$(BIN)/graft serve

bench: $(READY) ## run one benchmark (NAME=…)
	$(BIN)/python -m bench $(NAME)

torture: $(READY) ## the tests, with the long forms of those that break things
	GRAFT_TORTURE=1 $(PYTEST) $(ARGS)

test-debian: $(READY) ## the tests that use a database, on Debian's PostgreSQL
	.ci/debian-postgres.sh $(PYTEST) -m database $(ARGS)

lock: ## resolve the dependencies anew into requirements.lock
	.ci/lock.sh $(PYTHON)

$(READY): requirements.lock pyproject.toml .ci/venv.sh
	.ci/venv.sh $(PYTHON)
	@touch $@
