# Two commands on a fresh machine do everything: `make demo` and `make test`. Both work from any state.
# Needs Python 3.11 or newer and make; everything else is installed into .venv and the cache folder.

# ATHENAEUM_PYTHON=3.11 asks for that version; otherwise any that is new enough starts the set-up, which picks the best.
PYTHON ?= $(shell for p in python$(ATHENAEUM_PYTHON) python3.13 python3.12 python3.11 python3 python; do $$p -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Tests run in two processes, as runners have two cores at least; long builds are shared through session fixtures of each.
PYTEST := $(BIN)/python -m pytest

# Containers often forbid bytecode; without it every process started here compiles LlamaIndex or the CDK again, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo quick test test-long bench lint audit sbom tools-audit format lock tools tools-test setup setup-test docs rooms clean

help:
	@echo "make demo       set up, index docs/, deploy to the embedded AWS, ask three questions (about 3 minutes the first time)"
	@echo "make test       set up and run the tests (about 10 minutes; what CI runs)"
	@echo "make quick      the tests that need no emulator and no browser (under a minute)"
	@echo "make test-long  the slow matrices, in parts that are not run twice (PART=act for one; over an hour in all)"
	@echo "make bench      measure speed, size and retrieval; writes benchmarks/RESULTS.md (15 minutes)"
	@echo "make lint       ruff, mypy, import contracts"
	@echo "make audit      look for known vulnerabilities, risky code and secrets"
	@echo "make sbom       bill of materials of the layer, and the licence of everything shipped"
	@echo "make lock       lock the requirement sets again"
	@echo "make docs       write the generated tables of the docs"
	@echo "make rooms      draw the rooms of the package from its imports"
	@echo "make clean      remove what these commands made here"

setup:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it and run make again."; exit 1; }
	@$(PYTHON) requirements/install.py action deploy export

setup-test:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it and run make again."; exit 1; }
	@$(PYTHON) requirements/install.py action deploy export test

# Programs that are not Python packages. Each missing compiler costs one line and the part that needs it.
tools:
	@$(BIN)/python -m athenaeum.local_aws.runtime.tools install

tools-test: tools
	@sh tests/tools.sh

demo: setup tools
	@$(BIN)/python examples/demo.py

test: setup-test tools-test
	@$(PYTEST) -n 2

quick: setup-test
	@$(PYTEST) -n 2 -m "quick and not long"

test-long: setup-test tools-test tools-audit
	@$(BIN)/python tests/long.py $(PART)

bench: setup tools
	@$(BIN)/python benchmarks/run.py

lint: setup-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# Programs whose requirements conflict with ours, in an environment of their own.
tools-audit:
	@$(PYTHON) requirements/install.py tools --no-project --venv "$$($(PYTHON) -c 'import sys; sys.path.insert(0, "requirements"); import audit; print(audit.environment())')"

audit: tools-audit
	@$(PYTHON) requirements/audit.py

sbom: setup
	@$(BIN)/python requirements/sbom.py

format: setup-test
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .

lock:
	@$(PYTHON) requirements/lock.py

docs: setup-test
	@$(BIN)/python docs/generate.py

rooms: setup-test
	@$(BIN)/python docs/rooms.py

clean:
	@if [ -x $(BIN)/athenaeum ]; then $(BIN)/athenaeum local down || true; fi
	rm -rf .venv .tools build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .bench artifacts index
