.DEFAULT_GOAL := help
.PHONY: help demo up down doctor test unit lint format lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  ./hotline --help lists the commands themselves"

demo: ## three real calls on this machine, then stop
	./hotline demo

up: ## start, and keep running until Ctrl-C
	./hotline up

down: ## stop what `up -d` started
	./hotline down

doctor: ## what is installed, running or wrong, and how to mend it
	./hotline doctor

test: ## everything that is checked on every change
	./hotline test

unit: ## the quick tests alone
	./hotline test tests/unit

lint: ## style and types alone
	./hotline test --only lint

format: ## put the code in shape
	.venv/bin/python -m ruff format . && .venv/bin/python -m ruff check --fix .

lock: ## pin the newest versions pyproject.toml allows (needs uv)
	uv pip compile pyproject.toml --extra test --generate-hashes --no-emit-index-url --no-header --universal \
		--python-version 3.11 -q -o requirements.lock
