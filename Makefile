# `make demo` and `make demo-consortium` tell the product's stories on this machine, `make test`
# runs what CI runs, and `make check` what of it needs nothing but Python, after every change.

SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
KEEP ?=
SEED ?= 1
YES ?=
BIN := .venv/bin

# Some images set it: then every process of a run would compile every module again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo demo-consortium rehearsal drill check unit test nightly lint bench fuzz pages pictures lock stop clean packages-demo packages-test

demo: packages-demo .venv/demo.stamp
	$(BIN)/python -m market.demo $(if $(KEEP),--keep)

demo-consortium: packages-demo .venv/demo.stamp
	$(BIN)/python -m market.demo consortium $(if $(KEEP),--keep)

# The pods of helm/market as processes of this machine, and the demo's story on them.
rehearsal: packages-test .venv/test.stamp
	PYTHONPATH=tests $(BIN)/python -m rehearsal $(if $(KEEP),--keep)

# Faults on that, while jobs run (tests/drills): half an hour, repeated by its seed.
drill: packages-test .venv/test.stamp
	PYTHONPATH=tests $(BIN)/python -m drills --seed $(SEED)

# Suites are in tests/suites.py. Folders without a unit test are not even read.
check: .venv/test.stamp
	@$(MAKE) --no-print-directory -j 2 lint unit
	@echo "Left to make test: real servers and processes, the running platform, crashes, stories, attacks."

unit: .venv/test.stamp
	@$(BIN)/pytest -m unit --ignore=tests/end_to_end --ignore=tests/attacks \
	  --ignore=tests/market/agent -n 2 --dist loadfile

# Those of the running platform share one and run one after the other, beside all the others: of
# these, one worker begins with those that start a platform for themselves, the others with the slowest
# files (tests/suites.py), not with those of the most tests.
test: packages-test .venv/test.stamp
	@mkdir -p build
	@$(BIN)/pytest -m "platform and not nightly" tests/end_to_end tests/market/ports \
	  > build/platform.log 2>&1 & \
	platform=$$!; \
	$(MAKE) --no-print-directory lint; lint=$$?; \
	$(BIN)/pytest -m "not platform and not nightly" -n 4 --dist loadfile --no-loadscope-reorder; \
	others=$$?; wait $$platform; ended=$$?; cat build/platform.log; exit $$((lint + others + ended))

# What asks again, for longer, what `make test` asks: before a release, and whenever what it is about
# changes (tests/decisions/0002-what-runs-at-night.md).
nightly: packages-test .venv/test.stamp
	$(BIN)/pytest -m nightly -n 2 --dist loadfile

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/test.stamp
	PYTHONPATH=.:tests:tests/bench $(BIN)/python tests/bench/run.py

# The API's operations, each with EXAMPLES bodies made from SEED, asked by everybody.
SEED ?= $(shell date +%s)
EXAMPLES ?= 200
fuzz: .venv/test.stamp
	@echo "SEED=$(SEED)"
	FUZZ_SEED=$(SEED) FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/pytest tests/market/portal/test_fuzzed_api.py --timeout 3600

# Real pages in a real browser, light and dark: the README's pictures; and all pages of the portal and
# of an owner's desk, wide and narrow, in build/pictures.
pictures: packages-test .venv/test.stamp
	PYTHONPATH=.:tests $(BIN)/python -m pictures.readme
	PYTHONPATH=.:tests $(BIN)/python -m pictures.portal build/pictures/portal
	PYTHONPATH=.:tests $(BIN)/python -m pictures.desk_owner build/pictures/desk

packages-demo packages-test: packages-%:
	@YES=$(YES) .ci/packages $*

# Stops what `make demo KEEP=1` or `make demo-consortium KEEP=1` left running.
stop:
	$(BIN)/python -m market.demo --stop
	$(BIN)/python -m market.demo consortium --stop

# What is generated from the code: error codes and settings.
pages: .venv/test.stamp
	$(BIN)/python -m market.reference

# All locks are exports of one resolution; none names an index. Each image (helm/images) has its own.
EXPORT := uv export -q --no-header --no-default-groups --group install --no-emit-project
lock:
	uv lock
	$(EXPORT) --extra portal -o helm/images/portal.lock
	$(EXPORT) --extra platform --extra kubernetes --extra spark -o helm/images/airflow.lock
	$(EXPORT) --extra spark -o helm/images/spark.lock
	$(EXPORT) --extra sandbox -o helm/images/sandbox.lock
	$(EXPORT) --extra owner --extra consortium -o helm/images/agent.lock
	uv export -q --no-header --all-extras --no-default-groups --group install --no-emit-project -o requirements.lock
	uv export -q --no-header --all-extras --no-default-groups --group install --group dev --no-emit-project -o requirements-dev.lock

.venv/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' \
	  || { echo "Python 3.11 or 3.12 is needed; give it as PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/demo.stamp: requirements.lock pyproject.toml | .venv/python.stamp
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: requirements-dev.lock pyproject.toml | .venv/python.stamp
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@ .venv/demo.stamp

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
