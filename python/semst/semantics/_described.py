"""Gene descriptions -> gene vectors by a language model or text encoder -> spot vectors."""

import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from semst import _words
from semst._brief import brief
from semst._errors import MissingKeyError, SemSTError
from semst._log import logger
from semst._parquet import read_parquet
from semst._table_header import check_header

from ._average import AveragedGenes, Weights
from ._embed_texts import TextModel, embed_texts
from ._gene_table import no_gene_found
from ._prompts import check_template
from ._symbols import match_symbols
from ._text_encoder import TextEncoder
from ._types import GeneVectors, Run


@brief
@dataclass(frozen=True, eq=False)
class DescribedGenes(AveragedGenes):
    """Embed what is written about each gene once, then average over the genes of a spot by expression.

    Descriptions say more than bare symbols, whatever the size of the model, and each gene is embedded only
    once for all slices. Only genes that occur in the data are embedded.

    Parameters
    ----------
    table
        Path of a ``.tsv``, ``.txt`` or ``.csv`` (also ``.gz``) or ``.parquet`` file, or a data frame, with
        one row per gene.
    model
        The model that reads the texts: a :class:`TextEncoder` or a :class:`LanguageModel`.
    template
        Text of a gene, with ``{symbol}`` and ``{description}``.
    weights
        ``"log1p"``: log of 1 + counts per 10,000. ``"counts"``: the counts.
    species
        Which species' rows to use. ``None``: of a table with a species column, the one whose symbols fit the
        data best.
    across_species
        Whether mouse and human genes match by name (``Actb`` = ``ACTB``).
    symbol_column, description_column, species_column
        Names of the columns. The species column may be absent.

    Examples
    --------
    >>> table = pd.DataFrame({"symbol": ["MBP"], "description": ["myelin basic protein"]})
    >>> DescribedGenes(table).texts(["MBP", "XYZ"])[0]
    ['MBP: myelin basic protein']
    """

    table: str | os.PathLike | pd.DataFrame
    model: TextModel = field(default_factory=TextEncoder)
    template: str = "{symbol}: {description}"
    weights: Weights = "log1p"
    species: str | None = None
    across_species: bool = False
    symbol_column: str = "symbol"
    description_column: str = "description"
    species_column: str = "species"

    needs_symbols = False

    def __post_init__(self) -> None:
        check_template(self.template, "{symbol}", "{description}")

    @property
    def name(self) -> str:
        """Short name for records and messages."""
        what = "" if isinstance(self.table, pd.DataFrame) else f" {Path(self.table).name}"
        return f"described genes{what}"

    def texts(self, symbols: list[str]) -> tuple[list[str], np.ndarray]:
        """Texts of the genes that the table describes, and their columns in the data.

        Raises
        ------
        SemSTError
            If the table cannot be read or has none of the genes.
        """
        frame = self._rows(symbols)
        known = frame[self.symbol_column].tolist()
        places = match_symbols(symbols, known, across_species=self.across_species)
        columns = np.flatnonzero(places >= 0)
        if not columns.size:
            raise no_gene_found(self.name, symbols, known)
        rows = places[columns]
        descriptions = frame[self.description_column].to_numpy()
        texts = [
            self.template.replace("{symbol}", known[i]).replace("{description}", descriptions[i])
            for i in rows
        ]
        return texts, columns

    def gene_vectors(self, symbols: list[str], run: Run) -> GeneVectors:
        """Embed the descriptions of the genes."""
        texts, columns = self.texts(symbols)
        vectors, info = embed_texts(self.model, texts, run=run, unit="gene")
        return GeneVectors(vectors, columns, {**info, "template": self.template})

    def _rows(self, symbols: list[str]) -> pd.DataFrame:
        """Rows with a symbol and a description, of the wanted species."""
        frame = self.table if isinstance(self.table, pd.DataFrame) else _read(Path(self.table).expanduser())
        for column in (self.symbol_column, self.description_column):
            if column not in frame:
                there = ", ".join(f'"{c}"' for c in frame.columns)
                raise MissingKeyError(
                    f'{self.name} has no column "{column}". It has: {there}. Name the columns '
                    f"({_words.given('symbol_column')} and {_words.given('description_column')})."
                )
        frame = frame.dropna(subset=[self.symbol_column, self.description_column])
        frame = frame.astype({self.symbol_column: str, self.description_column: str})
        frame = frame[(frame[self.symbol_column] != "") & (frame[self.description_column].str.strip() != "")]
        if self.species_column not in frame:
            if self.species is not None:
                raise MissingKeyError(
                    f'{self.name} has no column "{self.species_column}", so the species "{self.species}" '
                    f"cannot be chosen. Name the column with {_words.given('species_column')}, or leave "
                    f"{_words.name('species')} out."
                )
            return frame
        return self._of_species(frame, symbols)

    def _of_species(self, frame: pd.DataFrame, symbols: list[str]) -> pd.DataFrame:
        kinds = frame[self.species_column].astype(str)
        species = self.species
        if species is None:
            fitting = kinds[frame[self.symbol_column].isin(symbols)].value_counts()
            if fitting.empty:  # spelled otherwise throughout: leave it to the matching
                return frame
            species = str(fitting.index[0])
            logger.info("%s: taking the rows of %s", self.name, species)
        elif species not in set(kinds):
            raise SemSTError(
                f'{self.name} has no species "{species}". It has: {", ".join(sorted(set(kinds)))}.'
            )
        return frame[kinds == species]


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise SemSTError(f"There is no file {path}. Give the path of a table with one description per gene.")
    kinds = [suffix.lower() for suffix in path.suffixes]
    try:
        if kinds[-1:] == [".parquet"]:
            return read_parquet(path)
        if not {".tsv", ".txt", ".csv"} & set(kinds[-2:]):
            raise SemSTError(
                f"{path} is of no known kind. Accepted: .tsv, .txt, .csv (also .gz) and .parquet."
            )
        # a gene called "NA" or "NaN" is a gene
        separator = "," if ".csv" in kinds else "\t"
        check_header(path, separator)
        return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    except SemSTError:
        raise
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise SemSTError(f"{path} cannot be read ({error}).") from None
