"""What an .rds file could run, found before R reads it; and what is damaged in one."""

import bz2
import gzip
import lzma
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from semst import SemSTError, io
from semst.cli import app
from semst.io._rds_content import check_rds

from .test_rds import needs_r

HEAD = b"X\n" + struct.pack(">iii", 2, 0x040500, 0x020300)
NULL = struct.pack(">i", 254)
MADE = """
    suppressPackageStartupMessages(library(SpatialExperiment))
    x <- matrix(as.numeric(1:12), 4, dimnames = list(paste0('g', 1:4), paste0('s', 1:3)))
    slice <- function(counts) {
        SpatialExperiment(assays = list(counts = counts), spatialCoords = cbind(x = 1:3, y = 4:6))
    }
"""


def whole(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}i", *numbers)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Folder with the files that R makes, each by its code, and with what traps in them would write."""
    folder = tmp_path_factory.mktemp("rds")
    codes = {name: code for name, (code, _) in HOSTILE.items()} | USUAL | SPOILT
    lines = [
        f"trap <- function(...) writeLines('ran', '{folder / name}.trap'); local({{ "
        + code.replace("FILE", repr(f"{folder / name}.rds")).replace("TRAP", f"{folder / name}.trap")
        + " })"
        for name, code in codes.items()
    ]
    (folder / "make.R").write_text(MADE + "\n".join(lines))
    subprocess.run(["Rscript", folder / "make.R"], check=True, capture_output=True)
    for file in folder.glob("*.trap"):
        file.unlink()
    return folder


HOSTILE = {
    "a deferred operation": (
        "y <- DelayedArray::DelayedArray(x)"
        "; y <- new('DelayedMatrix', seed = new('DelayedUnaryIsoOpStack', seed = y@seed, "
        "OPS = list(function(a) { base::writeLines('ran', 'TRAP'); a }))); saveRDS(slice(y), FILE)",
        "a function .in assays@data@listData@seed@OPS",
    ),
    "an operation by name": (
        "y <- DelayedArray::DelayedArray(x) * 2; s <- y@seed; attr(s, 'OP') <- 'trap'"
        "; y@seed <- s; saveRDS(slice(y), FILE)",
        "in assays@data@listData@seed",
    ),
    "a promise": (
        "e <- new.env(); delayedAssign('a', trap(), assign.env = e)"
        "; s <- slice(x); metadata(s)$e <- e; saveRDS(s, FILE)",
        "a promise .in metadata",
    ),
    "a promise as a column": (
        "p <- (function(a) environment())(trap()); s <- slice(x); attr(s, 'colData') <- p; saveRDS(s, FILE)",
        "a promise .in colData",
    ),
    "an active binding": (
        "e <- new.env(); makeActiveBinding('a', trap, e)"
        "; s <- slice(x); metadata(s)$e <- e; saveRDS(s, FILE)",
        "an active binding .in metadata",
    ),
    "a class with a method of its own": (
        "s <- slice(x); attr(s, 'assays') <- structure(list(show = trap, as.list = trap), "
        "class = c('trap', 'SimpleAssays')); saveRDS(s, FILE)",
        "a function .in assays",
    ),
    "an object that shows itself": (
        "o <- structure(new.env(), class = c('A', 'R6')); o$print <- trap; o$format <- trap; s <- slice(x)"
        "; attr(s, 'elementMetadata') <- o; saveRDS(s, FILE)",
        "a function .in elementMetadata",
    ),
    "a built-in function": (
        "s <- slice(x); attr(s, 'rowRanges') <- list(sum); saveRDS(s, FILE)",
        "a function .in rowRanges",
    ),
    "compiled code": (
        "s <- slice(x); attr(s, 'assays') <- compiler::cmpfun(trap); saveRDS(s, FILE)",
        "a function .in assays",
    ),
}


USUAL = {
    "plain": "saveRDS(slice(x), FILE)",
    "old format": "saveRDS(slice(x), FILE, version = 2)",
    "not packed": "saveRDS(slice(x), FILE, compress = FALSE)",
    "xz": "saveRDS(slice(x), FILE, compress = 'xz')",
    "bzip2": "saveRDS(slice(x), FILE, compress = 'bzip2')",
    "a part of a DelayedArray": "saveRDS(slice(DelayedArray::DelayedArray(x)[4:1, ][4:1, ]), FILE)",
    "records": (
        "s <- slice(x); metadata(s) <- list(f = trap, g = lm, h = y ~ x, e = new.env()); saveRDS(s, FILE)"
    ),
}
_MATRIX = "m <- as(x * (x > 10), 'dgCMatrix'); s <- slice(m); "
_INTO = "; s@assays@data@listData$counts <- m; saveRDS(s, FILE)"
SPOILT = {
    "indices": f"{_MATRIX} attr(m, 'i') <- c(10000000L, 1L){_INTO}",
    "pointers": f"{_MATRIX} attr(m, 'p') <- c(0L, -5L, 2L, 2L){_INTO}",
    "sizes": f"{_MATRIX} attr(m, 'Dim') <- c(4L, 2000000000L){_INTO}",
    "factors": "s <- slice(x); s$f <- structure(rep(c(1L, 9L), length.out = ncol(s)), levels = c('a', 'b'), "
    "class = 'factor'); saveRDS(s, FILE)",
}


