"""Whether two plain values are the same in every letter, which is told much sooner than whether they mean the same."""

from __future__ import annotations

from typing import Any

from azure_batch_provider.values.unknown import UNKNOWN


def identical(old: Any, new: Any) -> bool:
    """Whether two values are letter for letter the same, as nearly all are: these have no need of a normal form. An
    unknown is the same as nothing, itself included."""
    # Python compares far faster than we do, but finds 1 the same as true and an unknown as itself.
    return bool(old == new) and _of_same_types(old, new)


def _of_same_types(old: Any, new: Any) -> bool:
    """Whether two values that Python takes for equal consist of the same types, and are known."""
    kind = type(old)
    if kind is not type(new) or old is UNKNOWN:
        return False
    if kind is list:
        return all(map(_of_same_types, old, new))
    if kind is dict:
        for name, item in old.items():
            other = new[name]
            if type(item) is not type(other) or not (type(item) is str or _of_same_types(item, other)):
                return False
    return True
