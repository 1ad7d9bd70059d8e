"""Settings of models that are built as intended only."""

from dataclasses import dataclass

from semst._errors import SemSTError
from semst.models._contract import BackboneConfig


@dataclass(frozen=True, kw_only=True)
class AsIntendedConfig(BackboneConfig):
    """Settings of a model without a published quirk that a number hangs on: ``as_published`` is refused."""

    def __post_init__(self) -> None:
        """Check what cannot be right."""
        super().__post_init__()
        if self.as_published:
            raise SemSTError(
                f"as_published is True, but {type(self).__name__.removesuffix('Config')} has no published "
                "quirk to repeat. Leave as_published out."
            )
