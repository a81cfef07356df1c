"""getTaskFile: the end of a file that a task has written (File - List From Task, Get From Task)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.functions import refusals
from azure_batch_provider.functions.named import TASK
from azure_batch_provider.functions.reading import Reading, Result
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.scalars import Bool, Id, Int32, Text, Time
from azure_batch_provider.models.task import JobReference

DEFAULT_BYTES: Final = 64 * 1024
MOST_BYTES: Final = 1024 * 1024
_STDOUT: Final = "stdout.txt"
# No secret goes on behind one of these: what stands before the first may be the second half of one.
_BREAK: Final = re.compile(r"[\s\"'<>,|]")
_CONTINUES: Final = 0x80
"""The bytes 10xxxxxx, with which no character of UTF-8 begins."""


class GetTaskFile(Model):
    """Reads the end of a file of a task: what it has written to its standard output, unless another one is named.

    A task has files from when it began to run on a node, for as long as the node is there and keeps them
    (`retentionTime`).

    What looks like a key or a signature in it is replaced by `***`, and control characters other than line ends and
    tabs by blanks. Passwords and the like cannot be recognised: mark the content as secret where it may hold some.
    """

    id: Text | None = prop("Id of a Task: `jobs/<jobId>/tasks/<taskId>`.")
    jobId: JobReference | None = prop("Id of the task's job, together with `taskId` in the place of `id`.")
    taskId: Id | None = prop("Id of the task in its job.")
    filePath: Text | None = prop(
        "Name of the file, relative to the directory of the task (default `stdout.txt`): `stderr.txt`, or `wd/out.txt` "
        "for one that the task has written where it runs.",
        min_length=1,
    )
    maxBytes: Int32 | None = prop(
        f"How much is read at most, from the end (default {DEFAULT_BYTES}, at most {MOST_BYTES}).",
        ge=1,
        le=MOST_BYTES,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from TASK.rules(value)
        steps = re.split(r"[/\\]", value["filePath"]) if is_set(value, "filePath") else ()
        if any(step in ("", ".", "..") for step in steps):
            yield Violation(("filePath",), "must lead from the directory of the task to a file in it, such as wd/a.txt")


class TaskFile(Model):
    """The end of a file."""

    id: Text = prop("Id of the resource that is the task: `jobs/<jobId>/tasks/<taskId>`.", required=True, in_body=False)
    filePath: Text = prop("Name of the file.", required=True)
    size: Int32 = prop("Bytes of the file.", required=True)
    lastModified: Time | None = prop("When it was written to last.")
    isText: Bool = prop(
        "Whether what was read is text in UTF-8. In a text of another encoding, each byte that is not UTF-8 shows as "
        "U+FFFD; binary files show nothing.",
        required=True,
    )
    isWhole: Bool = prop("Whether `content` is the whole file.", required=True)
    content: Text = prop(
        "The end of the file, empty where that is binary. Where it is not the whole file, it begins with the first "
        "word that was read in full.",
        required=True,
    )


def get_task_file(reading: Reading, asked: Mapping[str, Any]) -> Result:
    job, task = TASK.ids(asked)
    id, file = f"jobs/{job}/tasks/{task}", asked.get("filePath") or _STDOUT
    most = asked.get("maxBytes") or DEFAULT_BYTES
    found = reading.client.tail_of_file(job, task, file, most, deadline=reading.deadline)
    if found is None:
        raise refusals.FILE_NOT_THERE(id=id, file=file)
    if found.is_directory:
        raise refusals.IS_DIRECTORY(id=id, file=file)
    is_whole = len(found.content) >= found.size
    text, is_text = _text(found.content, is_whole)
    answer = {
        "id": id,
        "filePath": file,
        "size": found.size,
        "isText": is_text,
        "isWhole": is_whole and text is not None,
        "content": "" if text is None else reading.clean(text),
    }
    return answer if found.modified is None else {**answer, "lastModified": reading.clean(found.modified)}


def _text(content: bytes, is_whole: bool) -> tuple[str | None, bool]:
    """The content from the first word on that is there in full, None if it is no text; and whether all is in UTF-8."""
    if b"\x00" in content:
        return None, False
    start = 0
    if not is_whole:
        while start < min(len(content), 3) and content[start] & 0xC0 == _CONTINUES:
            start += 1
    text, is_text = _decoded(content[start:])
    if is_whole:
        return text.removeprefix("\ufeff"), is_text
    cut = _BREAK.search(text)
    return "" if cut is None else text[cut.end() :], is_text


def _decoded(content: bytes) -> tuple[str, bool]:
    try:
        return content.decode("utf-8"), True
    except UnicodeDecodeError as error:
        # The last character of what is still being written may not be there in full.
        if error.reason == "unexpected end of data":
            return content[: error.start].decode("utf-8"), True
        return content.decode("utf-8", "replace"), False
