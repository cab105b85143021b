# `make demo` and `make test` are all anyone needs: each sets up .venv by itself.
# Needed on the machine: Python 3.11 or newer (with venv) and make.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# Relative on purpose: make cannot hold a path with spaces in a target.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

# A Python to build .venv with; overrule it with `make demo PYTHON=/path/to/python3.12`.
PYTHON ?=
# The pictures that `make demo` scores: files, folders, or sample:NAME.
DEMO ?= sample:retina
# Options for pytest, e.g. `make test PYTEST="-k sketch -x"`.
PYTEST ?=
# Options and documents for `make walk`, e.g. `make walk WALK="--long README.md"`.
WALK ?=
# The extras that the lock holds, and those that `make test-extras` installs beside: a window
# system and the files of microscopes, which most machines do without.
LOCKED := pictures arrays medical shapes tables pandas peers cluster docs dev
BESIDE := napari microscopy notebook
# Options for `make lock`, e.g. `make lock LOCK=--upgrade`.
LOCK ?=
# Options for `make dist`, e.g. `make dist DIST="--lowest"`, DIST="--python 3.12 3.13".
DIST ?=

# Packages are compiled by the first process that imports them, not by each of hundreds.
unexport PYTHONDONTWRITEBYTECODE

# Pyright runs from the wheels in the lock; without this it also asks for newer releases.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

# A virtual environment does not survive a move: its scripts hold the folder's absolute path.
export HERE := $(CURDIR)
ifneq "$(shell cat $(STAMP) 2>/dev/null)" "$(CURDIR)"
.PHONY: $(STAMP)
endif

.PHONY: help demo test test-extras lint format docs walk dist lock clean distclean setup

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s%s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## Score a real picture; print the score and write a figure into demo/
	@$(BIN)/symscope score $(DEMO) --figure demo
	@for figure in demo/*.png; do echo "Figure: $$HERE/$$figure"; done
	@echo "Now try:"
	@echo "  $(BIN)/symscope score YOUR-PICTURE.jpg --figure figures"
	@echo "  $(BIN)/symscope report YOUR-FOLDER --out report.html"
	@echo "  $(BIN)/symscope serve"

# A process for each core: libraries that start threads of their own only wait for each other.
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
test: $(STAMP) ## Run the tests and beside them every check of `make lint`, shown at the end
	@said=$$(mktemp) || exit 1; \
	$(MAKE) --no-print-directory lint >"$$said" 2>&1 & lint=$$!; \
	trap 'kill $$lint 2>/dev/null; rm -f "$$said"; exit 130' INT TERM; \
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(PYTEST); tests=$$?; \
	wait $$lint; lint=$$?; \
	cat "$$said"; rm -f "$$said"; \
	test $$tests -eq 0 || echo "make test: the tests failed ($$tests)" >&2; \
	test $$lint -eq 0 || echo "make test: the checks of make lint failed ($$lint)" >&2; \
	test $$tests -eq 0 && test $$lint -eq 0

# An environment of its own that sees the packages of .venv, and adds what the lock does not hold.
test-extras: $(STAMP) ## Run the tests of napari, notebooks and microscopes, which are installed beside .venv
	@$(BIN)/python -m venv $(VENV)/extras
	@$(BIN)/python -c 'import sys, sysconfig; \
	  print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
	  > "$$($(VENV)/extras/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/venv.pth"
	@$(VENV)/extras/bin/python -m pip install --quiet --disable-pip-version-check \
	  $$($(BIN)/python -c 'import tomllib; \
	    extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; \
	    print(*(each for extra in "$(BESIDE)".split() for each in extras[extra]))')
	QT_QPA_PLATFORM=offscreen $(VENV)/extras/bin/python -m pytest -p no:napari -W default \
	  tests/napari_plugin tests/io/test_microscopes.py tests/drawing/test_live.py $(PYTEST)

lint: $(STAMP) ## Run ruff, pyright and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(STAMP) ## Rewrite the sources as ruff formats them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## Build the documentation into docs/_build/html, figures and reference included
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html \
	  -d docs/_build/doctrees docs docs/_build/html
	@echo "Documentation: $$HERE/docs/_build/html/index.html"

walk: $(STAMP) ## Run every command and Python block of README.md and docs/, as a newcomer would
	$(BIN)/python benchmarks/walk.py $(WALK)

dist: $(STAMP) ## Build sdist and wheels into dist/, check them, and try them in an empty environment
	$(BIN)/python packaging/dist.py $(DIST)

setup: $(STAMP) ## Make .venv and nothing else

$(STAMP): pyproject.toml requirements.lock
	@rm -f $(STAMP)
	@if test "$$(cat $(VENV)/.made-in 2>/dev/null)" = "$$HERE" \
	    && $(BIN)/python -c 'import pip' 2>/dev/null; then \
	  echo "Bringing .venv up to date with requirements.lock"; \
	else \
	  python=''; \
	  for each in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    test -n "$$each" || continue; \
	    if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	      python="$$each"; break; \
	    fi; \
	    test -z "$(PYTHON)" || break; \
	  done; \
	  if test -z "$$python"; then \
	    python="$(PYTHON)"; \
	    found=$$("$${python:-python3}" --version 2>&1 | head -n 1); \
	    echo "symscope: no Python 3.11 or newer found ($$found)." >&2; \
	    echo "Install one, or name it: make demo PYTHON=/path/to/python3.12" >&2; \
	    exit 1; \
	  fi; \
	  echo "Making .venv with $$("$$python" --version)"; \
	  if ! "$$python" -m venv --clear $(VENV); then \
	    echo "symscope: $$python could not make a virtual environment." >&2; \
	    echo "Install its venv module (Debian and Ubuntu: the package python3-venv)." >&2; \
	    exit 1; \
	  fi; \
	  printf '%s' "$$HERE" > $(VENV)/.made-in; \
	fi
	@echo "Installing the packages of requirements.lock (the first time takes a few minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  --no-compile -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation -e .
	@printf '%s' "$$HERE" > $(STAMP)

lock: $(STAMP) ## Pin every dependency again after a change of pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header $(LOCKED:%=--extra %) pyproject.toml -o requirements.lock $(LOCK)

clean: ## Remove what tests and demo leave behind
	rm -rf demo build packaging/controls/build dist docs/_build docs/_figures .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove .venv as well
	rm -rf $(VENV) src/symscope.egg-info packaging/controls/symscope_controls.egg-info
