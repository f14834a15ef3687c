"""Plots as SVG: horizontal bars, and lines over two axes. Text, nothing else; readable on light and dark pages."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT = 760, 210, 130
_BAR, _GAP = 24, 10
_TOP = 52
_HEIGHT, _BOTTOM, _AXIS, _LEGEND = 380, 52, 70, 190
_COLOURS = ("#1b6ef3", "#777777", "#d9480f", "#2b8a3e", "#ae3ec9", "#0b7285", "#a61e4d")

Points = Sequence[tuple[float, float]]


def bars(title: str, unit: str, values: Mapping[str, float]) -> str:
    """One bar a name, the longest value as wide as the plot."""
    height = _TOP + len(values) * (_BAR + _GAP) + _GAP
    room, largest = _WIDTH - _LEFT - _RIGHT, max(values.values(), default=0) or 1
    parts = [_text(16, 26, title, weight="bold", size=15)]
    for number, (name, value) in enumerate(values.items()):
        top = _TOP + number * (_BAR + _GAP)
        width, middle = max(1, value / largest * room), top + _BAR * 0.68
        colour = _COLOURS[0] if number == 0 else _COLOURS[1]
        parts += [
            _text(_LEFT - 8, middle, name, anchor="end"),
            f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>',
            _text(_LEFT + width + 6, middle, f"{_number(value)} {unit}"),
        ]
    return _document(height, parts)


def lines(title: str, x_label: str, y_label: str, series: Mapping[str, Points]) -> str:
    """One line a name, over logarithmic axes: what grows with the rows rises, what does not stays level."""
    points = [point for found in series.values() for point in found]
    x_of = _scale([x for x, _ in points], _AXIS, _WIDTH - _LEGEND)
    y_of = _scale([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    parts = [_text(16, 26, title, weight="bold", size=15), *_axes(points, x_of, y_of, x_label, y_label)]
    ends = _apart([y_of(found[-1][1]) for found in series.values()])
    for number, ((name, found), end) in enumerate(zip(series.items(), ends, strict=True)):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in found)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3.5" fill="{colour}"/>' for x, y in found]
        parts.append(_text(x_of(found[-1][0]) + 8, end + 4, name, colour=colour))
    return _document(_HEIGHT, parts)


class _Scale:
    """From a value to its place on a logarithmic axis; a few percent of room at both ends."""

    def __init__(self, values: Sequence[float], low: float, high: float) -> None:
        self.least, self.most = min(values), max(values)
        first, last = math.log(self.least), math.log(self.most)
        margin = (last - first) * 0.06 or 0.5
        self._first, self._span = first - margin, last - first + 2 * margin
        self._low, self._high = low, high

    def __call__(self, value: float) -> float:
        return self._low + (math.log(value) - self._first) / self._span * (self._high - self._low)


def _scale(values: Sequence[float], low: float, high: float) -> _Scale:
    return _Scale(values, low, high)


def _axes(points: Points, x_of: _Scale, y_of: _Scale, x_label: str, y_label: str) -> list[str]:
    right, bottom = _WIDTH - _LEGEND, _HEIGHT - _BOTTOM
    parts: list[str] = []
    for y in _ticks(y_of):
        parts += [
            f'<line x1="{_AXIS}" y1="{y_of(y):.1f}" x2="{right}" y2="{y_of(y):.1f}" stroke="#dddddd"/>',
            _text(_AXIS - 6, y_of(y) + 4, _number(y), anchor="end"),
        ]
    parts += [_text(x_of(x), bottom + 18, f"{x:,.0f}", anchor="middle") for x in sorted({x for x, _ in points})]
    parts += [
        f'<path d="M{_AXIS},{_TOP} V{bottom} H{right}" fill="none" stroke="#555555"/>',
        _text((_AXIS + right) / 2, _HEIGHT - 12, x_label, anchor="middle"),
        _text(_AXIS, _TOP - 5, y_label, colour="#555555"),
    ]
    return parts


def _ticks(scale: _Scale) -> list[float]:
    """1, 2, 5, 10, … within the values; where there is none, the values' ends."""
    low, high = math.floor(math.log10(scale.least)), math.ceil(math.log10(scale.most))
    steps = [step * 10**power for power in range(low, high + 1) for step in (1, 2, 5)]
    found = [step for step in steps if scale.least <= step <= scale.most]
    return found or sorted({scale.least, scale.most})


def _apart(places: Sequence[float]) -> list[float]:
    """The places of names at the lines' ends, moved down where two would touch."""
    moved = dict.fromkeys(range(len(places)), 0.0)
    last = -math.inf
    for number in sorted(moved, key=places.__getitem__):
        last = moved[number] = max(places[number], last + 15)
    return [moved[number] for number in range(len(places))]


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    size: int = 12,
    colour: str = "#222222",
) -> str:
    style = f'text-anchor="{anchor}" font-weight="{weight}" font-size="{size}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _document(height: float, parts: Sequence[str]) -> str:
    size = f'width="{_WIDTH}" height="{height:.0f}" viewBox="0 0 {_WIDTH} {height:.0f}"'
    background = f'<rect width="{_WIDTH}" height="{height:.0f}" fill="#ffffff"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif">'
    return "\n".join([head, background, *parts, "</svg>", ""])
