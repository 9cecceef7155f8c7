# Every target sets up .venv by itself, once, and again when pyproject.toml or constraints.txt change.
#
#   make PYTHON=python3.12 ...       another Python (3.11 or newer)
#   make TORCH_INDEX=URL ...         another build of torch, from the index at that address
#
# A .venv that is there is kept: `make clean` first to change its Python or its torch.

PYTHON ?= python3
TORCH_INDEX ?=

VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check
INSTALL := $(PIP) install --constraint constraints.txt
READY := $(VENV)/.ready
READY_APP := $(VENV)/.ready-app
READY_DEV := $(VENV)/.ready-dev
LOCALE := generator/app/locale
PINNED_TORCH = $(shell grep '^torch==' constraints.txt)

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint format bench app messages clean

help: ## what can be asked for
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '%-12s %s\n' "$$name" "$$text"; done

demo: $(READY) ## set up, and let the Shakespeare model write
	@echo
	@$(RUN) -m generator.sample shakespeare --prompt "ROMEO:" --temperature 0.6 --length 600

# Two files at once, each with one thread of torch: two threads that share a processor with other work wait for each other.
test: $(READY_DEV) ## set up, and run the tests (the fast ones)
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -ra --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-slow: $(READY_DEV) ## run the long tests
	$(RUN) -m pytest -q -ra -m slow --timeout 1800

lint: $(READY_DEV) ## style, types, and who may import whom
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports --no-logo

bench: $(READY_DEV) ## measure speed and scores; each file of benchmarks/ says what it does
	$(RUN) benchmarks/text/tokenizer_speed.py
	$(RUN) benchmarks/text/corpus_scale.py $$($(RUN) -c 'import pydoc_data.topics as text; print(text.__file__)')
	$(RUN) benchmarks/text/sampling_speed.py
	$(RUN) benchmarks/text/training_throughput.py
	$(RUN) benchmarks/text/precision_cost.py shakespeare
	$(RUN) benchmarks/text/time_to_loss.py shakespeare
	$(RUN) benchmarks/verse/speed.py --poems tang:qijue sonnets:sonnet --threads 2
	$(RUN) benchmarks/verse/forms.py --models tang,sonnets --count 100
	$(RUN) benchmarks/music/sample_speed.py
	$(RUN) benchmarks/music/lawful.py --count 100
	$(RUN) benchmarks/app/speed.py

app: $(READY_APP) ## set up, and open the app in a browser
	$(RUN) -m streamlit run streamlit_app.py --server.address "$${GENERATOR_APP_HOST:-localhost}" \
		--server.maxUploadSize "$${GENERATOR_APP_UPLOAD_MB:-20}"

messages: $(READY_DEV) ## gather what the app and the library say, and compile the translations
	$(VENV)/bin/pybabel --quiet extract --no-location --sort-output --keywords "_ option:2" \
		--project generator --version 0 --output $(LOCALE)/generator.pot streamlit_app.py generator/app generator/config.py
	$(RUN) -m generator.app.error_templates > $(LOCALE)/errors.pot
	@for domain in generator errors; do \
		$(VENV)/bin/pybabel --quiet update --domain $$domain --locale zh_CN --no-fuzzy-matching --ignore-obsolete \
			--ignore-pot-creation-date --no-wrap --input-file $(LOCALE)/$$domain.pot --output-dir $(LOCALE) && \
		rm $(LOCALE)/$$domain.pot && \
		$(VENV)/bin/pybabel --quiet compile --domain $$domain --locale zh_CN --directory $(LOCALE) || exit 1; \
	done

format: $(READY_DEV) ## bring the code into the house style
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

clean: ## remove .venv and the caches; what was trained or downloaded stays
	rm -rf $(VENV) generator.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# -------------------------------------------------------------------- setting up

# Looked at before anything is made, so that what is missing is said in words.
define CHECK_PYTHON
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
		echo "error: there is no $(PYTHON) on this machine."; \
		echo "       On Debian or Ubuntu: sudo apt install python3 python3-venv"; \
		echo "       Or name another: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; } >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) -c 'import platform; print(platform.python_version())')."; \
		echo "       Name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "error: $(PYTHON) cannot make virtual environments here."; \
		echo "       On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; } >&2
endef

# A .venv that was moved, cut off half-way or left behind by a removed Python is made anew.
$(READY): pyproject.toml constraints.txt
	$(CHECK_PYTHON)
	@$(RUN) -m pip --version >/dev/null 2>&1 || { \
		echo "Setting up $(VENV): this happens once and takes a few minutes."; \
		$(PYTHON) -m venv --clear $(VENV); }
	$(if $(TORCH_INDEX),$(PIP) install --index-url $(TORCH_INDEX) $(PINNED_TORCH))
	$(INSTALL) setuptools
	$(INSTALL) --no-build-isolation --editable '.[english]'
	@touch $@

$(READY_APP): $(READY)
	$(INSTALL) --no-build-isolation --editable '.[app,english,music]'
	@touch $@

$(READY_DEV): $(READY)
	$(INSTALL) --no-build-isolation --editable '.[app,dev,english,music]'
	@touch $@
