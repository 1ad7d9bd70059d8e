"""A bar of a round length, for pictures whose unit is known."""

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

_SHARE = 0.2  # of the width that a bar is long, about
_FONT = 8
HIGH = 0.28  # inches that a bar and its words take


def round_length(width: float) -> float:
    """The length of 1, 2 or 5 times a power of ten that is nearest to a fifth of the width, by ratio.

    Examples
    --------
    >>> round_length(6500.0), round_length(130.0)
    (1000.0, 20.0)
    """
    wanted = _SHARE * width
    lengths = np.outer(10.0 ** np.arange(np.floor(np.log10(wanted)), np.log10(wanted) + 2), [1, 2, 5]).ravel()
    return float(lengths[np.argmin(np.abs(np.log(lengths / wanted)))])


def in_words(length: float) -> str:
    """A length in micrometres, or in millimetres from a thousand on.

    Examples
    --------
    >>> in_words(500.0), in_words(2000.0)
    ('500 µm', '2 mm')
    """
    return f"{length / 1000:g} mm" if length >= 1000 else f"{length:g} µm"


def draw_scale_bar(ax: Axes, um_per_unit: float | None) -> None:
    """Put a bar under the left end of the panel, off the tissue; none where the unit is not known.

    ``um_per_unit`` are micrometres in a unit of the coordinates.
    """
    if um_per_unit is None:
        return
    left, right = ax.get_xlim()
    width = abs(right - left)
    length = round_length(um_per_unit * width)
    ax.add_artist(
        AnchoredSizeBar(
            ax.transData,
            length / um_per_unit,
            in_words(length),
            loc="upper left",
            bbox_to_anchor=(0, 0),
            bbox_transform=ax.transAxes,
            size_vertical=0.006 * width,
            color=rcParams["text.color"],
            fontproperties=FontProperties(size=_FONT),
            frameon=False,
            pad=0.2,
            borderpad=0.1,
            sep=3,
        )
    )
