# make setup | serve | test | lint | parity | docs | image | verify-image
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEIGHTS := weights
CORPUS ?= ../shared/corpus
PARITY_PORT ?= 9077
PARITY_FLAGS ?= # such as --sets sroie_receipts_en --limit 5

.PHONY: setup serve test lint parity docs image verify-image clean
.DELETE_ON_ERROR:

setup: $(VENV)/.runtime
	@OCR_WEIGHTS_DIR=$(WEIGHTS) $(BIN)/python -m app.weights fetch

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt bench/requirements.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-dev.txt
	@touch $@

# The service on $OCR_PORT (9000 where it is not set); Ctrl-C ends it.
serve: setup
	@exec $(BIN)/gunicorn -c gunicorn.conf.py wsgi:app

test: setup $(VENV)/.development
	$(BIN)/python -m pytest

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Accuracy of the service against PaddleOCR itself, same weights, same images: see docs/accuracy.md.
parity: setup $(VENV)/.development
	$(BIN)/python -m bench reference --out build/paddleocr.jsonl --weights $(WEIGHTS) --tier pp-ocrv6-small --corpus $(CORPUS) --det-max-side 1600 $(PARITY_FLAGS)
	@OCR_PORT=$(PARITY_PORT) $(BIN)/gunicorn -c gunicorn.conf.py wsgi:app & service=$$!; trap "kill $$service" EXIT; \
	curl --silent --output /dev/null --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:$(PARITY_PORT)/readyz; \
	$(BIN)/python -m bench accuracy --url http://127.0.0.1:$(PARITY_PORT) --corpus $(CORPUS) --reference build/paddleocr.jsonl --out build/accuracy.json $(PARITY_FLAGS)

docs: $(VENV)/.runtime
	$(BIN)/python -m app.settings > docs/settings.md

image:
	@builder=$$(command -v docker || command -v podman || command -v buildah) || { echo "docker, podman or buildah is needed"; exit 1; }; \
	$$builder build --target slim -t ppocr-service:slim .

# Builds the image without a Docker engine and runs it as a stranger would: see the script. Needs root and Debian.
verify-image:
	deploy/container/verify_image.sh

clean:
	rm -rf $(VENV) .venv-paddleocr build
