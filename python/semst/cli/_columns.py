"""Names of results that may not be those of what is read."""

from semst import _keys
from semst._errors import SemSTError


def check_key_added(key_added: str, given: dict[str, str | None]) -> None:
    """Refuse names of results that would replace a column the run reads, or be scored against themselves."""
    written = {key_added, _keys.unrefined(key_added), _keys.uncertainty(key_added)}
    for option, column in given.items():
        if column in written:
            raise SemSTError(
                f'{option} names the column "{column}", which this run would replace. Give its results '
                "another name: --key-added."
            )
