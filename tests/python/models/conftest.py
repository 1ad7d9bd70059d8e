"""What tests of several models share."""

from semst.models import Backbone


def short(model: type[Backbone], epochs: int) -> dict[str, int]:
    """That many epochs in every phase that has a setting for them."""
    fields = model.Config.__dataclass_fields__
    return {field: epochs for field in fields if field.split("_")[-1] == "epochs"}
