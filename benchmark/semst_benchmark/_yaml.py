"""YAML of a suite: plain mappings, lists and values, no more of them than somebody has typed."""

from typing import Any

import yaml

from semst import SemSTError


class _Loader(yaml.SafeLoader):
    """Without anchors: a few hundred bytes of them unfold to billions of values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not accepted", mark)
        return super().compose_node(parent, index)


def load(content: bytes, where: str) -> Any:
    """Read the content of a file.

    Raises
    ------
    SemSTError
        If it is not text in UTF-8, not YAML, has aliases, or is nested too deeply.

    Examples
    --------
    >>> load(b"title: x", "suite.yaml")
    {'title': 'x'}
    """
    try:
        return yaml.load(content.decode("utf-8-sig"), _Loader)
    except UnicodeDecodeError as error:
        raise SemSTError(f"{where} is not text in UTF-8 ({error}). Save it as UTF-8.") from error
    except yaml.YAMLError as error:
        raise SemSTError(f"{where} is not valid YAML: {' '.join(str(error).split())}") from error
    except (RecursionError, ValueError) as error:  # a date that is none, a number of a million digits
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise SemSTError(f"{where} is not valid YAML: {reason}") from error
