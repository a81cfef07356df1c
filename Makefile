# The verbs of the repository. Each makes what it needs: a virtual environment in .venv, and a Pulumi CLI where the
# machine has none.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The environment is made anew, in place, when what it is made from changes.
INSTALLED := $(VENV)/installed
SOURCES := requirements.txt provider/pyproject.toml emulator/pyproject.toml sdk/python/pyproject.toml

# A prefix for commands that need `pulumi`: ours or the machine's in front of the path, with our Python before both.
# Without the setting an engine would take plugins from the path, whatever a stack says, and warn of it at each run.
WITH_PULUMI = pulumi=$$($(BIN)/python tools/pulumi/ensure.py) && \
    PULUMI_IGNORE_AMBIENT_PLUGINS=true PATH="$(CURDIR)/$(BIN):$$pulumi:$$PATH"

# Four processes of tests keep two cores busy: half of the time each waits, for others or for time that passes.
# Whoever is done first takes over tests that another has not begun: no file keeps one busy at the end.
PYTEST := $(BIN)/python -m pytest -n 4 --dist worksteal

# What takes more time than all the others may: folders that pytest does not look into by itself.
LANGUAGES := tests/languages tests/e2e/languages tests/dynamic/languages tests/emulator/languages

# What the tests see of the work tree, as one line. Outside a clone of git it is another one each time.
TREE = { git rev-parse HEAD || date +%s%N; git diff HEAD; git ls-files -oz --exclude-standard | xargs -0r sha256sum; } \
    2>/dev/null | sha256sum

# Modules are compiled once, as those of an installed package are, and not by each process that tests and bench start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help bench demo try test test-fast test-languages lowest soak live check lint format generate examples docs sdk dist emulator clean tools

help:
	@echo "make demo       the whole product once: an emulated Batch account, preview, up, tasks that run, drift, heal, destroy"
	@echo "make try        a first project in a shell with an emulated account: make try LANGUAGE=python (go, java, typescript, yaml, csharp)"
	@echo "make test       the tests, with the real Pulumi engine"
	@echo "make test-fast  the tests that need no Pulumi engine"
	@echo "make test-languages  programs in Go, Java, Python, TypeScript and YAML on the SDKs of make sdk; what make dist and make docs"
	@echo "                write; make demo and the examples; dynamic resources; clients of Batch in those languages, and the Azure"
	@echo "                CLI, on the emulator; then the tests that are marked as long"
	@echo "make lowest     make test-fast with the lowest versions of dependencies that are allowed, in .scratch/lowest"
	@echo "make soak       long seeded runs: reconciles, random pairs, crashes, generated bodies and requests (docs/soak.md)"
	@echo "make live       end to end on a Batch account of yours (docs/live.md)"
	@echo "make check      format, lint, types, layers, generated files; then the tests, unless they passed on this tree"
	@echo "make lint       the same without the tests"
	@echo "make format     format, and mend what ruff can mend"
	@echo "make generate   schema.json, sdk/python, the dynamic resources, templates, docs/errors.md, lifecycle.md and ownership.svg, from the code"
	@echo "make examples   the examples of the schema from YAML in every language, then make generate"
	@echo "make docs       the documentation as a site, with a reference made from the schema, in .scratch/site"
	@echo "make sdk        an SDK for another language: make sdk LANGUAGE=go OUT=folder (dotnet, go, java, nodejs)"
	@echo "make dist       what a release consists of, in dist: wheels, sources, plugin archives, checksums"
	@echo "make bench      measure what many tasks cost, beside what else a user would run (bench/README.md)"
	@echo "make emulator   run the Batch emulator in the foreground (options in ARGS)"
	@echo "make tools      install into .venv, find or build the Pulumi CLI, and say which one it is"
	@echo "make clean      remove .venv, caches and scratch files; a Pulumi CLI that was built stays"

demo: $(INSTALLED)
	@$(WITH_PULUMI) scripts/demo

try: $(INSTALLED)
	@test -n "$(LANGUAGE)" || \
	    { echo "usage: make try LANGUAGE=csharp|go|java|python|typescript|yaml [OUT=folder]" >&2; exit 2; }
	@$(WITH_PULUMI) $(BIN)/python -m scripts.first_project "$(LANGUAGE)" $(if $(OUT),"$(OUT)")

test: $(INSTALLED)
	@$(WITH_PULUMI) $(PYTEST) $(ARGS)
	@$(if $(ARGS),:,mkdir -p .scratch && $(TREE) > .scratch/tested)

