"""Build the table of the Gene Ontology that the package ships, from two Bioconductor packages.

    python scripts/gene-ontology.py org.Hs.eg.sqlite GO.sqlite

The files lie in the folders extdata of org.Hs.eg.db (human genes and their direct annotations) and GO.db
(terms and how they are related); on Debian the packages are r-bioc-org.hs.eg.db and r-bioc-go.db. Written
are, as tab-separated text that is compressed in the same way every time,

- go_terms.tsv.gz: identifier, ontology, name, parents (rows of this table, by "is a" and "part of": the two
  relations along which the Consortium lets annotations travel),
- go_genes.tsv.gz: symbol, former symbols that no other gene has or had, direct annotations (rows of the
  terms),
- go.json: where it is from, when, and under which licence.

Left out: annotations that say that nothing is known (evidence ND), and terms that no gene is annotated with,
neither directly nor below.
"""

import argparse
import gzip
import json
import sqlite3
from collections import defaultdict
from datetime import datetime
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "python" / "semst" / "explain" / "data"
ONTOLOGIES = ("bp", "mf", "cc")
UPWARDS = ("isa", "part of")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("genes", type=Path, help="org.Hs.eg.sqlite")
    parser.add_argument("ontology", type=Path, help="GO.sqlite")
    given = parser.parse_args()
    with sqlite3.connect(given.genes) as genes, sqlite3.connect(given.ontology) as ontology:
        terms, parents = read_terms(ontology)
        annotations = read_annotations(genes, known=set(terms))
        former = read_former_symbols(genes, annotations)
        metadata = dict(genes.execute("select name, value from metadata"))
    used = with_ancestors({term for found in annotations.values() for term in found}, parents)
    rows = {term: row for row, term in enumerate(sorted(used))}
    write_table(
        OUT / "go_terms.tsv.gz",
        (
            (term, *terms[term], ",".join(str(row) for row in sorted(rows[p] for p in parents[term])))
            for term in rows
        ),
    )
    write_table(
        OUT / "go_genes.tsv.gz",
        (
            (symbol, ",".join(former[symbol]), ",".join(str(r) for r in sorted(rows[t] for t in found)))
            for symbol, found in sorted(annotations.items())
        ),
    )
    source = {
        "name": "Gene Ontology",
        "species": metadata["ORGANISM"],
        "date": datetime.strptime(metadata["GOEGSOURCEDATE"], "%Y-%b%d").date().isoformat(),
        "licence": "CC BY 4.0",
        "source": "Gene Ontology Consortium, by way of Entrez Gene and Bioconductor's org.Hs.eg.db and GO.db",
        "url": "https://geneontology.org",
        "citation": "Ashburner et al. 2000, doi:10.1038/75556; The Gene Ontology Consortium 2023, "
        "doi:10.1093/genetics/iyad031",
        "changed": "direct annotations of human genes by symbol; ND and unused terms left out; relations "
        "is_a and part_of only",
    }
    (OUT / "go.json").write_text(json.dumps(source, indent=2) + "\n")
    print(f"{len(rows)} terms, {len(annotations)} genes, {sum(map(len, annotations.values()))} annotations")


def read_terms(ontology: sqlite3.Connection) -> tuple[dict[str, tuple[str, str]], dict[str, set[str]]]:
    """Ontology and name by identifier; parents by identifier."""
    kept = [name.upper() for name in ONTOLOGIES]
    by_row, terms = {}, {}
    for row, term, name, kind in ontology.execute("select _id, go_id, term, ontology from go_term"):
        if kind in kept:
            by_row[row], terms[term] = term, (kind, name)
    parents: dict[str, set[str]] = defaultdict(set)
    for kind in ONTOLOGIES:
        query = f"select _id, _parent_id, relationship_type from go_{kind}_parents"
        for child, parent, relation in ontology.execute(query):
            if relation in UPWARDS and child in by_row and parent in by_row:
                parents[by_row[child]].add(by_row[parent])
    return terms, parents


def read_annotations(genes: sqlite3.Connection, *, known: set[str]) -> dict[str, set[str]]:
    """Direct annotations by symbol."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in ONTOLOGIES:
        query = f"select symbol, go_id from go_{kind} join gene_info using (_id) where evidence != 'ND'"
        for symbol, term in genes.execute(query):
            if term in known:
                found[symbol].add(term)
    return found


def read_former_symbols(genes: sqlite3.Connection, annotated: dict[str, set[str]]) -> dict[str, list[str]]:
    """Other names of annotated genes that are no symbol of today and belong to one gene only."""
    today = {symbol.upper() for (symbol,) in genes.execute("select symbol from gene_info")}
    owners: dict[str, set[str]] = defaultdict(set)
    spelled: dict[str, str] = {}
    for name, symbol in genes.execute("select alias_symbol, symbol from alias join gene_info using (_id)"):
        owners[name.upper()].add(symbol)
        spelled.setdefault(name.upper(), name)
    former: dict[str, list[str]] = defaultdict(list)
    for name, symbols in sorted(owners.items()):
        (symbol, *others) = symbols
        if not others and name not in today and symbol in annotated and not set(name) & set(",\t "):
            former[symbol].append(spelled[name])
    return former


def with_ancestors(terms: set[str], parents: dict[str, set[str]]) -> set[str]:
    """The terms and everything above them."""
    found, new = set(terms), set(terms)
    while new:
        new = {parent for term in new for parent in parents[term]} - found
        found |= new
    return found


def write_table(path: Path, rows: object) -> None:
    """Compressed text without name and time of its making: the same rows give the same bytes."""
    text = "".join("\t".join(row) + "\n" for row in rows)  # type: ignore[attr-defined]
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
        packed.write(text.encode())


if __name__ == "__main__":
    main()
