#!/usr/bin/env bash
# Every figure of the docs that comes from the annotated slices or a simulation, anew: about three hours of one core.
#
#     benchmark/scripts/evidence.sh DATA OUT
#
# DATA holds the annotated slices. What a command printed lies in OUT/<name>.md, its log beside it; what is there already is
# not run again. Two run at a time, one thread each. At the end the pages are filled; Table 3's rows are taken over from
# docs/benchmarks/rows.jsonl.gz, where the code that made them has not changed (rekey.py).
set -euo pipefail
cd "$(dirname "$0")/../.."
data=$(realpath "$1")
out=$2
mkdir -p "$out"
out=$(realpath "$out")
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1

slices=("$data"/{her2st_A1,her2st_G2,st_pdac_A,osmfish_ssctx,starmap_mvc_BY3_1k,starmap_mpfc_BZ5,dlpfc_151673,dlpfc_151675}.h5ad)
pair=("$data"/dlpfc_151673.h5ad "$data"/dlpfc_151675.h5ad)
scripts=benchmark/scripts
rows=(--rows docs/benchmarks/rows.jsonl.gz)
linear=SemST,smoothed-pca,smoothed-pca-12,multi-scale-pca,banksy-like,hidden-spot,GraphST,SemanticST

run() { # name command...
  local name=$1 started=$SECONDS
  shift
  [ -s "$out/$name.md" ] && return 0
  "$@" >"$out/$name.part" 2>"$out/$name.log" || { echo "$name failed, see $name.log"; return 0; }
  mv "$out/$name.part" "$out/$name.md"
  echo "$name: $((SECONDS - started)) s"
}

sizes() { # the table is the last thing that is printed
  python $scripts/bench.py --out "$out/bench" --steps --sizes 10000x500 50000x500 100000x500 200000x500 500000x500 >&2 &&
    cat "$out/bench/bench.md"
}

readers() { # a bad end makes it fail
  python $scripts/fuzz.py --out "$out/fuzz" --mutants 300 >&2 &&
    cat "$out/fuzz/readers.md"
}

kills() {
  python $scripts/kills.py --out "$out/kills" --kills 300 >&2 &&
    cat "$out/kills/kills.md"
}

first() {
  run default semst benchmark default --data "$data" --out "$out/runs" "${rows[@]}" --seeds 3 --models "$linear"
  run networks semst benchmark default --data "$data" --out "$out/runs" "${rows[@]}" --seeds 2
  run table3 semst benchmark docs/benchmarks/table3.yaml --data "$data" --out "$out/runs" "${rows[@]}"
  run readers readers
  run calls cat "$out/fuzz/calls.md"
  run kills kills
}

second() {
  run sizes sizes
  run how-many python $scripts/how_many.py "${slices[@]}"
  run coarser python $scripts/coarser.py "${slices[@]}"
  run several python $scripts/several_slices.py "${pair[@]}" --models semst semanticst
  run proportions python $scripts/several_slices.py "$data"/dlpfc_151673.h5ad --models semst
  run cancers python $scripts/several_slices.py "$data"/her2st_A1.h5ad "$data"/her2st_G2.h5ad --models semst
  run domains python $scripts/meaning.py domains "$data" "$out/own"
  run retrieval python $scripts/meaning.py retrieval "$data" "$out/own"
  run matching python $scripts/meaning.py matching "$data" "$out/own"
  run species python $scripts/meaning.py species "$data" "$out/own"
  run pictures python $scripts/meaning.py pictures "$data" docs/meaning
  run gene-order python $scripts/gene_order.py "$data"/st_pdac_A.h5ad "$data"/starmap_mvc_BY3_1k.h5ad
  run cost python $scripts/meaning.py cost "$data"
  run twins python $scripts/twins.py "$data"/starmap_mpfc_BZ5.h5ad
  run mixing python $scripts/integration.py "${pair[@]}" --picture docs/integration.png
  run new-slice python $scripts/new_slice.py "$data"
  run sections python $scripts/sections.py --explain
  run study python $scripts/conditions.py pictures
  run tables python $scripts/conditions.py tables
  run studies-4 python $scripts/conditions.py sections --draws 100
  run studies-6 python $scripts/conditions.py sections --draws 100 --per-group 6
  run contacts-4 python $scripts/conditions.py contacts --draws 100
  run contacts-6 python $scripts/conditions.py contacts --draws 100 --per-group 6
  run simulated python $scripts/simulated_tissues.py --seeds 2
  run r-border env RETICULATE_PYTHON="$PWD/.venv/bin/python" Rscript $scripts/r_border.R
  run side-by-side python $scripts/side_by_side.py --source "$data"/dlpfc_151673.h5ad --depth-key sum_umi_full \
    --repeats 3 --ours explain=false
}

first &
second
wait
semst benchmark default docs/benchmarks/table3.yaml --data "$data" --out "$out/runs" "${rows[@]}" --only-collect \
  --report docs/benchmarks.md
python $scripts/model_tables.py --data "$data"
python $scripts/fill_pages.py "$out"
