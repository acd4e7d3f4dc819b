# make demo: see it work.  make lint: style and types.  make bench: what it costs, beside peers.
# Tests: make engine (the engine on SQLite, a minute), make test (what makes a change trustworthy),
# make test-long (kills at every line, all renderings, others' suites, newest servers: hours).
# Parts of them: make engine-servers (MariaDB and PostgreSQL), make test-newest (newer releases, and MySQL),
# make test-packages (well-known packages with the engine), make test-ecosystem (these, and others' own suites).
# make coverage: what of the engine its own tests reach.  make docs: the site of the documentation, in .site/.
# Another Python: make test PYTHON=python3.13

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
ECOSYSTEM := .venv-ecosystem
ENGINE := '{{cookiecutter.project_slug}}/manydb' engine

# Without byte code, each of a thousand processes of tests would compile the engine again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo drivers engine engine-servers coverage test test-long test-newest test-packages test-ecosystem lint \
    docs screenshots bench clean

help:
	@head -n 7 Makefile | cut -c 3-

# It makes an environment of its own, so that it need not wait for the tests' packages.
demo:
	@python=$$(PYTHON="$(PYTHON)" scripts/python) && "$$python" scripts/demo.py

drivers: $(READY)
	@scripts/drivers $(PY)

engine: $(READY)
	@scripts/engine $(PY)

engine-servers: drivers
	@scripts/engine $(PY) mysql postgresql

# Lines and branches of the engine that its own tests reach, on SQLite and on the servers that are here.
coverage: drivers
	@cd engine && ../$(PY) -m coverage erase
	@COVERAGE=1 scripts/engine $(PY)
	@COVERAGE=1 scripts/engine $(PY) mysql postgresql
	@COVERAGE_FILE=engine/.coverage $(PY) -m coverage run --rcfile=engine/pyproject.toml -m pytest -q tests/parameters
	@cd engine && ../$(PY) -m coverage combine --quiet && ../$(PY) -m coverage report

# The drivers first: with them, the engine's tests import its backends for MySQL too.
test: drivers engine engine-servers
	$(PY) -m pytest -n auto -m "not long"

# What ran, and when, is written into the log at the end.
test-long: drivers
	@scripts/long-tests $(PY)

# Well-known packages with the engine, in an environment of their own. Some of them: make test-packages PACKAGES="axes silk"
test-packages: $(ECOSYSTEM)/.ready
	@scripts/packages $(ECOSYSTEM)/bin/python $(PACKAGES)

$(ECOSYSTEM)/.ready: pyproject.toml
	@python=$$(PYTHON="$(PYTHON)" scripts/python) && "$$python" -m venv --clear $(ECOSYSTEM)
	@$(ECOSYSTEM)/bin/python -m pip install --quiet --upgrade pip
	@$(ECOSYSTEM)/bin/python -m pip install --quiet --group ecosystem
	@touch $@

# Some of them only: make test-newest SERVERS="MySQL PgBouncer"
test-newest: drivers
	@scripts/newest-servers $(PY) $(SERVERS)

# Some of them only: scripts/ecosystem .venv/bin/python django-filter
test-ecosystem: $(READY)
	@scripts/ecosystem $(PY)

lint: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m ruff check --config engine/ruff.toml $(ENGINE)
	$(PY) -m ruff format --check --config engine/ruff.toml $(ENGINE)
	$(PY) -m mypy
	$(PY) -m mypy --config-file engine/mypy.ini

# Strict: a dead link and a page that no index lists are errors.
docs: $(READY)
	$(PY) scripts/site $(PY)

# The README's, from the project as it is now; needs Chromium.
screenshots: $(READY)
	$(PY) -m tests.screenshots docs

# Compared with the peers' own packages, which nothing else needs.
bench: drivers
	@$(PY) -m pip install --quiet --group bench
	$(PY) -m benchmarks

clean:
	rm -rf $(VENV) $(ECOSYSTEM) .ecosystem .site demo

# Made anew when its packages change, so that none of an older list stays behind.
# --group needs pip 25.1, and Python 3.11 brings 22 or 23.
$(READY): pyproject.toml
	@python=$$(PYTHON="$(PYTHON)" scripts/python) && \
	    echo "Making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)
	@$(PY) -m pip install --quiet --upgrade pip
	@$(PY) -m pip install --quiet --group dev
	@touch $@
