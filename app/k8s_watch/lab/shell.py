"""The little shell language that `sh -c` understands in the lab: a pure parser, with no shell of the host behind it.

Words, quotes, $VAR, ${VAR}, $?, `;`, newlines, `&&`, `||`, assignments, and redirections to /dev/null and between
the two outputs. Everything else is a syntax error that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Joiner = Literal[";", "&&", "||"]
_NAME_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_NAME = _NAME_START | frozenset("0123456789")
_RESERVED = frozenset(
    {"if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac"}
    | {"{", "}", "!", "function", "select", "time", "[[", "]]"}
)


class SyntaxFault(Exception):
    """The script uses what this shell does not know."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a word: text, or a variable's name."""

    text: str
    variable: bool = False
    quoted: bool = False


Word = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command and how it is joined to the one before."""

    words: tuple[Word, ...]
    joiner: Joiner = ";"
    redirects: tuple[tuple[int, str], ...] = ()  # (1 or 2, "/dev/null", "&1" or "&2"), in order


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    parts: list[Part] = field(default_factory=list)

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def take(self, length: int = 1) -> str:
        taken = self.peek(length)
        self.at += length
        return taken


def parse(script: str) -> list[Command]:
    """The script's commands in order; raises SyntaxFault."""
    script_ = _Script(_Reader(script))
    while script_.reader.at < len(script):
        script_.step()
    script_.end(";", needed=False)
    return script_.commands


@dataclass(slots=True)
class _Script:
    """A script as far as it is read: whole commands, and the one that is being read."""

    reader: _Reader
    commands: list[Command] = field(default_factory=list)
    joiner: Joiner = ";"
    words: list[Word] = field(default_factory=list)
    redirects: list[tuple[int, str]] = field(default_factory=list)

    def end(self, following: Joiner, needed: bool) -> None:
        """The command is complete; `needed`: the one that joins may not stand alone."""
        if self.words or self.redirects:
            self.commands.append(Command(tuple(self.words), self.joiner, tuple(self.redirects)))
        elif needed or self.joiner != ";":
            raise SyntaxFault(f'"{following}" unexpected')
        self.joiner, self.words, self.redirects = following, [], []

    def step(self) -> None:
        """Read one token."""
        reader, char = self.reader, self.reader.peek()
        if char in " \t":
            reader.take()
        elif char == "#":
            while reader.peek() not in {"", "\n"}:
                reader.take()
        elif char == "\n":
            reader.take()
            if self.words or self.redirects:
                self.end(";", needed=False)
        elif reader.peek(2) in {"&&", "||"}:
            self.end("&&" if reader.take(2) == "&&" else "||", needed=True)
        elif char == ";":
            reader.take()
            self.end(";", needed=True)
        elif (found := _redirect(reader)) is not None:
            self.redirects.append(found)
        elif char in "|&()<>`":
            raise SyntaxFault(f'"{char}" is not known to the lab\'s shell')
        else:
            self._word()

    def _word(self) -> None:
        word = _word(self.reader)
        if not self.words and len(word) == 1 and not word[0].quoted and word[0].text in _RESERVED:
            raise SyntaxFault(f'"{word[0].text}" is not known to the lab\'s shell')
        self.words.append(word)


def _redirect(reader: _Reader) -> tuple[int, str] | None:
    start = reader.at
    number = int(reader.take()) if reader.peek() in {"1", "2"} and reader.peek(2)[1:] == ">" else 1
    if reader.peek() != ">":
        reader.at = start
        return None
    while reader.peek() == ">":
        reader.take()
    if reader.peek() == "&":
        target = reader.take(2)
        if target not in {"&1", "&2"}:
            raise SyntaxFault("Bad fd number")
        return number, target
    while reader.peek() in {" ", "\t"}:
        reader.take()
    word = _word(reader) if reader.peek() not in {"", ";", "&", "|", "\n"} else ()
    if expand(word, {}) != ["/dev/null"]:
        raise SyntaxFault("the lab's shell writes to /dev/null only")
    return number, "/dev/null"


