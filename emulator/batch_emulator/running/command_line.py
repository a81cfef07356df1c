"""A command line split into a program and its arguments, as the node agent of the pool's system does without a shell.

On Linux quotes and backslashes are a shell's, and nothing else is: `&&`, `|`, `>`, `$NAME` and `*` are plain text.
On Windows the rules are those of `CommandLineToArgvW`.
"""

from __future__ import annotations

import shlex


def split(command_line: str, *, windows: bool) -> list[str]:
    """The program and its arguments. Raises ValueError where there is none, or a quote that does not end."""
    arguments = _windows(command_line) if windows else shlex.split(command_line)
    if not arguments or not arguments[0]:
        raise ValueError("No program")
    return arguments


def _windows(text: str) -> list[str]:
    text = text.lstrip(" \t")
    if text.startswith('"'):
        program, _, rest = text[1:].partition('"')
    else:
        end = next((index for index, letter in enumerate(text) if letter in " \t"), len(text))
        program, rest = text[:end], text[end:]
    return [program, *_windows_arguments(rest)] if program else []


def _windows_arguments(text: str) -> list[str]:
    """Backslashes count only before a quote: each two are one, and an odd one makes the quote plain text.

    Within quotes two quotes are one.
    """
    arguments: list[str] = []
    position = 0
    while True:
        while position < len(text) and text[position] in " \t":
            position += 1
        if position == len(text):
            return arguments
        argument, position = _windows_argument(text, position)
        arguments.append(argument)


def _windows_argument(text: str, position: int) -> tuple[str, int]:
    argument: list[str] = []
    quoted = False
    while position < len(text) and (quoted or text[position] not in " \t"):
        backslashes = 0
        while text[position : position + 1] == "\\":
            backslashes, position = backslashes + 1, position + 1
        if text[position : position + 1] == '"':
            argument.append("\\" * (backslashes // 2))
            if backslashes % 2:
                argument.append('"')
            elif quoted and text[position + 1 : position + 2] == '"':
                argument.append('"')
                position += 1
            else:
                quoted = not quoted
            position += 1
        else:
            argument.append("\\" * backslashes)
            if position < len(text) and not backslashes:
                argument.append(text[position])
                position += 1
    return "".join(argument), position
