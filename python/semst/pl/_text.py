"""Foreign text in a given width: measured, wrapped, and shortened where it has no end."""

from functools import lru_cache
from typing import Any

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

ELLIPSIS = "\u2026"
LINE = 1.3  # from one line to the next, in font sizes
_INCH = 72  # points
_HINTING = 1.03  # letters are moved to whole pixels when they are drawn


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, **font: Any) -> float:
    """Inches that a line of text is wide; ``font`` are ``style`` and ``weight``, as matplotlib knows them.

    Examples
    --------
    >>> text_width("MM", 10) > text_width("ii", 10)
    True
    """
    properties = FontProperties(size=size, **font)
    return text_to_path.get_text_width_height_descent(text, properties, ismath=False)[0] * _HINTING / _INCH


def shorten(text: str, width: float, size: float, **font: str) -> str:
    """Cut a line at ``width`` inches; an ellipsis says that something is left out.

    Examples
    --------
    >>> shorten("ensheathment of neurons", 0.8, 9)
    'ensheath…'
    >>> shorten("myelin", 2, 9)
    'myelin'
    """
    if text_width(text, size, **font) <= width:
        return text
    fits, fails = 0, len(text)  # letters that can stay; halved until known
    while fails - fits > 1:
        middle = (fits + fails) // 2
        wide = text_width(text[:middle].rstrip(" ,;-") + ELLIPSIS, size, **font)
        fits, fails = (middle, fails) if wide <= width else (fits, middle)
    return text[:fits].rstrip(" ,;-") + ELLIPSIS


def wrap(text: str, width: float, size: float, *, most: int, **font: str) -> list[str]:
    """Break text between words into at most ``most`` lines of ``width`` inches.

    Examples
    --------
    >>> wrap("ensheathment of neurons", 1.0, 9, most=2)
    ['ensheathment', 'of neurons']
    """
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        n = 1
        while n < len(words) and text_width(" ".join(words[: n + 1]), size, **font) <= width:
            n += 1
        if len(lines) == most - 1:
            n = len(words)
        lines.append(shorten(" ".join(words[:n]), width, size, **font))
        words = words[n:]
    return lines