def _word(reader: _Reader) -> Word:
    parts: list[Part] = []
    while (char := reader.peek()) and char not in " \t\n;&|()<>`":
        if char == "'":
            parts.append(Part(_until(reader, "'"), quoted=True))
        elif char == '"':
            parts += _double(reader)
        elif char == "\\":
            reader.take()
            escaped = reader.take()
            if escaped != "\n":
                parts.append(Part(escaped or "\\", quoted=True))
        elif char == "$":
            parts.append(_dollar(reader, quoted=False))
        else:
            parts.append(Part(reader.take()))
    return tuple(_joined(parts))


def _joined(parts: list[Part]) -> list[Part]:
    out: list[Part] = []
    for part in parts:
        if out and not part.variable and not out[-1].variable and part.quoted == out[-1].quoted:
            out[-1] = Part(out[-1].text + part.text, quoted=part.quoted)
        else:
            out.append(part)
    return out


def _until(reader: _Reader, quote: str) -> str:
    reader.take()
    end = reader.text.find(quote, reader.at)
    if end < 0:
        raise SyntaxFault("Unterminated quoted string")
    text = reader.text[reader.at : end]
    reader.at = end + 1
    return text


def _double(reader: _Reader) -> list[Part]:
    reader.take()
    parts = [Part("", quoted=True)]
    while (char := reader.peek()) != '"':
        if not char:
            raise SyntaxFault("Unterminated quoted string")
        if char == "`":
            raise SyntaxFault('"`" is not known to the lab\'s shell')
        if char == "$":
            parts.append(_dollar(reader, quoted=True))
        elif char == "\\" and reader.peek(2)[1:] in {'"', "\\", "$", "`", "\n"}:
            escaped = reader.take(2)[1]
            parts.append(Part("" if escaped == "\n" else escaped, quoted=True))
        else:
            parts.append(Part(reader.take(), quoted=True))
    reader.take()
    return parts


def _dollar(reader: _Reader, quoted: bool) -> Part:
    reader.take()
    char = reader.peek()
    if char == "?":
        return Part(reader.take(), variable=True, quoted=quoted)
    if char == "(":
        raise SyntaxFault('"$(" is not known to the lab\'s shell')
    if char == "{":
        name = _until(reader, "}")
        if not name or set(name) - _NAME or name[0] not in _NAME_START:
            raise SyntaxFault("Bad substitution")
        return Part(name, variable=True, quoted=quoted)
    name = ""
    while (char := reader.peek()) and char in (_NAME if name else _NAME_START):
        name += reader.take()
    return Part(name, variable=True, quoted=quoted) if name else Part("$", quoted=quoted)


def expand(word: Word, variables: Mapping[str, str]) -> list[str]:
    """The arguments that a word stands for: an unquoted variable splits at blanks, an empty one vanishes."""
    fields: list[str] = []
    current: str | None = None
    for part in word:
        text = variables.get(part.text, "") if part.variable else part.text
        if part.variable and not part.quoted:
            pieces = text.split()
            if text[:1].isspace() and current is not None:
                fields.append(current)
                current = None
            for index, piece in enumerate(pieces):
                if index and current is not None:
                    fields.append(current)
                    current = None
                current = (current or "") + piece
            if text[-1:].isspace() and current is not None:
                fields.append(current)
                current = None
        else:
            current = (current or "") + text
    if current is not None:
        fields.append(current)
    return fields


def assignment(word: Word) -> tuple[str, Word] | None:
    """The name and value of `NAME=value`, or None."""
    if not word or word[0].variable or word[0].quoted:
        return None
    name, equals, rest = word[0].text.partition("=")
    if not equals or not name or name[0] not in _NAME_START or set(name) - _NAME:
        return None
    return name, ((Part(rest),) if rest else ()) + word[1:]


def quote(argument: str) -> str:
    """A word that parses back to exactly this argument."""
    return "'" + argument.replace("'", "'\\''") + "'"
