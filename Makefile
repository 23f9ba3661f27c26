# make setup | weights | serve | test | fuzz | lint | bench | soak | parity | docs | protos | check-deploy | lock | audit | sbom
# | image | verify-image | clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# What is installed is what the lock files have the sha256 of, or nothing is.
LOCKED := --require-hashes -r
TOOLS := build/tools
LOCK_FLAGS ?= # options of uv, such as --upgrade-package werkzeug
WEIGHTS := $(or $(OCR_WEIGHTS_DIR),weights)
IMAGE ?= slim# or paddle
CORPUS ?= ../shared/corpus
BENCH ?= load --concurrency 1,2,4,8 --out build/bench/load.html --out build/bench/load.json
SOAK_SECONDS ?= 3600
SOAK_FLAGS ?= # such as --cpus 0 --setting OCR_MODEL=pp-ocrv6-tiny
FUZZ_SECONDS ?= 600
PARITY_FLAGS ?= # such as --configurations v6-small --sets sroie_receipts_en --limit 5

# The service's own engines do with the slim set of packages; OCR_ENGINE=paddle and the checks need the whole.
PACKAGES := $(if $(filter paddle,$(OCR_ENGINE))$(filter test lint parity,$(MAKECMDGOALS)),whole,slim)

.PHONY: setup weights serve test fuzz lint bench soak parity docs protos check-deploy lock audit sbom image verify-image clean
.DELETE_ON_ERROR:

setup: weights

# Every model that a checksum is known of, and of those that PaddleOCR publishes the ones that the settings name.
weights: $(VENV)/.$(PACKAGES)
	@OCR_WEIGHTS_DIR=$(WEIGHTS) $(BIN)/python -m app.weights fetch

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

# paddlex asks for opencv-contrib-python, whose files take the place of those of the headless OpenCV and want libGL: so
# these are laid over them again wherever pip may have been at work on the whole set, and may have been interrupted.
LAY_HEADLESS = sed -n '/^opencv-python-headless==/,/[^\\]$$/p' requirements-slim.txt \
	| $(PIP) install --quiet --force-reinstall --no-deps $(LOCKED) /dev/stdin

$(VENV)/.slim: requirements-slim.txt | $(VENV)/bin/python
	$(PIP) install $(LOCKED) $<
	@! $(PIP) show --quiet opencv-contrib-python 2>/dev/null || $(LAY_HEADLESS)
	@touch $@

# With it the slim set is there, too.
$(VENV)/.whole: requirements.txt requirements-slim.txt | $(VENV)/bin/python
	@rm -f $(VENV)/.slim
	$(PIP) install $(LOCKED) $<
	$(LAY_HEADLESS)
	@touch $(VENV)/.slim $@

$(VENV)/.bench: bench/requirements.txt $(VENV)/.$(PACKAGES)
	$(PIP) install --quiet $(LOCKED) $<
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.whole
	$(PIP) install --quiet $(LOCKED) $<
	@touch $@

# The service on $OCR_PORT (9000 where it is not set); Ctrl-C ends it. Compiled models are kept for the next time.
serve: export OCR_CACHE_DIR ?= build/compiled
serve: setup
	@exec $(BIN)/gunicorn -c gunicorn.conf.py wsgi:app

test: setup $(VENV)/.development
	$(BIN)/python -m pytest

# Coverage-guided, $(FUZZ_SECONDS) seconds in all, then the running service against its OpenAPI document. What it finds is in
# build/fuzz/findings; FUZZ_ONLY=header (or decode, request, framing, contract) for one target.
fuzz: setup $(VENV)/.bench $(VENV)-fuzz/.installed
	fuzz/run.sh $(FUZZ_SECONDS) $(BIN)/python $(VENV)-fuzz/bin/python

$(VENV)-fuzz/.installed: fuzz/requirements.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)-fuzz
	$(VENV)-fuzz/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $<
	@touch $@

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# `python -m bench` with what BENCH says, such as make bench BENCH='compare --rounds 1': see docs/benchmarks.md.
bench: setup $(VENV)/.bench
	$(BIN)/python -m bench $(BENCH)

# The service for an hour (SOAK_SECONDS) at 70 % of what it can do: errors, p99, memory, descriptors and threads.
soak: setup $(VENV)/.bench
	$(BIN)/python -m bench soak --seconds $(SOAK_SECONDS) --out build/bench/soak-hour.html --out build/bench/soak-hour.json --out build/bench/soak-hour.md $(SOAK_FLAGS)

# The service against PaddleOCR itself, engine by engine and tier by tier: see docs/accuracy.md.
parity: setup $(VENV)/.development
	$(BIN)/python -m bench parity --corpus $(CORPUS) --weights $(WEIGHTS) --out build/parity.md --out build/parity.json $(PARITY_FLAGS)

docs: $(VENV)/.$(PACKAGES)
	$(BIN)/python -m app.settings_page > docs/settings.md

# Every manifest in deploy/ against the platform's own tool, schema or SDK; and each check against manifests that are broken
# on purpose. See docs/platforms/README.md.
check-deploy: $(VENV)-deploy/.installed
	$(VENV)-deploy/bin/python -m deploy.checks

$(VENV)-deploy/.installed: deploy/checks/requirements.txt
	$(PYTHON) -m venv --clear $(VENV)-deploy
	$(VENV)-deploy/bin/python -m pip --disable-pip-version-check install --quiet $(LOCKED) $<
	@touch $@

# An environment for each of the tools below, so that none gets among the service's packages.
$(TOOLS)/%/.installed: deploy/supply/%-requirements.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check install --quiet --only-binary :all: $(LOCKED) $<
	@touch $@

# The lock files anew from the .in files beside them: versions and the sha256 of every published file.
lock: $(TOOLS)/lock/.installed
	deploy/supply/lock.sh $(abspath $(TOOLS))/lock/bin/uv $(LOCK_FLAGS)

# The Python of app/rpc/inference.proto, which is committed beside it.
protos: $(TOOLS)/protos/.installed
	$(TOOLS)/protos/bin/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. app/rpc/inference.proto

# The locked versions against the known vulnerabilities. Without a network it says that it was skipped, and is content.
audit:
	@$(MAKE) --no-print-directory $(TOOLS)/audit/.installed || echo "audit: SKIPPED: pip-audit could not be installed"
	@! test -e $(TOOLS)/audit/.installed || $(TOOLS)/audit/bin/python -m deploy.supply.audit

# What this checkout runs on. The image has its own at /usr/share/sbom/ppocr-service.cdx.json.
sbom: setup $(TOOLS)/sbom/.installed
	$(TOOLS)/sbom/bin/python -m deploy.supply.sbom --venv $(VENV) --weights $(WEIGHTS) --out build/sbom.cdx.json

image:
	@for builder in docker podman buildah; do $$builder info >/dev/null 2>&1 && break || builder=; done; \
	test "$$builder" || { echo "docker, podman or buildah is needed"; exit 1; }; \
	$$builder build --target $(IMAGE) -t ppocr-service:$(IMAGE) .

# Builds the image without a Docker engine and runs it as a stranger would: see the script. Needs root and Debian.
verify-image:
	deploy/container/verify_image.sh $(IMAGE)

clean:
	rm -rf $(VENV) .venv-* build
