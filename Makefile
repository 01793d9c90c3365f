# Two commands do all the set-up on a fresh machine: `make run` and `make test`.
# They need python3, make and the package registries. Debian packages that are installed when they
# are missing (with apt-get, as root): python3-venv (to make .venv), chromium (browser tests only).

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8787
DATA   ?= data
APT    := DEBIAN_FRONTEND=noninteractive apt-get

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev setup-browser test lint types format bench crash clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

run: setup ## set everything up and start the desk with something to try
	$(BIN)/python app.py serve --port $(PORT) --data-dir $(DATA)

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev
setup-browser:
	@command -v chromium >/dev/null || [ -x /usr/bin/chromium ] || { $(APT) update && $(APT) install -y chromium; }

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(APT) update && $(APT) install -y python3-venv; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,bench]'
	@touch $@ $(VENV)/.installed

test: setup-dev setup-browser ## set everything up and run the tests
	$(BIN)/python -m pytest

lint: setup-dev ## style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev ## strict types
	$(BIN)/mypy

format: setup-dev ## mend formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what set-up and tests made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build *.egg-info
