# The two commands are `make demo` and `make test`; the rest are their parts.

SANDBOX := target/debug/sandbox
COMPONENTS := sandbox/components
GO_ENV := GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false -mod=readonly"

.PHONY: demo test lint build sandbox components rust driver-test cluster-test

# A story in a terminal: a volume, a backup, a loss, and the data back.
demo: build
	./sandbox/demo.sh

# Everything, on a real cluster. Both builds run side by side.
test:
	$(MAKE) sandbox
	$(MAKE) -j2 components rust
	$(MAKE) lint driver-test cluster-test

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
	cargo test --workspace --no-run

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	test -z "$$(gofmt -l $(COMPONENTS)/csi-driver $(COMPONENTS)/pause)"

driver-test:
	cd $(COMPONENTS) && $(GO_ENV) go vet ./csi-driver ./pause && $(GO_ENV) go test ./csi-driver

cluster-test:
	$(SANDBOX) run -- cargo test --workspace
