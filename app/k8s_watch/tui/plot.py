"""One chart, drawn by plotext: a sheet of curves goes in, rows of coloured cells come out.

The only file that knows plotext (6.1). Four of its traits decided how:
- Its figure is one global, so a chart is drawn whole in one call, on the loop's thread.
- Building 56x10 cells takes 0.9 ms, importing it 90 ms: it is imported at the first drawing, which comes after the
  first paint.
- It takes colours as numbers. It gets the *index* of an ink's name as blue, so that themes stay out of it and no ANSI
  is parsed.
- A cell belongs to one curve only, so a pod's line would cut a hole into the area behind it. Areas and lines are
  built one after the other and laid on one another here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from .curves import Curve, Sheet, Sign, runs, thinned

LEFT: Final = 6  # columns left of the plot: "400 %" and the axis, the same in both charts
RIGHT: Final = 3  # columns right of it: a pod's letter, a number
_BLOCKS: Final = "█▀▄▌▐▖▗▘▝▙▛▜▟▚▞"
_BRAILLE: Final = "".join(map(chr, range(0x2801, 0x2900)))
_ASCII: Final = str.maketrans("│┤├─└┘┌┐┬┴┼┈", "|||-++++++++")


@dataclass(frozen=True, slots=True)
class Cell:
    """One character: `ink` colours it, `ground` what is behind it; both name a colour, "" is the default.

    "under X" is the body of the area whose outline is X, "hint X" a paler one.
    """

    text: str = " "
    ink: str = ""
    ground: str = ""


Rows = list[list[Cell]]


def columns(width: int) -> int:
    """How many of a chart's `width` columns the plot itself has."""
    return max(1, width - LEFT - RIGHT)


def draw(sheet: Sheet, width: int, height: int, *, ascii_only: bool = False, fill: bool = True) -> Rows:
    """The chart in exactly `height` rows of `width` cells. `fill`: areas are filled, else they are outlines."""
    if width < LEFT + RIGHT + 4 or height < 3:
        return [[Cell()] * width for _row in range(height)]
    return _Drawing(sheet, width, height, ascii_only, fill and not ascii_only).rows()


def row_of(value: float, top: float, rows: int) -> int:
    """The row of the plot (0 is the highest of `rows`) where plotext draws `value`.

    By plotext's own formula (rescale_element, with the margins of alignment "edge"): a test compares the two.
    """
    place = 0.0017585662 + (rows - 0.0017585662 - 0.001616152) * (1 - value / top)
    return min(rows - 1, max(0, int(place)))


