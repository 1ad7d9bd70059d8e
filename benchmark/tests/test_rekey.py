"""Rows of earlier code get the present key where a run anew finds the same scores, and else stay."""

import gzip
import json
import runpy
import sys
from pathlib import Path

import pytest
import yaml

from semst_benchmark import parse_suite, run_suite

SCRIPT = Path(__file__).parents[1] / "scripts" / "rekey.py"


@pytest.mark.parametrize("changed", [False, True])
def test_rows_whose_scores_come_out_alike_are_taken_over(content, tmp_path, monkeypatch, changed):
    given = content(arms=[{"model": "pca"}], pairs=[], clusterers=["own"], datasets=content()["datasets"][:1])
    suite_file = tmp_path / "small.yaml"
    suite_file.write_text(yaml.safe_dump(given))
    found = run_suite(parse_suite(given, where="x"), None, tmp_path / "out", jobs=0, progress=False)
    path = tmp_path / "out" / "rows.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    for row in rows:
        row |= {"key": f"{row['key'].partition('-')[0]}-0ld", "code": "0.1.0+0ld"}
        row["scores"]["own"]["vote"]["ari"] += 1e-9 * changed
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    monkeypatch.setattr(sys, "argv", ["rekey", str(path), str(suite_file), "--data", str(tmp_path)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    after = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    assert {row["code"] for row in after} == {"0.1.0+0ld"}  # what made them stays
    keys = {row["key"] for row in after}
    assert keys == ({row["key"] for row in rows} if changed else set(found.rows["key"]))
