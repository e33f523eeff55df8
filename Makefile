# Every recipe is one line that can be typed without make; the README has them.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
  RUN := .venv/Scripts/python
else
  RUN := .venv/bin/python
endif

# A .venv outlives the Python that it was made with, or the place where it was made.
ifneq ($(wildcard .venv/ready),)
ifneq ($(shell $(RUN) -c "print('runs')" 2>&1),runs)
ifneq ($(filter-out help clean,$(MAKECMDGOALS)),)
$(error The Python of .venv does not run any more. Delete the folder .venv, and call make again)
endif
endif
endif

# Chapters run side by side, each on one thread: quicker, and the same on every machine.
export OMP_NUM_THREADS = 1

.PHONY: help book pdf serve check quick test long notebooks links bench clean

help:
	@echo "make book       build the site and say where it is"
	@echo "make pdf        build the site, and the whole book as one PDF beside it"
	@echo "make serve      build the site, open it on localhost, and follow every change"
	@echo "make quick      after each change: make check, and the tests that take no time"
	@echo "make check      ruff and mypy: style, layout, types"
	@echo "make test       build the site, then run every test but those of make long"
	@echo "make long       every claim at its full length, and with other seeds: an hour or two"
	@echo "make notebooks  run the chapters and store their results in them"
	@echo "make links      ask every address that the course links to (needs the internet)"
	@echo "make bench      measure speed"
	@echo "make clean      delete what was built; .venv stays"

book: .venv/ready
	$(RUN) -m book build

pdf: .venv/ready
	$(RUN) -m book pdf

serve: .venv/ready
	$(RUN) -m book serve

check: .venv/ready
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy

quick: check
	$(RUN) -m pytest -n 2 --dist loadfile -m "not slow" helpers classroom book tests

# What looks at the pages for barriers and for speed; without npm those tests are skipped.
LOOKS := tests/page/node_modules/.package-lock.json
$(LOOKS): tests/page/package-lock.json
	-npm ci --prefix tests/page --no-audit --no-fund --loglevel error
test: $(if $(shell command -v npm),$(LOOKS))
test: .venv/ready
	$(RUN) -m book build
	$(RUN) -m pytest -n 3 --dist loadfile -m "not long"

long: .venv/ready
	$(RUN) -m pytest -n 2 -m long tests

notebooks: .venv/ready
	$(RUN) -m book notebooks

links: .venv/ready
	$(RUN) -m book links

bench: .venv/ready
	$(RUN) -m benchmarks

clean:
	$(PYTHON) -c "import shutil; shutil.rmtree('_build', ignore_errors=True)"

# On Linux, torch from PyPI brings gigabytes for graphics cards along, which this course
# does not use: first try the small build. Where its index cannot be reached, go on.
TORCH := $(filter torch==%,$(shell cat constraints.txt))
SMALL := --index-url https://download.pytorch.org/whl/cpu --retries 1 --timeout 15
.venv/ready: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c "import sys; sys.version_info >= (3, 11) or sys.exit('This course needs Python 3.11 or newer; this is ' + sys.version.split()[0] + '. Name another one like this: make PYTHON=python3.13')"
	@$(PYTHON) -c "import ensurepip, venv" || { echo "This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
ifeq ($(shell uname -s),Linux)
	-$(RUN) -m pip install $(SMALL) -c constraints.txt $(TORCH)
endif
	$(RUN) -m pip install -c constraints.txt -r requirements.txt
# nbgrader, which the tests compare our grader with, puts menus for graders into JupyterLab.
	$(RUN) -m jupyter labextension disable @jupyter/nbgrader
	@$(PYTHON) -c "open('.venv/ready', 'w')"
