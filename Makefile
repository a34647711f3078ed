# Everything needs only python3 and make: the first target makes .venv with the locked versions.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help run test check screenshots cluster cluster-down test-e2e bench lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP) ## the dashboard: on the current context, or on the lab where there is none (ARGS="--lab")
	@$(BIN)/k8s-watch $(ARGS)

test: $(STAMP) ## the tests
	$(BIN)/python -m pytest $(ARGS)

check: $(STAMP) ## what CI runs: format, lint, types, layers, tests, screenshots up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test
	$(BIN)/python screenshots/readme.py --check
	$(BIN)/python screenshots/take.py --check

screenshots: $(STAMP) ## take the pictures of screenshots/ again, from a recording
	$(BIN)/python screenshots/take.py
	$(BIN)/python screenshots/readme.py

cluster: ## a real Kubernetes for tests (Linux, root): prints its KUBECONFIG and the entry's URL
	@$(PYTHON) tests/cluster/cluster.py up --install $(ARGS)

cluster-down: ## take every trace of it away
	@$(PYTHON) tests/cluster/cluster.py down $(ARGS)

bench: $(STAMP) ## compare the speed with kubectl and other programs, on a real cluster (Linux, root, 13 minutes)
	@$(BIN)/python benchmarks/bench.py $(ARGS)

test-e2e: $(STAMP) ## the end-to-end suite on the lab and on the real cluster that `make cluster` brought up
	$(BIN)/python -m pytest tests/e2e --cluster lab -n 3 --maxschedchunk 1 $(ARGS)
	$(BIN)/python -m pytest tests/e2e --cluster real -n auto --maxschedchunk 1 $(ARGS)

lock: $(STAMP) ## resolve the exact versions again
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --group dev --output-file requirements.lock pyproject.toml
clean: ## remove .venv and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
