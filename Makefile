# What one does with a checkout of Tradepost. Each target is a script in scripts/, which says in its head what it
# promises and how it fails.

.DEFAULT_GOAL := help
.PHONY: help run up down status test test-system test-containers build deb fuzz bench bench-spool costs format clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	@echo "  PRODUCTD_PORT=… CUSTOMERD_PORT=… choose other ports than 3001 and 3002 for run and up"

run: ## everything on this machine: install, build, servers, daemons, a first order; Ctrl-C stops it
	@scripts/run

up: ## the same in the background, without the order
	@scripts/run --background

down: ## stop it; the data stay in .local/
	@scripts/down

status: ## what runs, where, and whether it is ready
	@scripts/status

test: ## check and test everything; FILTER=MoneyTests for a part
	@scripts/test

test-system: ## the packages under a real systemd; root and Debian; ONLY=watchdog for a part
	@scripts/test-system

test-containers: ## the image and docker-compose.yml, on a Docker engine of its own; root and Debian; FULL=yes compiles in it, too
	@scripts/test-containers

build: ## both daemons and their tools, in release mode, into .build/release
	@scripts/build

deb: ## the Debian packages, into .build/packages
	@scripts/deb

bench: ## how fast all of it is, beside what could be at best (hours); CASE=http for a part
	@benchmarks/run $(CASE)

bench-spool: ## how fast files are taken; ORDERS=100000 for a short run
	@benchmarks/run spool

fuzz: ## ten million requests that nobody would type, at the admin channel; ROUNDS=100000 SEED=2
	@swift run --no-color-diagnostics -c release fuzz-requests --rounds $(or $(ROUNDS),10000000) --seed $(or $(SEED),1)

costs: ## what the hot pieces cost in instructions and allocations, beside their limits; ACCEPT=1 takes the figures over
	@benchmarks/micro/run $(if $(ACCEPT),--accept)

format: ## put the sources into the project's format
	swift format --in-place --parallel --recursive Package.swift Sources Tests benchmarks

clean: ## stop everything, delete what was built and the data in .local/
	@scripts/down --delete
	rm -rf .build
