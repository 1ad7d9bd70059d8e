"""Landmarks through the whole way and the command line."""

import json
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

import semst
from semst.cli import app


def test_a_run_with_landmarks_says_so_in_its_record(qwen: Path, tmp_path: Path) -> None:
    adata = semst.datasets.simulated_cortex(n_spots=200, random_state=0)
    semst.tl.semst(
        adata,
        4,
        semantics=f"llm:{qwen}",
        landmarks=40,
        k_g=3,
        epochs=2,
        cluster="mixture",
        cache_dir=tmp_path,
        progress=False,
    )
    record = adata.uns["semst"]
    assert record["semantics"]["n_landmarks"] == 40
    assert record["semantics"]["n_texts"] == 40
    assert np.isfinite(record["semantics"]["landmark_r2"])
    assert record["params"]["landmarks"] == 40

    source, out = tmp_path / "slice.h5ad", tmp_path / "vectors.npy"
    adata.uns = {}
    adata.write_h5ad(source)
    options = ["--semantics", f"llm:{qwen}", "--k-g", "3", "--cache-dir", str(tmp_path), "--quiet"]
    done = CliRunner().invoke(app, ["embed", str(source), "--out", str(out), "--landmarks", "40", *options])
    assert done.exit_code == 0, done.output
    assert np.load(out).shape == (200, 32)
    assert json.loads(out.with_suffix(".json").read_text())["semantics"]["n_landmarks"] == 40
