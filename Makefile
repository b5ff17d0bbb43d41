# The front door. Each target installs what it lacks (tools/need) and says so.

CARGO ?= cargo
HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
AGENT := target/$(HOST)/agent/lvs-agent
FLOOR := target/$(HOST)/agent/examples/ipvs_floor
# An explicit --target keeps these flags from build scripts and procedural macros, which cannot be static.
# Without position independence it is smaller by a twentieth; no unsafe code of ours could gain from a known address.
# Functions of the same code become one, and there are neither unwind tables nor parts of glibc that are never reached
# (agent/link.ld). Runs of the same instructions become a function.
AGENT_FLAGS = -C target-feature=+crt-static -C relocation-model=static -C link-arg=-Wl,--icf=all \
  -C link-arg=-Wl,--no-eh-frame-hdr -C link-arg=-Wl,-T,agent/link.ld \
  -C llvm-args=--enable-machine-outliner=always
AGENT_BUILD = RUSTFLAGS="$(AGENT_FLAGS)" $(CARGO) build --quiet --locked -p lvs-agent --profile agent --target $(HOST)
AGENT_MAX := 2000000

FUZZ_TARGETS ?= netlink ipvsadm keepalived ldirectord inventory
FUZZ_SECONDS ?= 600
# To see that the targets compile, libFuzzer itself is not: nothing is linked. What the workspace has checked is not again.
FUZZ_CHECK := CUSTOM_LIBFUZZER_PATH=./libfuzzer.a $(CARGO) check --quiet --locked --manifest-path fuzz/Cargo.toml --bins \
  --target-dir target
# libFuzzer's counters come by flags that a stable compiler has behind this variable. All of our code is without `unsafe`,
# so that no sanitizer is worth its time.
FUZZ := cd fuzz && RUSTC_BOOTSTRAP=1 $(CARGO) fuzz
# What takes longer than this for 4 KiB is a finding.
FUZZ_FLAGS := -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0

.PHONY: help build agent demo test lint fuzz bench bench-apply bench-ipvs clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

build: agent ## bin/lvsctl and bin/lvs-agent, for release
	$(CARGO) build --quiet --locked --release -p lvsctl
	@mkdir -p bin
	@cp -f target/release/lvsctl bin/lvsctl.new && mv -f bin/lvsctl.new bin/lvsctl
	@cp -f $(AGENT) bin/lvs-agent.new && mv -f bin/lvs-agent.new bin/lvs-agent

agent: # the agent for nodes: static, and small enough to be pushed
	@tools/need build
	$(AGENT_BUILD)
	@size=$$(stat -c %s $(AGENT)); \
	  if [ $$size -gt $(AGENT_MAX) ]; then echo "the agent has $$size bytes; at most $(AGENT_MAX) are allowed" >&2; exit 1; fi

demo: build ## a lab on this machine, and a cluster rolled out in NAT, TUN and DR
	@tools/need lab
	@tools/demo

test: agent ## unit tests, golden cases, command-line tests and the end-to-end suite in the lab
	@tools/need lab test
	$(CARGO) build --quiet --locked -p lvsctl
	LVSCTL_COMPARE=1 LVSCTL_AGENT=$(CURDIR)/$(AGENT) LVSCTL=$(CURDIR)/target/debug/lvsctl $(CARGO) nextest run --locked --workspace

lint: ## rustfmt and clippy, warnings are errors; the fuzz targets compile
	@tools/need build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --quiet --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --quiet --locked -p lvsctl -- -D warnings
	$(CARGO) clippy --quiet --locked -p lvs-agent --features fuzzing -- -D warnings
	$(FUZZ_CHECK)

fuzz: ## what reads bytes and texts of others, against random ones; FUZZ_SECONDS=600 for each of FUZZ_TARGETS
	@tools/need build fuzz
	$(FUZZ) build -s none
	@for target in $(FUZZ_TARGETS); do \
	  echo "fuzz: $$target for $(FUZZ_SECONDS) s" >&2; \
	  mkdir -p fuzz/corpus/$$target && \
	  ($(FUZZ) run -s none $$target corpus/$$target seeds/$$target -- $(FUZZ_FLAGS) \
	    -max_total_time=$(FUZZ_SECONDS)) || exit 1; \
	done

bench: build ## a no-op apply on four nodes against four parallel `ssh NODE true`
	@tools/need lab
	LVSCTL=$(CURDIR)/bin/lvsctl $(CARGO) run --quiet --locked --release -p lvsctl-tests --example bench

bench-apply: build ## lvsctl against ansible-core, mitogen and pyinfra; time and memory for up to 512 hosts
	@tools/need lab
	@tools/need rivals ansible sshd >/dev/null
	$(CARGO) build --quiet --locked --release -p lvsctl-tests --example bench_apply --example bench_hosts
	LVSCTL=$(CURDIR)/bin/lvsctl target/release/examples/bench_apply
	LVSCTL=$(CURDIR)/bin/lvsctl target/release/examples/bench_hosts

bench-ipvs: agent ## the IPVS table by the agent against `ipvsadm -R` and `ipvsadm -Sn`, on one kernel
	@tools/need lab
	$(CARGO) build --quiet --locked -p lvsctl
	$(AGENT_BUILD) --example ipvs_floor
	LVSCTL_AGENT=$(CURDIR)/$(AGENT) LVSCTL=$(CURDIR)/target/debug/lvsctl LVSCTL_FLOOR=$(CURDIR)/$(FLOOR) \
	  $(CARGO) run --quiet --locked -p lvsctl-tests --example bench_ipvs

clean: ## what was built; labs and images are `lvsctl lab down` and the cache folder
	$(CARGO) clean --quiet
	rm -rf bin fuzz/target
