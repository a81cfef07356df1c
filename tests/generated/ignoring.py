"""What the engine makes of `ignoreChanges`, as a model: the old value of each ignored place, put into the new inputs.

Places are positions. A place that one of the two sides lacks is left as it is, and ends the walk over a list.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from azure_batch_provider.values.paths import Path, steps


def ignore(old: Mapping[str, Any], new: Mapping[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    """The inputs that the provider gets to see, for old inputs and what the program declares."""
    found = copy.deepcopy(dict(new))
    for text in ignored:
        _put_back(copy.deepcopy(old), found, steps(text))
    return found


def _put_back(old: Any, new: Any, path: Path) -> bool:
    """Whether the path could be followed to its end."""
    step, below = path[0], path[1:]
    if isinstance(old, list) and isinstance(new, list):
        both = min(len(old), len(new))
        every = range(both) if step == "*" else [step] if isinstance(step, int) and step < both else []
        for index in every:
            if not below:
                new[index] = old[index]
            elif not _put_back(old[index], new[index], below):
                return False
        return len(old) == len(new) if step == "*" else bool(every)
    if isinstance(old, dict) and isinstance(new, dict):
        if not below:
            for name in {*old, *new} if step == "*" else {step}:
                if name in old:
                    new[name] = old[name]
                else:
                    new.pop(name, None)
            return True
        for name in list(old) if step == "*" else [step]:
            if name in old and not (name in new and _put_back(old[name], new[name], below)):
                return False
    return True
