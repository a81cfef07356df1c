"""What a command line asks of a shell although it starts none.

The service runs a command line as it is, without a shell, so operators and variables reach the program as plain text.
Knows text only, and never repeats any of it: a command line may hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.rules import is_set

_TELLING: Final = re.compile(r"[&|<>;$%]")
_TOKEN: Final = re.compile(r"""(?:[^\s"']+|"[^"]*"?|'[^']*'?)+""")
_SINGLE_QUOTED: Final = re.compile(r"'[^']*'?")
_QUOTED: Final = re.compile(r"""'[^']*'?|"[^"]*"?""")
_OPERATOR: Final = re.compile(r"(&&|\|\||\||&)$|\d*(>>|>|<)")
_DOLLAR: Final = re.compile(r"\$(?:[A-Za-z_({])")
_PERCENT: Final = re.compile(r"%[A-Za-z_]\w{2,}%")
_SCRIPT: Final = re.compile(r"-[a-z]*c|/c|-command|-file", re.IGNORECASE)
"""The option that a shell's script follows. By it a shell that another program starts (`timeout 60 sh -c ...`) is told
from a word that only looks like one (`echo sh`)."""
_SHELLS: Final = frozenset(
    ("sh", "bash", "dash", "ash", "zsh", "ksh", "csh", "tcsh", "fish", "cmd", "powershell", "pwsh")
)


def shell_syntax(line: str) -> str | None:
    """Return the first piece of shell syntax, such as `&&`, that a command line has outside any shell, or `None`."""
    if not _TELLING.search(line):
        return None
    tokens = _TOKEN.findall(line)
    for index, token in enumerate(tokens):
        if _program(token) in _SHELLS and (index == 0 or _SCRIPT.fullmatch("".join(tokens[index + 1 : index + 2]))):
            return None  # what stands behind it is the shell's
        bare = _QUOTED.sub("", token)
        operator = _OPERATOR.match(bare)
        if operator:
            return operator[1] or operator[2]
        if "&&" in bare and "://" not in bare:
            return "&&"
        if bare.endswith(";") and len(bare) > 1 and not bare.endswith("\\;") and index + 1 < len(tokens):
            return ";"
        if _DOLLAR.search(_SINGLE_QUOTED.sub("", token)):
            return "$NAME"
        if _PERCENT.search(token):
            return "%NAME%"
    return None


def _program(token: str) -> str:
    return token.strip("\"'").replace("\\", "/").rpartition("/")[2].casefold().removesuffix(".exe")


def needs_a_shell(value: Mapping[str, Any], name: str = "commandLine") -> Iterator[Violation]:
    """The warning about a command line that uses shell syntax without starting a shell."""
    if is_set(value, name):
        syntax = shell_syntax(value[name])
        if syntax:
            yield Violation(
                (name,),
                f"uses `{syntax}`, which only a shell understands, and does not begin with one: "
                'write `/bin/sh -c "..."` or `cmd /c ...`',
            )
