"""What every export needs: labelled spots, their names as other tools know them, and a whole table."""

import os
import re
from pathlib import Path

import pandas as pd
from anndata import AnnData

from semst import _words
from semst._atomic import atomic_path
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import get_labels, require_key

# a barcode of Visium or of single cells, a bin of Visium HD, a cell of Xenium
_BARCODE = re.compile(
    r"(?<![A-Za-z0-9])(?:[ACGT]{8,}|s_\d{3}um_\d+_\d+|cellid_\d+|[a-p]{8})-\d+(?![A-Za-z0-9])"
)


def check_ending(path: str | os.PathLike, *endings: str) -> Path:
    """The path, if it ends in one of these.

    Examples
    --------
    >>> check_ending("domains.csv", ".csv").name
    'domains.csv'
    """
    final = Path(path).expanduser()
    if final.suffix.lower() not in endings:
        raise SemSTError(f'{final} has the ending "{final.suffix}". Accepted: {", ".join(endings)}.')
    return final


def domains_of(adata: AnnData, key: str, *, all_spots: bool = False) -> pd.Categorical:
    """Domain of every spot, of which one at least has one; those without are counted in the log."""
    labels = get_labels(adata, key)
    n_without = int((labels.codes < 0).sum())
    if n_without == len(labels):
        raise SemSTError(
            f"No spot has a domain in {_words.slot('obs', key)} ({len(labels)} spots). Find domains first "
            f"({_words.step('semst')}), or name another column ({_words.given('key')})."
        )
    if n_without:
        kept = "without one in the table" if all_spots else "left out"
        where = _words.slot("obs", key)
        logger.info(f"{n_without} of {len(labels)} spots have no domain in {where} and are {kept}")
    return labels


def barcodes_of(adata: AnnData, barcode_key: str | None) -> pd.Index:
    """Name of every spot as its maker gave it.

    That is a column of ``obs``, where one is named. Else it is the name of the spot, without what putting
    slices together has added before or behind, where the name holds a barcode of 10x Genomics; names of other
    kinds are kept.
    """
    if barcode_key is not None:
        column = require_key(adata.obs, barcode_key, what=_words.slot("obs"))
        if column.isna().any():
            raise SemSTError(
                f"{_words.slot('obs', barcode_key)} is missing for {int(column.isna().sum())} of "
                f"{len(column)} spots; every spot needs a barcode."
            )
        return pd.Index(column.astype(str))
    names = pd.Index(adata.obs_names.astype(str))
    found = [_BARCODE.search(name) for name in names]
    barcodes = pd.Index([name if hit is None else hit[0] for name, hit in zip(names, found, strict=True)])
    altered = barcodes != names
    if altered.any():
        one = altered.argmax()
        logger.info(f'{int(altered.sum())} barcodes were shortened: "{names[one]}" is "{barcodes[one]}"')
    if not any(found):
        logger.warning(
            f'no name of a spot looks like a barcode of 10x Genomics (the first is "{names[0]}"), by which '
            f"its programs know spots; {_words.given('barcode_key')} names a column that holds barcodes"
        )
    return barcodes


def labelled_barcodes(adata: AnnData, key: str, barcode_key: str | None) -> pd.Series:
    """Domains by barcode, of the spots that have one, each barcode once."""
    labels = domains_of(adata, key)
    domains = pd.Series(labels, index=barcodes_of(adata, barcode_key))[labels.codes >= 0]
    repeated = domains.index[domains.index.duplicated()].unique()
    if len(repeated):
        one = _words.one_slice()
        raise SemSTError(
            f"{len(repeated)} barcodes occur more than once (e.g. {repeated[0]}): these are several slices, "
            f"each with a file of its own. Export one at a time{f', for example {one}' if one else ''}."
        )
    return domains


def write_table(table: pd.DataFrame, final: Path, *, overwrite: bool, index: bool = False) -> Path:
    """Write a table as .csv, completely or not at all."""
    with atomic_path(final, overwrite=overwrite) as part:
        table.to_csv(part, index=index, lineterminator="\n")
    logger.info(f"wrote {len(table)} rows to {final}")
    return final
