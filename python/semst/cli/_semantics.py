"""What `--semantics` may be: besides the registered names, bare files, folders and hub ids."""

from pathlib import Path

_ENDINGS = {".npy": "spots"} | dict.fromkeys(
    (".npz", ".parquet", ".csv", ".tsv", ".txt", ".gz", ".pt", ".pth", ".h5ad", ".pickle", ".pkl"), "genes"
)


def source_name(given: str) -> str:
    """Spell out a path or hub id as a name of :func:`semst.semantics.available`; leave all else as it is.

    A registered name wins over a file or folder of that name.
    """
    from semst.semantics import available

    if given in available() or f"{given.partition(':')[0]}:" in available():
        return given
    path = Path(given).expanduser()
    if path.is_dir():
        # sentence-transformers lists the parts of a model in modules.json
        return f"{'text' if (path / 'modules.json').is_file() else 'llm'}:{given}"
    if path.suffix.lower() in _ENDINGS:
        return f"{_ENDINGS[path.suffix.lower()]}:{given}"
    return f"llm:{given}" if given.count("/") == 1 else given
