# `make demo` and `make test` set up what is missing first; nothing else is needed on a fresh Debian 12 machine.
.PHONY: setup demo test check-r lint format smoke-newest bench fuzz fuzz-seed docs docs-r generated completions constraints picture

bin := .venv/bin
# see python/semst/__init__.py; here too, because something else may import torch first
export OMP_WAIT_POLICY := passive

setup:
	@scripts/setup.sh

demo: setup
	$(bin)/semst demo --out-dir semst-demo --overwrite

test: setup lint
	scripts/test.sh

# R CMD build and check with the R tests, examples and vignettes; BiocCheck
check-r: setup
	scripts/check-r.sh

lint: setup
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/air format --check R
	$(bin)/mypy

format: setup
	$(bin)/ruff format
	$(bin)/ruff check --fix
	$(bin)/air format R

# A whole run with the newest versions that resolve, in .venv-newest
smoke-newest: setup
	scripts/smoke-newest.sh

# Table and plot of time and memory, in BENCH_OUT; the sizes are spots x genes. See docs/performance.md.
BENCH_OUT := build/bench
SIZES := 5000x500 10000x500 20000x500
STEPS := 1000x1000 2000x1000 3600x1000 3600x3000
bench: setup
	$(bin)/python benchmark/scripts/bench.py --out $(BENCH_OUT) --sizes $(SIZES) --steps $(STEPS) $(BENCH_OPTIONS)

# Damaged files for every reader, wrong calls for every function, kills; half an hour. See docs/robustness.md.
FUZZ_OUT := build/fuzz
MUTANTS := 300
KILLS := 300
fuzz: fuzz-seed
	$(bin)/python benchmark/scripts/fuzz.py --out $(FUZZ_OUT) --mutants $(MUTANTS) $(FUZZ_OPTIONS)
	$(bin)/python benchmark/scripts/kills.py --out $(FUZZ_OUT) --kills $(KILLS)

# A short seed of it, in a process of its own
fuzz-seed: setup
	$(bin)/python -m pytest -q benchmark/scripts/fuzzing/test_seed.py

# The site, with its tutorials run; warnings are errors
DOCS_OUT := build/site
docs: setup
	$(bin)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group docs
	$(bin)/python -m sphinx -W --keep-going -q -d build/doctrees docs $(DOCS_OUT)
	@echo "docs: $(DOCS_OUT)/index.html"

# The R reference and the vignettes beside it; needs the R package pkgdown and a network
docs-r: setup
	scripts/site-r.sh $(DOCS_OUT)/r

# Everything that is made from the code and takes no more than seconds. See CONTRIBUTING.md.
generated: setup completions picture
	$(bin)/semst settings --page docs/settings.md --overwrite
	$(bin)/python scripts/python-needs.py
	$(bin)/python scripts/r-known.py
	$(bin)/python scripts/r-parity.py

# After a change of the command's options: what the shell completes
completions: setup
	$(bin)/python scripts/completions.py

# After a change of which room imports which: the picture in docs/developers
picture: setup
	$(bin)/python scripts/import_picture.py

# After a change of the dependencies, in a .venv that passes the tests: write down the versions it holds.
constraints:
	$(bin)/pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt
