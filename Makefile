# Everything a person or CI does here. Needs python3 (3.11 or newer), make and git; nothing else.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime
EXTRA := .venv/.extras
DEV := .venv/.dev
NODE := .venv/.node
MISSING := .venv/.missing
DOCS := .venv.docs/.made
ESBUILD := --minify --charset=utf8 --target=es2020 --log-level=warning
# How many test processes: twice as many as cores, for many tests wait for servers and clocks.
JOBS ?= $(shell echo $$(( $$(nproc) * 2 )))

.PHONY: install extras run test check quick audit hooks bench mutants schema shots docs assets demo clean lock wheel help
help:
	@echo "make run     start everything: page, admin, workers (first time: also installs)"
	@echo "make test    run the tests, without what takes long: journeys, drills, hostile values"
	@echo "             make test ARGS=--long runs everything, as CI does"
	@echo "make check   formatting, lint, types, layers, migrations, deployment checks"
	@echo "make hooks   once: git runs the quick part of \`make check\` before each commit"
	@echo "make demo    a demonstration platform that can be broken, in a store of its own"
	@echo "make bench   measure it, beside the alternatives"
	@echo "make mutants which changes of the pure rules their tests do not notice (ten minutes and more)"
	@echo "make schema  generate the OpenAPI document anew, after a change of the API"
	@echo "make shots   the pictures of the page in docs/ (needs chromium, fonts-inter and fonts-noto-core)"
	@echo "make docs    the documentation as a site, in dist/docs"
	@echo "make assets  what pages embed, made small"
	@echo "make install only install;  make clean  remove what was installed and built"
	@echo "make wheel   the product as a Python package, in dist/"
	@echo "make extras  install every optional library too: Redis, mail providers, paging services"

# pip comes from a venv that is thrown away: what venv would leave of it in ours is old, and 26 MB that
# nothing here calls. Nothing is compiled but what is imported: half of what packages bring never is.
define install_from
	@$(PYTHON) -m venv .venv/.pip
	@.venv/.pip/bin/python -m pip --python $(BIN)/python install --disable-pip-version-check --no-compile \
	  --require-hashes --no-deps -r $(1) \
	  | grep --line-buffered -E '^(Collecting|Installing|Successfully)'; test $${PIPESTATUS[0]} -eq 0
	@rm -rf .venv/.pip
endef

$(RUNTIME): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Set PYTHON=python3.12, say."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This python3 lacks venv. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing into .venv (once; about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	$(call install_from,requirements.lock)
	@# Compiled now, for whoever runs it later may not be allowed to write here.
	@folder=$$(mktemp -d); trap 'rm -rf $$folder' EXIT; env -i PATH="$$PATH" STATUSPAGE_DATA_DIR=$$folder \
	  $(BIN)/python manage.py shell -v 0 -c 'from statuspage.runtime.supervisor import preload; preload.preload()'
	@touch $@

$(EXTRA): requirements-extras.lock | $(RUNTIME)
	@echo "Installing every optional library"
	$(call install_from,requirements-extras.lock)
	@touch $@

$(DEV): requirements-dev.lock | $(RUNTIME)
	@echo "Installing what tests and checks need (once)"
	$(call install_from,requirements-dev.lock)
	@touch $@

# Validators that come from npm. Without npm the tests that need them are skipped.
$(NODE): tests/node/package-lock.json | $(RUNTIME)
	@command -v npm > /dev/null || { echo "npm is missing: some tests will be skipped. On Debian: apt-get install nodejs npm"; exit 0; }; \
	  echo "Installing what tests need from npm (once)" && npm ci --silent --prefix tests/node && touch $@

install: $(RUNTIME)

extras: $(EXTRA)

run: $(RUNTIME)
	@exec $(BIN)/python manage.py up

demo: $(RUNTIME)
	@exec $(BIN)/python manage.py demo

# A run on each database counts what was missing or left out; the one that ends last tells the sum.
test: $(DEV) $(NODE)
	@rm -f $(MISSING)
	@$(BIN)/python -m tests.run --both -n $(JOBS) --missing-totals $(MISSING) $(ARGS)

# What takes a few seconds.
quick: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

hooks:
	git config core.hooksPath .githooks

# Known vulnerabilities of what the lock files name; loud when that could not be found out.
audit: $(DEV)
	@$(BIN)/python -m tests.audit

check: quick audit
	$(BIN)/mypy
	@folder=$$(mktemp -d); trap 'rm -rf $$folder' EXIT; export STATUSPAGE_DATA_DIR=$$folder; set -ex; \
	  $(BIN)/python manage.py makemigrations --check --dry-run; \
	  $(BIN)/python manage.py check; \
	  SITE_URL=https://status.example.com $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(DEV)
	@$(BIN)/python -m bench $(ARGS)

# Goes on where it was broken off; ARGS="components/uptime/periods.py" for one module.
mutants: $(DEV)
	@$(BIN)/python -m tests.mutants $(ARGS)

schema: $(DEV)
	@folder=$$(mktemp -d); trap 'rm -rf $$folder' EXIT; STATUSPAGE_DATA_DIR=$$folder \
	  $(BIN)/python manage.py spectacular --fail-on-warn --validate --format openapi-json --file statuspage/api/openapi.json

shots: $(DEV)
	@$(BIN)/python -m tests.statuspage.shots

# Its libraries have a place of their own: nothing else needs them.
$(DOCS): requirements-docs.lock
	@echo "Installing what the site is built with (once)"
	@test -x .venv.docs/bin/python || $(PYTHON) -m venv .venv.docs
	@.venv.docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-docs.lock
	@touch $@

# Strict: a link that leads nowhere ends it.
docs: $(DOCS)
	@NO_MKDOCS_2_WARNING=1 .venv.docs/bin/mkdocs build --strict

# What `make run` installs has all kinds of monitors.
KINDS := --extra containers --extra storage
# What the image has and `make extras` adds: every optional library.
EXTRAS := $(KINDS) --extra alerts --extra anymail --extra kubernetes --extra mcp --extra redis --extra tracing

# Only for whoever changes what pages embed, or the version of Swagger UI.
SIDECAR := $(BIN)/python -c 'import drf_spectacular_sidecar as s; print(*s.__path__)'
assets: $(NODE) $(DEV)
	@cd "$$($(SIDECAR))/static/drf_spectacular_sidecar/swagger-ui-dist" && \
	  cp LICENSE swagger-ui.css swagger-ui-bundle.js "$(CURDIR)/statuspage/static/swagger-ui/"
	@cd templates && ../tests/node/node_modules/.bin/esbuild $(ESBUILD) \
	  page/*.css page/*.js subscribe/*.css --outbase=. --outdir=embedded

# Only for whoever changes dependencies; needs uv.
COMPILE_ONLY := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"
COMPILE := $(COMPILE_ONLY) pyproject.toml
lock:
	$(COMPILE) $(KINDS) -o requirements.lock
	$(COMPILE) $(EXTRAS) -c requirements.lock -o requirements-extras.lock
	$(COMPILE) --extra dev -c requirements-extras.lock -o requirements-dev.lock
	$(COMPILE_ONLY) --group docs -o requirements-docs.lock

# The product as a package, in dist/; docs/run/install.md says what to do with it.
wheel: $(DEV)
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist

clean:
	rm -rf dist .venv .venv.docs tests/node/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
