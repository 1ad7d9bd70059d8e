"""Tables as .parquet."""

from pathlib import Path

import pandas as pd

from semst._errors import SemSTError
from semst._optional import optional


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table."""
    optional("pyarrow", extra="parquet", what="A .parquet file")
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise SemSTError(f"{path} cannot be read as parquet ({error}). Fetch it again.") from None
