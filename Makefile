# Two commands do all the set-up on a fresh machine: `make run` and `make test`.
# They need python3, make and the package registries. Debian packages that are installed when they
# are missing (with apt-get, as root): python3-venv (to make .venv), chromium (browser tests only).

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8787
DATA   ?= data
ROUNDS ?= 10
APT    := DEBIAN_FRONTEND=noninteractive apt-get

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev setup-browser test lint types format bench bench-short crash fuzz pictures clean

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
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[ingestion,sessions,shipping]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,bench,ingestion,sessions,sessions-whisper,shipping]'
	@touch $@ $(VENV)/.installed

test: setup-dev setup-browser ## set everything up and run the tests
	$(BIN)/python -m pytest -n 2 --dist worksteal --session-timeout 4500 --hypothesis-profile repeatable

lint: setup-dev ## style, formatting, and the vendored files against their lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python static/vendor/vendor.py --check

types: setup-dev ## strict types
	$(BIN)/mypy

format: setup-dev ## mend formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev ## how it compares with its peers, in ratios of one run each
	$(BIN)/python -m bench.fanout
	$(BIN)/python -m bench.submissions
	$(BIN)/python -m bench.child_overhead

bench-short: setup-dev ## the same, short: what CI runs
	$(BIN)/python -m bench.fanout --clients 50 --events 100 --rounds 1
	$(BIN)/python -m bench.submissions --jobs 500 --rounds 1

crash: setup-dev ## kill -9 at 50 random moments and at every commit point
	NOWSERVING_TEST_KILLS=50 NOWSERVING_TEST_COMMIT_POINTS=60 $(BIN)/python -m pytest tests/crash

fuzz: setup-dev ## the property tests with new examples, round after round until one fails or ROUNDS are done
	files=$$(grep -rl --include='test_*.py' '^from hypothesis' tests) && for round in $$(seq $(ROUNDS)); do \
	  $(BIN)/python -m pytest -q -n 2 --dist worksteal -m 'not browser' $$files || exit 1; done

pictures: setup-dev setup-browser ## take the README's pictures from a real desk
	$(BIN)/python -m tests.browser.take_pictures

clean: ## remove what set-up and tests made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build *.egg-info
