"""Tables as .parquet."""

from pathlib import Path

import pandas as pd

from semst._errors import SemSTError, first_line
from semst._optional import optional


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table."""
    optional("pyarrow", extra="parquet", what="A .parquet file")
    try:
        return pd.read_parquet(path, page_checksum_verification=True)  # where the file has any
    except Exception as error:  # noqa: BLE001 - pyarrow raises many kinds for what is damaged
        raise SemSTError(f"{path} cannot be read as parquet ({first_line(error)}). Fetch it again.") from None
