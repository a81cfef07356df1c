"""What a command line asks of a shell although it starts none.

The service runs a command line as it is, without a shell, so operators and variables reach the program as plain text.
Knows text only, and never repeats any of it: a command line may hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.base import Broken, given

_TELLING: Final = re.compile(r"[&|<>;$%]")
_TOKEN: Final = re.compile(r"""(?:[^\s"']+|"[^"]*"?|'[^']*'?)+""")
_SINGLE_QUOTED: Final = re.compile(r"'[^']*'?")
_QUOTED: Final = re.compile(r"""'[^']*'?|"[^"]*"?""")
_OPERATOR: Final = re.compile(r"(&&|\|\||\||&)$|\d*(>>|>|<)")
_DOLLAR: Final = re.compile(r"\$(?:[A-Za-z_({])")
_PERCENT: Final = re.compile(r"%[A-Za-z_]\w{2,}%")
_SHELLS: Final = frozenset(
    ("sh", "bash", "dash", "ash", "zsh", "ksh", "csh", "tcsh", "fish", "cmd", "powershell", "pwsh")
)


def shell_syntax(line: str) -> str | None:
    """Return the first piece of shell syntax in a command line that starts no shell, such as `&&`, or `None`."""
    if not _TELLING.search(line):
        return None
    tokens = _TOKEN.findall(line)
    if any(_program(token) in _SHELLS for token in tokens):
        return None
    for index, token in enumerate(tokens):
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
    name = re.split(r"[\\/]", token.strip("\"'"))[-1].casefold()
    return name.removesuffix(".exe")


def needs_a_shell(value: Mapping[str, Any], name: str = "commandLine") -> Iterator[Broken]:
    """The doubt about a command line that uses shell syntax without starting a shell."""
    if given(value, name):
        syntax = shell_syntax(value[name])
        if syntax:
            yield Broken(
                (name,),
                f"uses `{syntax}`, which only a shell understands, and starts no shell: "
                'begin it with `/bin/sh -c "..."` or `cmd /c ...`',
            )
