"""A row for every domain: colour, label, size, markers and terms, in columns of fixed width."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ._text import LINE, shorten, text_width, wrap

_FONT, _SMALL = 9.0, 7.5
_CHIP = 0.16  # inches: side of the square with the colour
_COLUMNS = (0.28, 1.55, 1.9, 3.3)  # inches: chip, label and size, markers, terms
_HEADS = ("", "domain", "markers", "terms")
_HEAD = 0.3  # inches of the line of heads
_GUTTER = 0.15  # inches between columns
_PADDING = 0.16  # inches between rows
_INDENT, _BEHIND = 0.12, 0.08  # inches before the second line of a term, and between its last line and q
_MOST = {"label": 2, "name": 2, "markers": 3, "term": 2, "note": 3}  # lines of a text
_FEW = 0.05  # of random regions
_GREY, _LINE_GREY = "#5A5A5A", "#DDDDDD"


@dataclass(frozen=True)
class Row:
    """What is written of one domain; ``terms`` are name, q, and the share of random regions that have it."""

    color: str
    label: str
    name: str
    size: str
    markers: str
    terms: list[tuple[str, float, float]]
    note: str


@dataclass(frozen=True)
class _Line:
    """One line of a cell; ``after`` is small and grey behind it."""

    text: str
    size: float = _FONT
    style: str = "normal"
    weight: str = "normal"
    color: str = "black"
    after: str = ""
    indent: float = 0.0  # inches

    @property
    def high(self) -> float:
        return self.size * LINE / 72


def rows_width() -> float:
    """Inches that the rows are wide."""
    return sum(_COLUMNS) + _GUTTER * (len(_COLUMNS) - 1)


def rows_height(rows: list[Row]) -> float:
    """Inches that the rows are high, with their heads."""
    return _HEAD + sum(_height(row) for row in rows)


def draw_rows(ax: Axes, rows: list[Row]) -> None:
    """Write the rows into axes of :func:`rows_width` and :func:`rows_height`, whose unit becomes an inch."""
    ax.set(xlim=(0, rows_width()), ylim=(rows_height(rows), 0))
    ax.set_axis_off()
    starts = [sum(_COLUMNS[:i]) + _GUTTER * i for i in range(len(_COLUMNS))]
    for x, head in zip(starts, _HEADS, strict=True):
        ax.text(x, 0.08, head, fontsize=_SMALL, color=_GREY, va="top")
    top = _HEAD
    for row in rows:
        ax.plot([0, rows_width()], [top, top], color=_LINE_GREY, linewidth=0.7)
        inner = top + _PADDING / 2
        ax.add_patch(Rectangle((0, inner), _CHIP, _CHIP, facecolor=row.color, edgecolor="none"))
        for x, cell in zip(starts[1:], _cells(row), strict=True):
            _write(ax, x, inner, cell)
        top += _height(row)


def _height(row: Row) -> float:
    return max(sum(line.high for line in cell) for cell in _cells(row)) + _PADDING


def _cells(row: Row) -> tuple[list[_Line], list[_Line], list[_Line]]:
    _, first, second, third = _COLUMNS
    labels = wrap(row.label, first, _FONT, most=_MOST["label"], weight="bold")
    title = [_Line(text, weight="bold") for text in labels]
    title += [_Line(text) for text in wrap(row.name, first, _FONT, most=_MOST["name"])]
    title.append(_Line(shorten(row.size, first, _SMALL), size=_SMALL, color=_GREY))
    genes = wrap(row.markers, second, _FONT, most=_MOST["markers"], style="italic")
    markers = [_Line(text, style="italic") for text in genes] or [_Line("none", color=_GREY)]
    terms = [line for term in row.terms for line in _term(*term, third)]
    note = wrap(row.note, third, _SMALL, most=_MOST["note"])
    return title, markers, terms + [_Line(text, size=_SMALL, color=_GREY) for text in note]


def _term(name: str, q: float, p_regions: float, width: float) -> list[_Line]:
    """A term in lines that keep room for its q, which is behind the last; the second is indented.

    With q goes the share of random regions that have the term as well, where this is more than a few.
    """
    after = f"q {q:.0e}" if q < 0.01 else f"q {q:.2f}"
    if p_regions > _FEW:
        after += f", {p_regions:.0%} of regions"
    room = text_width(after, _SMALL) + _BEHIND + _INDENT
    texts = wrap(name, width - room, _FONT, most=_MOST["term"])
    last = len(texts) - 1
    return [
        _Line(text, indent=_INDENT if i else 0.0, after=after if i == last else "")
        for i, text in enumerate(texts)
    ]


def _write(ax: Axes, x: float, top: float, lines: list[_Line]) -> None:
    for line in lines:
        base, start = top + 0.8 * line.size / 72, x + line.indent
        ax.text(
            start,
            base,
            line.text,
            fontsize=line.size,
            style=line.style,
            weight=line.weight,
            color=line.color,
            va="baseline",
            parse_math=False,
        )
        if line.after:
            behind = start + text_width(line.text, line.size, style=line.style, weight=line.weight) + _BEHIND
            ax.text(behind, base, line.after, fontsize=_SMALL, color=_GREY, va="baseline")
        top += line.high
