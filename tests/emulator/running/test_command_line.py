"""How command lines are split, by the rules of each system."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_emulator.running.command_line import split
from batch_emulator.state.entities import Pool


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("/bin/echo a  b\tc", ["/bin/echo", "a", "b", "c"]),
        ("/bin/sh -c 'echo \"$X\" && ls'", ["/bin/sh", "-c", 'echo "$X" && ls']),
        (r'/bin/bash -c "echo \"hi\" $X"', ["/bin/bash", "-c", 'echo "hi" $X']),
        ("echo a && echo b | cat > c # d", ["echo", "a", "&&", "echo", "b", "|", "cat", ">", "c", "#", "d"]),
        ("echo *.txt $HOME ~", ["echo", "*.txt", "$HOME", "~"]),
        (r"a\ b '' c", ["a b", "", "c"]),
        ("a\nb", ["a", "b"]),
    ],
)
def test_linux_has_a_shells_quotes_and_nothing_else_of_a_shell(line: str, arguments: list[str]) -> None:
    assert split(line, windows=False) == arguments


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("cmd /c echo task1", ["cmd", "/c", "echo", "task1"]),
        (r'"C:\a b\x.exe" "a b" c\"d e', [r"C:\a b\x.exe", "a b", 'c"d', "e"]),
        (r'C:\x.exe a\\b d"e f"g h', [r"C:\x.exe", r"a\\b", "de fg", "h"]),
        (r"x a\\\"b c d", ["x", r"a\"b", "c", "d"]),
        (r'x a\\"b c" d', ["x", r"a\b c", "d"]),
        ("x \"\" 'a b'", ["x", "", "'a", "b'"]),
        ("x C:\\", ["x", "C:\\"]),
    ],
)
def test_windows_has_the_rules_of_its_own(line: str, arguments: list[str]) -> None:
    assert split(line, windows=True) == arguments


@given(st.lists(st.text(st.characters(codec="ascii", exclude_characters="\0\r\n"), max_size=8)))
def test_what_python_would_say_to_a_windows_program_arrives(arguments: list[str]) -> None:
    assert split(subprocess.list2cmdline(["x", *arguments]), windows=True) == ["x", *arguments]


@pytest.mark.parametrize("line", ["", "  ", "'a", '"', '"a'])
def test_without_a_program_or_with_an_open_quote_nothing_can_run_on_linux(line: str) -> None:
    with pytest.raises(ValueError):
        split(line, windows=False)


def test_the_node_agent_says_which_system_it_is() -> None:
    def is_windows(agent: str) -> bool:
        return Pool.new("p1", {"virtualMachineConfiguration": {"nodeAgentSKUId": agent}}, 0).windows

    assert is_windows("batch.node.windows amd64")
    assert not is_windows("batch.node.ubuntu 22.04")
