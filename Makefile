# The only door: `make demo` and `make test` set up everything they need on a machine with Python 3.11 and pip.

SHELL := bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test faults benchmark lab lint pictures fresh-demo browser database openssl

demo: $(READY)
	$(BIN)/consolidate demo

# Files side by side, for most of the time of the whole runs is waiting; a file's tests stay together.
test: $(READY) browser database openssl
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Every call of every case with every fault, and a thousand random scenarios. The report goes to build/faults; `make test`
# runs a part of it.
faults: $(READY) database
	PYTHONPATH=tests$${PYTHONPATH:+:$$PYTHONPATH} $(BIN)/python -m faults.grid
	HYPOTHESIS_PROFILE=faults $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 \
		--hypothesis-show-statistics tests/faults/test_stateful.py

# The same cases in four ways, side by side: some minutes on a quiet machine.
benchmark: $(READY)
	$(BIN)/python tests/benchmarks/batch.py

# JupyterLab on the notebooks, with the demo engagement and its simulator.
lab: $(READY)
	$(BIN)/consolidate lab

lint: $(READY)
	$(BIN)/python -m pytest tests/house

# The pictures of the tutorial, by the tests that use what they show. Look at them before they are committed.
pictures: $(READY) browser
	CONSOLIDATION_PICTURES=make $(BIN)/python -m pytest tests/browser

# Forget the demo: its simulator, journal and archive.
fresh-demo:
	rm -rf demo

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

# What the tests need beside Python: the system's Chromium, a PostgreSQL server, and openssl as a time-stamp authority.
# Where one is missing and apt is at hand, it is installed; elsewhere a sentence says what to install.
APT_INSTALL = command -v apt-get >/dev/null 2>&1 \
	&& SUDO=$$( [ "$$(id -u)" = 0 ] || echo sudo ) \
	&& $$SUDO apt-get update -qq \
	&& $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

browser:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 \
	|| { $(APT_INSTALL) chromium >/dev/null; } \
	|| { echo "The tests need Chromium: install it and make sure that 'chromium' is on the PATH."; exit 1; }

database:
	@command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null \
	|| { $(APT_INSTALL) postgresql >/dev/null; } \
	|| { echo "The tests need PostgreSQL's server: install it and make sure that 'initdb' is on the PATH."; exit 1; }

openssl:
	@command -v openssl >/dev/null 2>&1 \
	|| { $(APT_INSTALL) openssl >/dev/null; } \
	|| { echo "The tests need the command 'openssl': install it."; exit 1; }
