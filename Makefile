# The two commands are `make demo` and `make test`; the rest are their parts.

SANDBOX := target/debug/sandbox

.PHONY: static demo test torture properties bench scale swap build sandbox plugin components rust lint run-tests

# A story in a terminal: a volume, a backup, a loss, and the data back.
demo: build
	./sandbox/demo.sh

# Everything, on a real cluster. Both builds run side by side.
test:
	$(MAKE) sandbox
	$(MAKE) -j2 components rust
	$(MAKE) lint run-tests

# Every fault of every call of every command that changes something; hours. Each shard has a cluster of its own and stays
# well below an hour on 2 cores; what was tried with this build is not tried again. One combination: make torture ONLY='…'
# A sixth of it: make torture SHARDS=2/6. At the end of the whole, a day of passes in fast motion.
EVERY := 1/6 2/6 3/6 4/6 5/6 6/6
SHARDS := $(EVERY)
TORTURE := cargo test -p kubectl-gemini --test torture nothing_is_lost -- --nocapture

torture: build
	cargo test -p kubectl-gemini --test torture --test cluster --no-run
ifdef ONLY
	TORTURE='$(ONLY)' $(SANDBOX) run -- $(TORTURE)
else
	failed=0; for shard in $(SHARDS); do \
		TORTURE=all TORTURE_SHARD=$$shard $(SANDBOX) run -- $(TORTURE) || failed=1; \
	done; \
	[ '$(SHARDS)' != '$(EVERY)' ] || TORTURE=total $(TORTURE) || failed=1; \
	exit $$failed
ifeq ($(SHARDS),$(EVERY))
	DAY_OF_PASSES=all $(SANDBOX) run -- cargo test -p kubectl-gemini --test cluster in_fast_motion -- --nocapture
endif
endif

# What decides alone, as thoroughly as it takes: every invariant of the planner on 100,000 random states, five years in every
# world, and 600,000 restores that are killed and disturbed.
properties:
	PROPTEST_CASES=100000 SIMULATION_YEARS=5 cargo test --release -p kubectl-gemini --lib --test planner

bench:
	cargo bench -p kubectl-gemini --bench plan --bench start

# What a pass over 2,000 groups and 40,000 snapshots costs, beside the bare lists of the same objects. Filling takes minutes.
scale:
	$(MAKE) sandbox
	$(MAKE) components
	cargo bench -p kubectl-gemini --bench scale --no-run
	$(SANDBOX) run --name scale --bare -- cargo bench -p kubectl-gemini --bench scale

# How long a claim's name is free during a restore in place, 200 restores in a row with the bytes compared, and how long an
# application is down, which takes a node (Linux, root).
swap:
	$(MAKE) sandbox
	$(MAKE) components
	cargo bench -p kubectl-gemini --bench swap --no-run
	$(SANDBOX) run -- cargo bench -p kubectl-gemini --bench swap
	$(SANDBOX) run --node -- cargo bench -p kubectl-gemini --bench swap -- --running 20

build:
	$(MAKE) sandbox
	$(MAKE) -j2 components plugin

sandbox:
	cargo build -p sandbox

plugin:
	cargo build --bin kubectl-gemini

components: sandbox
	$(SANDBOX) build

rust:
	$(MAKE) static
	cargo test --workspace --no-run

# The program as it goes into an image: it needs no library. The flag is for the last step alone, so that nothing is built twice.
static:
	cargo rustc --bin kubectl-gemini -- -C target-feature=+crt-static
	install -D target/debug/kubectl-gemini target/static/kubectl-gemini

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

# Most of a test on a cluster is waiting: two at once for each core.
THREADS := $(shell echo $$((2 * $$(nproc))))

run-tests:
	RUST_TEST_THREADS=$(THREADS) $(SANDBOX) run -- cargo test --workspace --no-fail-fast
