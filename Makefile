# Everything a developer or CI runs. Each target sets up what it needs.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# One node with strings, a cluster with JSON: both topologies and both kinds of documents. The others differ less.
TWO := --cell valkey9-node-string --cell valkey9-cluster-json
OTHERS := --cell valkey9-node-json --cell valkey9-cluster-string --cell redis7-node-json --cell redis7-cluster-string
STEPS ?= 100000
SEED ?= 1

# Of a campaign: the defaults are each fault once.
FAULTS ?= 31
CONTACTS ?= 500
MINUTES ?= 20

RUNS ?= 1000
PROCESSES ?= 1

.PHONY: help setup bench bench-quick demo pictures erlang paired model independence scenarios test test-cells test-long test-matrix netns-test stack-test stack-test-short campaign campaign-short campaign-overlap bug-hunt fuzz soak soak-check simulation secrets certificates setup-system lint format contract proto baseline lock clean-room ci

help: ## What there is to run.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

setup: $(READY) ## A virtual environment with the locked packages and the project.
$(READY): requirements/dev.txt pyproject.toml tools/setup.sh
	PYTHON=$(PYTHON) tools/setup.sh

demo: $(READY) ## A generated day of 2,000 contacts through a private router, and its report.
	@mkdir -p out
	$(BIN)/acd simulate --generated --clock virtual --json out/demo.json --page out/demo.html

pictures: $(READY) ## The plots in docs/pictures, anew; some minutes.
	rm -f docs/pictures/*.svg
	$(BIN)/acd simulate --profile sizing --clock virtual --svg docs/pictures
	$(BIN)/python -m tools.gen_plan_picture
	$(BIN)/python -m tools.gen_simulator_page

erlang: $(READY) ## The router against Erlang C and A, in virtual time: some minutes.
	@mkdir -p out
	$(BIN)/acd simulate --erlang --json out/erlang.json

paired: $(READY) ## The router against the rules on paper, step by step, on 20 days in virtual time: some minutes.
	@mkdir -p out
	$(BIN)/acd simulate --paired --days 20 --json out/paired.json

scenarios: $(READY) ## The scenarios of routing, each with figures and checks of its own: two or three minutes.
	@mkdir -p out
	$(BIN)/acd simulate --scenario all --json out/scenarios.json

model: $(READY) ## Random steps, with the router and with a model of it: STEPS in all, from SEED on; goes on where out/model.json ends.
	@mkdir -p out
	$(BIN)/python -m tests.invariants.long --steps $(STEPS) --seed $(SEED) --json out/model.json

independence: $(READY) ## That what cannot be matched delays nobody, at a center's limits: 10,000 agents, 4,096 classes.
	ACD_CROWD=5000 $(BIN)/pytest tests/store/test_independence.py

bench: $(READY) ## All benchmarks with their goals: an hour or two; the machine should do nothing else. RESUME=1 goes on.
	@mkdir -p out
	$(BIN)/python -m benchmarks --json out/bench.json $(if $(RESUME),--resume)

bench-quick: $(READY) ## The same in small sizes, some minutes: that they run; goals are told, not judged.
	@mkdir -p out
	$(BIN)/python -m benchmarks --quick --json out/bench-quick.json

test: $(READY) ## All tests but the long ones on Valkey 9: one node with strings, a cluster with JSON documents.
	tools/test_suite.sh $(TWO)

test-cells: $(READY) ## What depends on the store, in the four cells that `make test` leaves out; needs setup-system.
	tools/pytest_twice.sh -m "not long" $(OTHERS) tests/store tests/api tests/stories

test-long: $(READY) ## Tests of a minute or more each, once: whole days, wrong routers, pages in a browser.
	tools/pytest_twice.sh -m long --ignore tests/soak

test-matrix: $(READY) ## All tests but the long ones in all six cells, before a release: half an hour; needs setup-system.
	tools/test_suite.sh $(TWO) $(OTHERS)

fuzz: $(READY) ## 200,000 hostile requests over the wire: some 20 minutes.
	@mkdir -p out
	$(BIN)/python -m tests.fuzz --json out/fuzz.json

soak-check: $(READY) ## That a soak notices routers that leak: some minutes.
	$(BIN)/pytest -m long tests/soak

soak: MINUTES := 30
soak: $(READY) ## Half a core of load for MINUTES (30), while feeds, agents and contacts come and go: what grows.
	@mkdir -p out
	$(BIN)/python -m tests.soak --minutes $(MINUTES)

simulation: $(READY) ## RUNS runs of the whole system in virtual time, from SEED on; PROCESSES at once.
	@mkdir -p out
	$(BIN)/python -m tests.simulation --runs $(RUNS) --seed $(SEED) --processes $(PROCESSES) --json out/simulation.json

campaign: $(READY) ## Faults by the dice on the whole system; FAULTS, CONTACTS, SEED, MINUTES say how many. Needs root and setup-system.
	@mkdir -p out
	$(BIN)/python -m tests.campaign --faults $(FAULTS) --contacts $(CONTACTS) --seed $(SEED) --minutes $(MINUTES)

campaign-short: $(READY) ## The same with each kind of fault once: some ten minutes.
	@mkdir -p out
	$(BIN)/python -m tests.campaign --each --documents string --minutes 12 --contacts 3000 --seed $(SEED)

campaign-overlap: $(READY) ## Two faults of store nodes at once: what is lost then, and that it is told.
	@mkdir -p out
	$(BIN)/python -m tests.campaign.overlap

bug-hunt: $(READY) ## The checker against routers with a bug each: some minutes.
	@mkdir -p out
	$(BIN)/python -m tests.campaign.bug_hunt

netns-test: $(READY) ## The whole system in network namespaces, through every fault; needs root and setup-system.
	@mkdir -p out
	$(BIN)/python -m tests.stack.netns

stack-test: $(READY) ## The whole system in containers, through every fault; installs and starts an engine of its own; needs root.
	@mkdir -p out
	$(BIN)/python -m tests.stack.stack $(if $(STACK_SHORT),--short)

stack-test-short: ## The same with what CI has time for, on both kinds of documents.
	$(MAKE) --no-print-directory stack-test STACK_SHORT=1

secrets: ## Passwords and tokens for the stack in containers, in secrets/, once.
	tools/make_secrets.sh secrets

certificates: ## An authority and certificates for docker-compose.tls.yml, in secrets/, once.
	tools/make_certificates.sh secrets

setup-system: ## Debian packages that the larger tests need.
	tools/setup_system.sh

lint: $(READY) ## Style, types, sizes, scripts.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy acd_server dispatcher clients/python/acd_client clients/simulator redis/store_node benchmarks tests tools
	$(BIN)/python -m tools.check_sizes
	$(BIN)/python -m tools.check_lua

format: $(READY) ## Formats the code.
	$(BIN)/ruff format && $(BIN)/buf format --write

contract: $(READY) ## Protos, generated code, reasons and imports are what they must be.
	$(BIN)/pytest tests/contract

proto: $(READY) ## Generates clients/python/acd anew.
	$(BIN)/python -m tools.gen_protos

baseline: proto ## Makes the protos as they are the baseline that may not be broken.
	$(BIN)/buf build --exclude-source-info --output protos/baseline.binpb

lock: $(READY) ## Writes requirements/ anew from pyproject.toml.
	tools/lock.sh

clean-room: ## The demo and the tests in an empty Debian; needs root and setup-system.
	tools/clean_room.sh

ci: ## What CI runs.
	.ci/run