test-fast: $(INSTALLED)
	@$(PYTEST) --ignore tests/e2e $(ARGS)

test-languages: $(INSTALLED)
	@$(WITH_PULUMI) $(BIN)/python -m pytest -v --durations=10 $(LANGUAGES) $(ARGS)
	@$(if $(ARGS),:,$(WITH_PULUMI) $(PYTEST) -m long)

lowest: $(INSTALLED)
	@mkdir -p .scratch
	@$(BIN)/python tools/lowest.py > .scratch/lowest.txt
	@PIP_CONSTRAINT="$(CURDIR)/.scratch/lowest.txt" $(PYTHON) tools/venv.py .scratch/lowest requirements.txt
	@.scratch/lowest/bin/python -m pytest -n 2 --dist worksteal --ignore tests/e2e $(ARGS)

soak: $(INSTALLED)
	@$(WITH_PULUMI) $(BIN)/python -m tests.soak $(if $(PARTS),--parts $(PARTS)) $(if $(SEED),--seed $(SEED)) \
	    $(if $(ROUNDS),--reconciles $(ROUNDS)) $(if $(PAIRS),--pairs $(PAIRS)) $(if $(CRASHES),--crashes $(CRASHES)) \
	    $(if $(EXAMPLES),--examples $(EXAMPLES)) $(if $(HOSTILE),--hostile $(HOSTILE)) \
	    $(if $(KILLS),--kills $(KILLS)) $(if $(SCHEDULER),--scheduler $(SCHEDULER))

live: $(INSTALLED)
	@test -n "$$AZURE_BATCH_ENDPOINT" || { echo "AZURE_BATCH_ENDPOINT names no account: see docs/live.md" >&2; exit 2; }
	@$(WITH_PULUMI) $(BIN)/python -m pytest -o python_files='live_*.py' -v tests/live $(ARGS)

check: lint
	@if [ "$$($(TREE))" = "$$(cat .scratch/tested 2>/dev/null)" ]; then echo "The tests have passed on this tree already."; \
	    else $(MAKE) --no-print-directory test; fi

lint: $(INSTALLED)
	@$(BIN)/ruff format --check . || { echo "Fix it: make format" >&2; exit 1; }
	@$(BIN)/ruff check . || { echo "What a tool can fix: make format" >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/generate.py --check

format: $(INSTALLED)
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format --quiet .

generate: $(INSTALLED)
	@$(BIN)/python scripts/generate.py

examples: $(INSTALLED)
	@$(BIN)/python -m scripts.examples
	@$(BIN)/python scripts/generate.py

docs: $(INSTALLED)
	@mkdir -p .scratch
	@$(PYTHON) tools/venv.py .scratch/docs docs/requirements.txt
	@NO_MKDOCS_2_WARNING=1 .scratch/docs/bin/python -m scripts.site .scratch/site

sdk: $(INSTALLED)
	@test -n "$(LANGUAGE)" -a -n "$(OUT)" || \
	    { echo "usage: make sdk LANGUAGE=dotnet|go|java|nodejs|python OUT=folder" >&2; exit 2; }
	@$(BIN)/python scripts/sdk.py "$(LANGUAGE)" "$(OUT)" $(if $(PLUGINS),--plugins "$(PLUGINS)")

dist: $(INSTALLED)
	@$(BIN)/python scripts/dist.py

bench: $(INSTALLED)
	@$(WITH_PULUMI) $(BIN)/python -m bench $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only $(ONLY)) \
	    $(if $(SCALE),--scale $(SCALE))

emulator: $(INSTALLED)
	@exec $(BIN)/azure-batch-emulator $(ARGS)

tools: $(INSTALLED)
	@pulumi=$$($(BIN)/python tools/pulumi/ensure.py) && echo "$$pulumi/pulumi $$("$$pulumi/pulumi" version)"

clean:
	rm -rf $(VENV) $(VENV).lock .scratch .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf provider/*.egg-info emulator/*.egg-info sdk/python/*.egg-info provider/build emulator/build sdk/python/build
	find provider emulator sdk tests scripts tools examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	@$(PYTHON) tools/pulumi/ensure.py --kept

$(INSTALLED): $(SOURCES) tools/venv.py
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || { \
	    echo "Python 3.10 to 3.13 is needed, and '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." >&2; \
	    echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) tools/venv.py $(VENV) requirements.txt
