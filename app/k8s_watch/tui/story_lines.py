"""The story as text: an episode that ended is a sentence, the running one draws its moments on a growing line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.content import Content

from k8s_watch.model.view import Episode, Moment
from k8s_watch.model.words import _

from .amounts import clock_time, span
from .look import glyph, tone_style

_INDENT = 9  # "19:27:44 "


def draw_story(episodes: Sequence[Episode], now: float, width: int, height: int) -> list[Content]:
    """The newest episodes, the newest last, wrapped between their moments.

    An older one that does not fit whole has one line, so that it is not forgotten.
    """
    lines: list[Content] = []
    for episode in reversed(episodes):
        if len(lines) >= height:
            break
        block = draw_episode(episode, now, width)
        if lines and len(block) + len(lines) > height:
            block = [_summary(episode, width)]
        elif len(block) > height > 1:
            block = [block[0], *block[1 - height :]]  # its title and its end
        lines = block + lines
    return lines[-height:] if height > 0 else []


def _title(episode: Episode) -> Content:
    """When, and what."""
    return Content.assemble(
        (clock_time(episode.wall), "$quiet"), " ", (episode.title, f"bold {tone_style(episode.tone)}")
    )


def _summary(episode: Episode, width: int) -> Content:
    """What and how it ended, on one line."""
    line = _title(episode)
    if episode.moments:
        line += Content(": ") + _moment(episode.moments[-1])
    if episode.tail:
        line += Content.styled(f" {glyph('dot')} {episode.tail}", "$quiet")
    return line.truncate(width, ellipsis=True)


def draw_episode(episode: Episode, now: float, width: int) -> list[Content]:
    """One episode on as many lines as it needs."""
    title = _title(episode)
    if episode.open:
        return [*_wrapped([title], "", width), *_growing(episode, now, width)]
    pieces = [_moment(moment) for moment in episode.moments]
    if episode.tail:
        pieces.append(Content.styled(episode.tail, "$quiet"))
    if not pieces:
        return _wrapped([title], "", width)
    pieces[0] = title + Content(": ") + pieces[0]
    return _wrapped(pieces, f" {glyph('dot')} ", width)


def _moment(moment: Moment) -> Content:
    """A moment with its time since the episode began."""
    off = f" {glyph('plusminus')}{moment.error:.1f}" if moment.error else ""
    return Content.assemble(moment.word, " ", (span(moment.after) + off, "bold"))


def _growing(episode: Episode, now: float, width: int) -> list[Content]:
    """The moments as stations of a line; the way between two grows with the logarithm of the time between them,
    the last one by a cell a second, so that a held-back restart is seen to take long and yet fits."""
    style = tone_style(episode.tone)
    stations = [
        Content.assemble((_way(moment.after - before), style), (glyph("moment"), style), " ", _moment(moment))
        for moment, before in zip(
            episode.moments, [0.0, *(moment.after for moment in episode.moments)], strict=False
        )
    ]
    last = episode.moments[-1].at if episode.moments else episode.begin
    room = max(1, (width - _INDENT) // 3)
    run = min(room, 1 + int(max(0.0, now - last)))
    waiting = episode.waiting or _("waiting")
    running = Content.assemble(
        (glyph("line") * run, style),
        (glyph("waiting"), style),
        f" {waiting} ",
        (span(max(0.0, now - episode.begin)), "bold"),
    )
    stations.append(running)
    lines = _wrapped([Content(" " * _INDENT) + stations[0], *stations[1:]], " ", width)
    if episode.tail:
        lines += _wrapped([Content(" " * _INDENT) + Content.styled(episode.tail, "$quiet")], "", width)
    return lines


def _way(seconds: float) -> str:
    """The way between two stations: 1 cell for 0.1 s, 4 for 1 s, 8 for 10 s, 11 for a minute."""
    return glyph("line") * max(1, min(12, round(4 + 4 * math.log10(max(seconds, 0.01)))))


def _wrapped(pieces: Sequence[Content], between: str, width: int) -> list[Content]:
    """The pieces one after the other, wrapped between them where possible; following lines are indented."""
    lines: list[Content] = []
    line = Content("")
    for piece in pieces:
        joined = line + Content.styled(between, "$quiet") + piece if line.cell_length else piece
        if joined.cell_length <= width or not line.cell_length:
            line = joined
            continue
        lines.append(line)
        line = Content(" " * _INDENT) + piece
    lines.append(line)
    return [short for long in lines for short in _folded(long, width)]


def _folded(line: Content, width: int) -> list[Content]:
    """A line that is too long on its own, wrapped between words and indented."""
    if line.cell_length <= width:
        return [line]
    first, *rest = line.wrap(width)
    if not rest:
        return [first]
    room = max(10, width - _INDENT)
    left = Content(" ").join(rest)
    return [first, *(Content(" " * _INDENT) + part for part in left.wrap(room))]
