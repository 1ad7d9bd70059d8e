"""Messages in the words of R: its arguments, and its verbs instead of calls."""

from typing import Any

from semst._words import Dialect

# what R calls otherwise; the R package has the same list for what is given to it
CALLED = {
    "random_state": "seed",
    "progress": "verbose",
    "layer": "assay.type",
    "use_raw": "assay.type",
    "depth_key": "depth",
    "spatial_key": "coordinates",
    "sample_key": "samples",
    "image_key": "image_features",
    "use_existing_graph": "graph",
    "key_added": "name",
}
_CALLED = {**CALLED, "condition_key": "condition", "use_rep": "dimred", "barcode_key": "barcodes"}
_COLUMNS = {
    "sample_key",
    "depth_key",
    "condition_key",
    "barcode_key",
}  # may be named by a column of the object
_SLOTS = {
    "X": "x",
    "obs_names": "the column names",
    "var_names": 'the row names, or name the column that holds them: symbols = "<column of rowData>"',
}
_VERBS = {
    "explain": "explainDomains()",
    "semst": "runSemST()",
    "run": "runSemST()",
    "proportions": "domainProportions()",
    "contacts": "domainContacts()",
    "align": "alignSlices()",
    "match": "matchDomains()",
}


class R(Dialect):
    """The words of the R package.

    Examples
    --------
    >>> R().given("fsm", True), R().given("groups", ("control", "case")), R().name("sample_key")
    ('fsm = TRUE', 'groups = c("control", "case")', 'samples')
    >>> R().slot("obs", "condition"), R().step("explain", key="semst")
    ('condition', 'explainDomains()')
    """

    def name(self, parameter: str) -> str:
        """Name the argument of a parameter."""
        return _CALLED.get(parameter, parameter)

    def given(self, parameter: str, value: Any = ...) -> str:
        """Show an argument with its value."""
        shown = '"<column>"' if value is ... and parameter in _COLUMNS else _quoted(value)
        return f"{self.name(parameter)} = {shown}"

    def slot(self, kind: str, key: str | None = None) -> str:
        """Name what R handed over: columns of one word have the names of its arguments, others their own."""
        if key is None:
            return _SLOTS.get(kind, kind)
        if (kind, key) == ("obsm", "spatial"):
            return "coordinates"
        return key if key.isalpha() and key.islower() else f'"{key}"'

    def step(self, verb: str, **arguments: Any) -> str:
        """Name the verb."""
        return _VERBS.get(verb, verb)

    def source(self, kind: str, **settings: Any) -> str:
        """Show what makes a source."""
        return f'semanticSource("{kind}", {", ".join(self.given(k, v) for k, v in settings.items())})'

    def one_slice(self) -> str:
        """Show how one of several slices is taken out of an object."""
        return 'x[, x$slice == "a"]'

    def in_python(self, code: str, otherwise: str) -> str:
        """Say it in words."""
        return otherwise

    def new_workers(self) -> str:
        """Show what starts workers as new sessions."""
        return "BiocParallel::SnowParam() or future::plan(future::multisession)"


def _quoted(value: Any) -> str:
    if value is ...:
        return "..."
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple | list):
        return f"c({', '.join(map(_quoted, value))})"
    return str(value)
