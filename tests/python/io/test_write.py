"""What is written is whole, or not there."""

import resource
import signal
import subprocess
import sys
import time

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from semst import SemSTError
from semst.io import read, write


def make(n: int = 4) -> ad.AnnData:
    adata = ad.AnnData(
        sparse.random(
            n, 3, density=0.5, format="csr", dtype=np.float32, random_state=np.random.default_rng(0)
        ),
        obs=pd.DataFrame(
            {"text": ["a", "b", None, "a"] * (n // 4), "n": range(n)}, index=[f"s{i}" for i in range(n)]
        ),
        obsm={"spatial": np.arange(2.0 * n).reshape(n, 2)},
        layers={"half": np.ones((n, 3)) / 2},
        obsp={"graph": sparse.eye_array(n, format="csr")},
        uns={"semst": {"params": {"n_domains": 7, "name": "x"}, "loss": np.arange(3.0)}},
    )
    adata.raw = adata.copy()
    return adata


@pytest.mark.parametrize("name", ["out.h5ad", "out.zarr", "new/folder/out.h5ad"])
def test_all_slots_come_back(tmp_path, name):
    adata = make()
    assert write(adata, tmp_path / name) == tmp_path / name
    back = read(tmp_path / name)
    np.testing.assert_array_equal(back.X.toarray(), adata.X.toarray())
    np.testing.assert_array_equal(back.obsm["spatial"], adata.obsm["spatial"])
    np.testing.assert_array_equal(back.layers["half"], adata.layers["half"])
    np.testing.assert_array_equal(back.obsp["graph"].toarray(), np.eye(4))
    np.testing.assert_array_equal(back.raw.X.toarray(), adata.X.toarray())
    assert back.obs["text"].isna().tolist() == [False, False, True, False]
    assert back.obs["n"].tolist() == [0, 1, 2, 3]
    assert back.uns["semst"]["params"]["n_domains"] == 7
    assert [p.name for p in (tmp_path / name).parent.iterdir()] == [(tmp_path / name).name]


def test_writing_changes_nothing(tmp_path):
    adata = make()
    write(adata, tmp_path / "out.h5ad")
    assert adata.obs["text"].dtype == object  # anndata itself would have left a category here
    assert adata.raw is not None
    view = adata[[2, 0]]
    write(view, tmp_path / "view.h5ad")
    assert view.is_view
    assert read(tmp_path / "view.h5ad").obs_names.tolist() == ["s2", "s0"]


def test_backed_data_can_be_written_elsewhere(tmp_path):
    make().write_h5ad(tmp_path / "in.h5ad")
    backed = ad.read_h5ad(tmp_path / "in.h5ad", backed="r")
    write(backed, tmp_path / "out.h5ad")
    backed.file.close()
    np.testing.assert_array_equal(read(tmp_path / "out.h5ad").X.toarray(), make().X.toarray())


@pytest.mark.parametrize("name", ["out.h5ad", "out.zarr"])
def test_existing_results_are_kept_unless_asked(tmp_path, name):
    write(make(4), tmp_path / name)
    with pytest.raises(SemSTError, match=rf"{name} exists already\. .*allow replacing it: overwrite=True\."):
        write(make(8), tmp_path / name)
    assert read(tmp_path / name).n_obs == 4
    write(make(8), tmp_path / name, overwrite=True)
    assert read(tmp_path / name).n_obs == 8


def test_other_endings(tmp_path):
    with pytest.raises(SemSTError, match=r'out\.csv has the ending "\.csv"\. Accepted: \.h5ad .*and \.zarr'):
        write(make(), tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, signal, sys
import anndata as ad, numpy as np
from semst.io import write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
adata = ad.AnnData(np.random.default_rng(0).random((400, 400)))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))  # the same error path as a full disk
try:
    write(adata, sys.argv[1], overwrite=True)
except ValueError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("name", ["out.h5ad", "out.zarr"])
def test_a_full_disk_leaves_the_former_result(tmp_path, name):
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    write(make(), tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / name)], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.startswith("SemSTError"), done.stderr[-2000:]
    assert f"{name} could not be written (" in done.stdout
    assert "Nothing is left under that name; the former one is untouched. Check the free space" in done.stdout
    assert read(tmp_path / name).n_obs == 4
    assert [p.name for p in tmp_path.iterdir()] == [name]


KILLED = """
import sys, time
import anndata as ad, numpy as np
from semst.io import write
whole = ad.AnnData.write_h5ad
def slow(self, path, **options):
    whole(self, path, **options)
    print("written, not yet moved", flush=True)
    time.sleep(60)
ad.AnnData.write_h5ad = slow
write(ad.AnnData(np.ones((9, 2))), sys.argv[1], overwrite=True)
"""


def test_a_kill_leaves_the_former_result(tmp_path):
    file = tmp_path / "out.h5ad"
    write(make(), file)
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(file)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "written, not yet moved\n"
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    time.sleep(0.1)
    assert read(file).n_obs == 4


def test_an_old_folder_survives_a_new_one_that_was_never_written(tmp_path):
    from semst._atomic import atomic_path

    (tmp_path / "x.zarr").mkdir()
    (tmp_path / "x.zarr" / "old").write_text("here")
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "x.zarr", overwrite=True):
        pass
    assert (tmp_path / "x.zarr" / "old").read_text() == "here"
