# Two commands matter: `make demo` and `make test`. Everything else serves them.

SHELL := /bin/bash
RULE_FILES := $(wildcard crates/rules/catalog/*/*/rule.rs)
# Old front-end libraries and a maker of bills of materials, which tests use: what is installed, and where.
NPM := crates/app/tests/it/real/npm
NPM_PLACE := $(or $(CARGO_TARGET_DIR),target)/tmp/npm

.PHONY: help demo test lint fmt bench install install-test install-bench install-fuzz docs fuzz fuzz-short

# Seconds of `make fuzz` for each target, and the targets if not all.
SECONDS ?= 600
TARGETS ?=

help:
	@echo "make demo   install what is missing, build, check the lab, write the report"
	@echo "make test   all tests"
	@echo "make lint   formatting, clippy, licences"
	@echo "make bench  the measured figures of the README"
	@echo "make docs   write the generated files"
	@echo "make fuzz   hostile bytes for every reader, SECONDS=600 each; fuzz-short: two seconds"

# What the product needs beside Rust: a browser with Chinese fonts. Servers are for the tests.
install:
	@scripts/install.sh chromium chromium-sandbox fonts-noto-cjk

install-test: install $(NPM_PLACE)/.installed
	@scripts/install.sh nginx-light apache2-bin unbound openssh-server vsftpd postfix dovecot-imapd dovecot-pop3d mariadb-server \
	  postgresql redis-server memcached slapd bind9 mosquitto etcd-server zookeeper lighttpd tomcat10 snmpd samba openssl sslscan nmap xz-utils \
	  php-fpm php-cli dbconfig-no-thanks dokuwiki adminer phpmyadmin roundcube-core roundcube-sqlite3 wordpress \
	  wordpress-theme-twentytwentythree rpm php-composer-semver

$(NPM_PLACE)/.installed: $(NPM)/package.json $(NPM)/package-lock.json
	@mkdir -p $(NPM_PLACE) && cp $^ $(NPM_PLACE)/
	@cd $(NPM_PLACE) && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --silent
	@touch $@

demo: install
	cargo build --release --locked
	target/release/mingcha demo --out out/demo

test: install-test
	cargo test --workspace --locked

fmt:
	cargo fmt --all
	rustfmt --edition 2024 $(RULE_FILES) fuzz/src/main.rs

# cargo fmt does not follow the generated index to the rules, nor into the fuzzing's own workspace, so these are named.
lint:
	cargo fmt --all --check
	rustfmt --edition 2024 --check $(RULE_FILES) fuzz/src/main.rs
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo deny --locked check licenses bans sources

docs:
	cargo xtask docs

# What the bench compares with, as far as Debian has it.
install-bench: install
	@scripts/install.sh nmap sslscan whatweb curl || true

bench: install-bench
	cargo build --release --locked --workspace
	scripts/bench.sh

# Everything that reads bytes from outside, see docs/FUZZING.md.
# LLVM's libFuzzer, which a crate brings along as source, takes a C++ compiler.
install-fuzz:
	@scripts/install.sh g++

fuzz: install-fuzz
	scripts/fuzz.sh $(SECONDS) $(TARGETS)

fuzz-short: install-fuzz
	scripts/fuzz.sh 2
