"""The catalogue of what functions refuse: a row for each refusal."""

from __future__ import annotations

from typing import Final

from azure_batch_provider.values.refusal import Refusal

_NOW: Final = "A function reads what is there when it is called"

FUNCTION_UNKNOWN: Final = Refusal(
    "function-unknown",
    "{token} is not a function of this version of the {package} provider; it has {known}.",
)
NOT_THERE: Final = Refusal("not-there", "{error}", f"{_NOW}.")
NOT_THERE_YET: Final = Refusal(
    "not-there-yet",
    "{error}",
    f"{_NOW}, and in a preview that is before the plan is carried out: where this program makes it, give the function "
    "the `id` of that resource, which is not known until then.",
)
FILE_NOT_THERE: Final = Refusal(
    "file-not-there",
    "{id} has no file {file!r} in its directory.",
    "Names are relative to the directory of the task: `stdout.txt`, or `wd/out.txt` for what it writes where it runs.",
)
IS_DIRECTORY: Final = Refusal("is-a-directory", "{file!r} of {id} is a directory.", "Name a file in it.")