class _Drawing:
    """One chart under way."""

    def __init__(self, sheet: Sheet, width: int, height: int, ascii_only: bool, fill: bool) -> None:
        self.sheet, self.width, self.height = sheet, width, height
        self.ascii, self.fill = ascii_only, fill
        self.inks: list[str] = [""]
        self.framed = height >= 8  # below that every row is needed for the plot
        self.signs = self._signs()
        self.first = 1 if self.signs else 0
        self.plot_rows = height - self.first - (2 if self.framed else 1)

    def rows(self) -> Rows:
        """The areas, the lines on them, the labels beside them."""
        lines = self._read(self._build(areas=False), areas=False)
        if self.fill and any(curve.kind == "area" for curve in self.sheet.curves):
            self._lay_under(lines, self._read(self._build(areas=True), areas=True))
        self._label(lines)
        return lines

    def _pixel(self, ink: str) -> Any:
        import plotext

        if ink not in self.inks:
            self.inks.append(ink)
        return plotext.pixel((0, 0, self.inks.index(ink)))

    def _build(self, *, areas: bool) -> Any:
        import plotext

        plotext.terminal.limit(False, False)  # else the size of a terminal that plotext looks for itself
        figure = plotext.figure
        figure.clear()
        figure.plot_size(self.width - RIGHT, self.height)
        figure.canvas("default")
        self._axes(figure)
        if not areas:
            for value, ink in self.sheet.levels:
                figure.line(value, orientation=0, relative=True, pixel=self._pixel(ink), style="dotted")
            for sign in self.signs:
                figure.line(sign.at, orientation=1, relative=True, pixel=self._pixel(sign.ink))
        for curve in self._ordered(areas):
            self._curve(figure, curve, areas)
        return figure.build()

    def _ordered(self, areas: bool) -> Sequence[Curve]:
        """Later ones cover earlier ones: the pods' lines lie on the area, but under its mere outline."""
        curves = self.sheet.curves
        if areas:
            return [c for c in curves if c.kind == "area"]
        return curves if self.fill else sorted(curves, key=lambda c: c.kind == "area")

    def _axes(self, figure: Any) -> None:
        import plotext

        sheet, pixel = self.sheet, self._pixel("axis")
        figure.axes(True, pixel=pixel)
        figure.axes(False, axis="x", side="upper")
        figure.axes(False, axis="y", side="right")
        if not self.framed:
            figure.axes(False, axis="x", side="lower")
        for side in ("lower", "upper"):
            figure.ruler("x", side).lim(sheet.begin, sheet.end)
        figure.ruler("x", "lower").ticks(*_unzip(sheet.x_ticks)).pixel(pixel)
        padded = [(at, text[: LEFT - 1].rjust(LEFT - 1)) for at, text in sheet.y_ticks]
        figure.ruler("y", "left").lim(0, sheet.top).alignment(lim="edge").ticks(*_unzip(padded)).pixel(pixel)
        letters = [plotext.colorize(sign.letter).fill(self._pixel(sign.ink)) for sign in self.signs]
        figure.ruler("x", "upper").ticks([sign.at for sign in self.signs], letters)

    def _signs(self) -> list[Sign]:
        """At most one sign a column, the first of each kind of moment: plotext would drop or overwrite at will."""
        sheet, taken = self.sheet, set[int]()
        kept = []
        for sign in sheet.signs:
            column = round((sign.at - sheet.begin) / (sheet.end - sheet.begin) * (columns(self.width) - 1))
            if column not in taken and 0 <= column < columns(self.width):
                taken.add(column)
                kept.append(sign)
        return kept

    def _curve(self, figure: Any, curve: Curve, areas: bool) -> None:
        import plotext

        shape = "braille" if curve.kind == "thin" else "hd"
        if self.ascii:
            shape = "." if curve.kind == "thin" else "#"
        marker = plotext.marker(shape, self._pixel(curve.ink))
        slot = (self.sheet.end - self.sheet.begin) / columns(self.width) / 2  # a dot: half a column
        for corners in runs(curve.points, self.sheet.begin, self.sheet.now, curve.hold):
            run = thinned(corners, slot)
            signal = figure.signal([at for at, _v in run], [value for _at, value in run], marker=marker)
            signal.lines(True).density("full", scope="both")
            figure.draw(signal.fillx() if areas else signal)

    def _read(self, matrix: Any, *, areas: bool) -> Rows:
        """plotext's matrix as cells. To ask for a cell's colour costs 2.5 us, so only those in doubt are asked."""
        blank, known = Cell(), self._known(areas)
        bottom = self.first + self.plot_rows
        rows: Rows = []
        for y, line in enumerate(matrix.string(True).split("\n")[: self.height]):
            row = []
            for x, text in enumerate(line.translate(_ASCII) if self.ascii else line):
                if text in " \u2800":
                    row.append(blank)
                elif x < LEFT or y >= bottom:
                    row.append(Cell(text, "axis"))
                else:
                    row.append(Cell(text, known.get(text) or self._ask(matrix, y, x)))
            rows.append(row + [blank] * (self.width - len(row)))
        return rows

    def _ask(self, matrix: Any, y: int, x: int) -> str:
        red, green, ink = matrix.get(y, x).foreground() or (1, 0, 0)
        return self.inks[ink] if (red, green) == (0, 0) else "axis"

    def _known(self, areas: bool) -> dict[str, str]:
        """The ink of those characters that one curve alone can have drawn."""
        known: dict[str, str] = {}
        for kinds, glyphs in (({"thin"}, _BRAILLE), ({"area", "thick"}, _BLOCKS)):
            inks = {curve.ink for curve in self._ordered(areas) if curve.kind in kinds}
            if len(inks) == 1 and not self.ascii:
                known |= dict.fromkeys(glyphs, inks.pop())
        return known

    def _lay_under(self, lines: Rows, areas: Rows) -> None:
        """Put the areas behind the lines: a full cell becomes the ground, a partial one shows where it is free."""
        sheet = self.sheet
        high = {c.ink: c.high_ink for c in sheet.curves if c.high_ink}
        border = row_of(sheet.threshold, sheet.top, self.plot_rows) if sheet.threshold is not None else -1
        for y in range(self.plot_rows):
            row, area = lines[self.first + y], areas[self.first + y]
            for x in range(LEFT, self.width - RIGHT):
                over, under = row[x], area[x]
                above = y < border
                ink = high.get(over.ink, over.ink) if above else over.ink
                if under.text == " ":
                    row[x] = Cell(over.text, ink)
                    continue
                tint = "under " + (high.get(under.ink, under.ink) if above else under.ink)
                if under.text == "█":
                    row[x] = Cell(over.text, ink, tint)
                elif y == self.plot_rows - 1 and over.text in _BRAILLE:
                    # a pod's line would else hide that a small value is known at all
                    row[x] = Cell(over.text, ink, "hint " + tint[len("under ") :])
                elif over.text == " ":
                    row[x] = Cell(under.text, tint)
                else:
                    row[x] = Cell(over.text, ink)

    def _label(self, lines: Rows) -> None:
        """Write the labels beside the plot, at most two rows off; what finds no place there is left out."""
        free = set(range(self.plot_rows))
        for label in sorted(self.sheet.labels, key=lambda label: -label.value):
            row = row_of(label.value, self.sheet.top, self.plot_rows)
            place = next((row + off for off in (0, 1, -1, 2, -2) if row + off in free), None)
            if place is None or len(label.text) > RIGHT - 1:  # half a number would be another number
                continue
            free.remove(place)
            for x, text in enumerate(label.text):
                lines[self.first + place][self.width - RIGHT + 1 + x] = Cell(text, label.ink)


def _unzip(ticks: Sequence[tuple[float, str]]) -> tuple[list[float], list[str]]:
    return [at for at, _text in ticks], [text for _at, text in ticks]
