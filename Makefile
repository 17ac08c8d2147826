# Needs Python 3.11 or later and make; everything else is put into .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps
PURE := catalog/kernel/money.py $(patsubst %,checkout/billing/%.py,\
	periods prepaid readings tariff tax usage_files \
	subscriptions/charges subscriptions/cycle subscriptions/terms)
comma := ,
space := $() $()
OURS := catalog checkout store_app tests

export PYTHONPATH :=

.PHONY: run test check coverage mutation bench lock demo-files migration clean

run: $(VENV)/.installed
	@$(BIN)/esim-store --store demo init --demo > /dev/null
	@$(BIN)/esim-store --store demo
	@echo "That was the demo store. A store of your own: $(BIN)/esim-store"

# What failed is run once more, alone: screens are timed, and a busy machine can be too slow.
test: $(VENV)/.tools
	$(BIN)/pytest -n auto --dist worksteal || $(BIN)/pytest --last-failed --last-failed-no-failures none

check: $(VENV)/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The pure modules of billing have a test of their own name each, which takes every branch; what a
# period costs has four.
coverage: $(VENV)/.tools
	$(BIN)/coverage run -m pytest -p no:xdist $(patsubst %,tests/unit/test_%,$(notdir $(PURE))) \
		$(wildcard tests/unit/test_charge_*.py)
	$(BIN)/coverage report --show-missing --fail-under=100 \
		--include=$(subst $(space),$(comma),$(PURE))

# For developers: do these tests notice when the code is wrong? See tests/mutation.md.
mutation: $(VENV)/.tools
	nice $(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

bench: $(VENV)/.tools
	for bench in search stock usage bills sale show start; do $(BIN)/python -m tests.bench.bench_$$bench; done

# For developers, with uv: the exact versions and hashes that everybody gets.
lock:
	uv pip compile --universal --generate-hashes --no-annotate --no-header --quiet \
		--python-version 3.11 pyproject.toml --extra postgres --extra documents --extra http --extra excel --extra images \
		-o requirements.lock
	uv pip compile --universal --generate-hashes --no-annotate --no-header --quiet \
		--python-version 3.11 pyproject.toml --extra postgres --extra documents --extra http --extra excel --extra images --group dev \
		-o requirements-dev.lock

demo-files: $(VENV)/.installed
	$(BIN)/python assets/demo/make_demo.py

# As long as nothing is released there is one revision, written anew from the models.
migration: $(VENV)/.tools
	rm -f store_app/migrations/versions/0001_*.py
	$(BIN)/python -m store_app.migrations 1 "first sale"

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache \
		.hypothesis .benchmarks .coverage* mutants
	find $(OURS) -name __pycache__ -type d -prune -exec rm -rf {} +

# The program runs from this folder: a path file and a starter do what an editable install does,
# and no build tool has to be fetched.
$(VENV)/.installed: requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.lock
	$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" > $(VENV)/.site
	echo "$(CURDIR)" > "$$(cat $(VENV)/.site)/esim_store.pth"
	printf '#!/bin/sh\nexec "%s" -P -m store_app "$$@"\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/esim-store
	chmod +x $(BIN)/esim-store
	touch $@

$(VENV)/.tools: requirements-dev.lock $(VENV)/.installed tests/peers/zbar_peer.py \
		tests/peers/stripe_install.py tests/peers/verapdf_install.py tests/peers/lpac_install.py
	$(PIP) -r requirements-dev.lock
	$(BIN)/python tests/peers/zbar_peer.py
	$(BIN)/python tests/peers/stripe_install.py
	$(BIN)/python tests/peers/verapdf_install.py
	-$(BIN)/python tests/peers/lpac_install.py
	touch $@