@needs_r
@pytest.mark.parametrize("kind", HOSTILE)
def test_what_could_run_is_refused_and_has_not_run(made, kind):
    with pytest.raises(SemSTError, match=f"{HOSTILE[kind][1]}.*trust=True"):
        io.read(made / f"{kind}.rds")
    assert not (made / f"{kind}.trap").exists()


@needs_r
def test_what_is_trusted_is_read_and_runs(made):
    trap = made / "a deferred operation.trap"
    assert io.read(made / "a deferred operation.rds", trust=True).X.sum() == 78
    assert trap.read_text() == "ran\n"
    trap.unlink()


@needs_r
def test_the_command_says_how_to_trust_a_file(made):
    file, trap = made / "a deferred operation.rds", made / "a deferred operation.trap"
    options = [str(file), "--truth", "x", "--labels", "y"]
    said = CliRunner().invoke(app, ["score", *options])
    assert said.exit_code == 2 and "If you trust whoever made it: --trust." in " ".join(said.output.split())
    assert not trap.exists()
    CliRunner().invoke(app, ["score", "--trust", *options])
    assert trap.exists()


@needs_r
@pytest.mark.parametrize("kind", USUAL)
def test_usual_objects_need_no_trust(made, kind):
    assert io.read(made / f"{kind}.rds").X.sum() == 78
    assert not (made / f"{kind}.trap").exists()


@needs_r
@pytest.mark.parametrize("space", ["base", "stats"])
def test_whatever_r_can_write_can_be_gone_through(tmp_path, space):
    code = f"saveRDS(as.list(asNamespace('{space}')), '{tmp_path / 'all.rds'}')"
    subprocess.run(["Rscript", "--vanilla", "-e", code], check=True)
    check_rds(tmp_path / "all.rds", trust=True)
    with pytest.raises(SemSTError, match=r"a function.*can run code"):
        check_rds(tmp_path / "all.rds", trust=False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "does not begin as one|too early"),
        (b"X\n", "too early"),
        (b"A\n2\n263168\n131840\n254\n", "saved as text"),
        (b"<!doctype html>", "does not begin as one"),
        (b"X\n" + whole(9, 0, 0) + NULL, "version 9"),
        (HEAD, "too early"),
        (HEAD + whole(99), "unknown kind 99"),
        (HEAD + whole(14, 5) + bytes(39), "too early"),
        (HEAD + whole(14, -7), "length -7"),
        (HEAD + whole(14, -1, 2**20, 0), "more than the memory"),
        (HEAD + whole(16, 1, 13), "a text is missing"),
        (HEAD + whole(16, 1, 9, -5), "length -5"),
        (HEAD + whole(255 | 1 << 8), "refers to item 1"),
        (HEAD + whole(19, 1) * 5_000 + NULL, "nests more than"),
        (HEAD + whole(2 | 1 << 10, 13), "name of an entry is missing"),
        (HEAD + whole(249, 7), "name of a package is missing"),
        (gzip.compress(HEAD + NULL)[:-9], "damaged"),
        (gzip.compress(HEAD + NULL)[:-8] + bytes(8), "damaged"),
        (bz2.compress(HEAD + NULL)[:-4], "damaged"),
        (lzma.compress(HEAD + NULL)[:-4], "damaged"),
    ],
)
def test_what_is_damaged_is_said_in_one_line(tmp_path, content, message):
    file = tmp_path / "x.rds"
    file.write_bytes(content)
    with pytest.raises(SemSTError, match=f"x.rds is damaged, or not an .rds file: .*(?:{message})|{message}"):
        check_rds(file, trust=True)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_every_packing_is_opened(tmp_path, pack):
    file = tmp_path / "x.rds"
    file.write_bytes(pack(HEAD + NULL))
    check_rds(file, trust=False)


@needs_r
@pytest.mark.parametrize("kind", SPOILT)
def test_matrices_and_factors_that_point_beyond_their_end_are_refused(made, kind):
    with pytest.raises(SemSTError, match="the file is damaged"):
        io.read(made / f"{kind}.rds")


@needs_r
def test_a_damaged_file_is_one_line_and_r_says_none_of_its_own(made):
    command = [sys.executable, "-c", "from semst.cli import main; main()", "run", made / "factors.rds"]
    command += ["--n-domains", "2", "--out", made / "x.h5ad"]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 2 and said.stderr.count("\n") == 1
    assert said.stderr.startswith("semst: error: ") and "beyond its 2 levels" in said.stderr


def test_no_process_is_needed_to_refuse_one(tmp_path):
    """The check is Python alone: it starts nothing, R least of all."""
    file = tmp_path / "x.rds"
    file.write_bytes(HEAD + whole(5) + NULL + NULL)
    code = (
        "import sys; from pathlib import Path; from semst.io._rds_content import check_rds\n"
        f"try: check_rds(Path({str(file)!r}), trust=False)\n"
        "except Exception as error: print(error)\nprint('rpy2' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "holds a promise" in out and out.endswith("False\n")
