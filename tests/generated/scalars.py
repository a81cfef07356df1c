"""Strategies for single values, by the shape and the limits of their field."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from azure_batch_provider.archives.source import ARCHIVE, SIGNATURE
from azure_batch_provider.models.attribute import FieldType
from tests.generated.limits import Limits
from tests.generated.samples import GALLERY_IMAGES, IDENTITIES, SUBNETS

SAS: Final = "sv=2022-11-02&sp=rwl&se=2999-01-01T00%3A00%3A00Z&sr=c&sig=c2lnbmVk%2Bx%3D"
TELLING: Final = (
    "",
    " ",
    "0",
    "-1",
    "null",
    "[]",
    "Ünï",
    "line\nline",
    "/bin/sh -c 'echo $HOME'",
    f"curl 'https://files.blob.core.windows.net/in/a?{SAS}' -o a",
    f'fetch "https://a/b?{SAS}" "https://c/d?sp=r&sig=x"',
    "sig=abc",
    "a&sig=abc",
    "AccountKey=abc",
)
"""Texts that something on the way might take for something else."""
NO_LIMIT: Final = "P10675199DT2H48M5.4775807S"
DURATIONS: Final = ("PT0S", "P7D", "PT168H", "P1Y2M", "PT90M", "PT0.5S", "P0DT1H", NO_LIMIT, "P10675199DT2H48M5.477S")
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


def texts(found: Limits) -> st.SearchStrategy[str]:
    shortest, longest = found.min_length or 0, found.max_length
    if found.pattern is not None:
        return st.text(ALPHABET, min_size=max(shortest, 1), max_size=min(longest or 12, 64))
    free = st.text(st.characters(exclude_categories=["Cs"]), min_size=shortest, max_size=min(longest or 12, 12))
    fitting = [text for text in TELLING if shortest <= len(text) and (longest is None or len(text) <= longest)]
    whole = st.just("x" * longest) if longest is not None else st.nothing()
    return st.sampled_from(fitting) | free | whole if fitting else free | whole


def integers(found: Limits) -> st.SearchStrategy[int]:
    lowest = -(2**31) if found.ge is None else found.ge
    highest = 2**31 - 1 if found.le is None else found.le
    telling = [number for number in (-1, 0, 1, lowest, highest) if lowest <= number <= highest]
    return st.sampled_from(telling) | st.integers(lowest, min(highest, lowest + 10_000))


@st.composite
def durations(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return draw(st.sampled_from(DURATIONS))
    days, hours, seconds = draw(st.tuples(st.integers(0, 400), st.integers(0, 99), st.integers(1, 99)))
    return f"P{days}DT{hours}H{seconds}S" if days else f"PT{hours}H{seconds}S"


@st.composite
def urls(draw: st.DrawFn) -> str:
    name = draw(st.text(ALPHABET + ".%/", max_size=8))
    query = draw(st.sampled_from(("", "", f"?{SAS}", f"?comp=list&{SAS}&b=", "?a=1&a=2", "?sig=", "?se=1")))
    return f"{draw(st.sampled_from(('https://files.blob.core.windows.net/', 'http://h:81/')))}{name}{query}"


def choices(field_type: FieldType) -> st.SearchStrategy[str]:
    assert field_type.enum is not None
    values = [str(member.value) for member in field_type.enum]
    return st.sampled_from([*values, *values, *(value.upper() for value in values), *(v.lower() for v in values)])


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_INTERVALS: Final = st.sampled_from(("PT5M", "PT15M", "P7D", "PT100H"))
_TIMEOUTS: Final = st.sampled_from(("PT5M", "PT900S", "P1D", NO_LIMIT))
_IDS: Final = st.text(ALPHABET, min_size=1, max_size=12) | st.just("A" * 64)
_PREFIXES: Final = ("", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/a/applications/")

SPECIAL: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "AutoPoolSpecification.poolLifetimeOption": st.just("job"),
    "Rollout.maxUnavailable": st.sampled_from(("1", "20%", "100%", "999999")),
    "Rollout.timeout": st.sampled_from(("PT2H", "PT120M", "P1D", NO_LIMIT)),
    "AwaitCompletion.timeout": st.sampled_from(("PT2H", "PT120M", "P1D", NO_LIMIT)),
    "CertificateReference.thumbprintAlgorithm": st.sampled_from(("sha1", "SHA1")),
    "InboundNatPool.frontendPortRangeEnd": st.integers(1, 65534),
    "InboundNatPool.frontendPortRangeStart": st.integers(1, 65534),
    "InboundNatPool.name": st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9_])?", fullmatch=True),
    "JobNetworkConfiguration.subnetId": st.sampled_from((f"{SUBNETS}/one", f"{SUBNETS.upper()}/Two")),
    "JobReleaseTask.maxWallClockTime": st.sampled_from(("PT0S", "PT14M59S", "PT900S")),
    "NetworkConfiguration.subnetId": st.sampled_from((f"{SUBNETS}/one", f"{SUBNETS.upper()}/Two")),
    "NetworkSecurityGroupRule.sourcePortRanges": st.sampled_from((["*"], ["22"], ["1-5", "7", "9-65535"], [])),
    "NodeIdentityReference.resourceId": st.sampled_from((f"{IDENTITIES}/one", f"{IDENTITIES.upper()}/Two")),
    "Pool.autoScaleEvaluationInterval": _INTERVALS,
    "Pool.autoScaleFormula": st.sampled_from(("$TargetDedicatedNodes = 1;", "$TargetLowPriorityNodes=0 ;")),
    "Pool.resizeTimeout": _TIMEOUTS,
    "Pool.targetDedicatedNodes": st.integers(0, 2),
    "Pool.targetLowPriorityNodes": st.integers(0, 2),
    "PoolSpecification.autoScaleEvaluationInterval": _INTERVALS,
    "PoolSpecification.resizeTimeout": _TIMEOUTS,
    "ResourceFile.fileMode": st.from_regex(r"0?[0-7]{1,4}", fullmatch=True),
    "ResourceFile.filePath": st.sampled_from(("f", "a/b.c", "dir/", "ü/ x", "...", ".hidden")),
    "Sweep.taskIdFormat": st.sampled_from(("{frame}", "x", "all-{a}-{frame}")),
    "SweepParameter.end": st.integers(-12, 12),
    "SweepParameter.start": st.integers(-12, 12),
    "SweepParameter.step": st.integers(-3, 3).filter(bool),
    "SweepParameter.values": st.lists(
        st.text("abXY", min_size=1, max_size=2) | st.integers(-12, 12) | st.booleans(),
        min_size=1,
        max_size=3,
        unique_by=lambda value: str(value).casefold(),
    ),
    "Task.jobId": st.just("jobId"),
    "TaskCollection.jobId": st.just("jobId"),
    "VmImageReference.virtualMachineImageId": st.sampled_from(
        (f"{GALLERY_IMAGES}/one", f"{GALLERY_IMAGES.upper()}/Two/versions/1.0.0")
    ),
}
"""By model and property, where a rule of the model says more than the field's type."""

NAMES: Final[Mapping[str, st.SearchStrategy[str]]] = {
    # No two of them are one number: what a range of ids holds is not left to chance.
    "TaskCollection.tasks": st.sampled_from(("1", "02", "t", "T-1", "_", "A" * 64))
    | _IDS.map(lambda id: f"x{id[:60]}"),
    "Sweep.parameters": st.sampled_from(("frame", "a", "B_2")),
}
"""By model and property, what entries of a map are called."""
TEMPLATES: Final = frozenset({"Sweep.task"})
"""By model and property, objects whose texts have placeholders."""


@cache
def scalars(field_type: FieldType, found: Limits) -> st.SearchStrategy[Any]:
    """Valid values of a shape that is neither an object nor a list."""
    if field_type.enum is not None:
        return choices(field_type)
    if field_type.kind == "map":
        return st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
    if field_type.kind == "any":
        return JSON.filter(lambda value: value is not None)
    if field_type.kind == "application":
        return st.builds("".join, st.tuples(st.sampled_from(_PREFIXES), _IDS))
    if field_type.kind == "caseless":
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=found.max_length or 12)
    table: dict[str, st.SearchStrategy[Any]] = {
        "text": texts(found),
        "integer": integers(found),
        "boolean": st.booleans(),
        "duration": durations(),
        "url": urls(),
        "time": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
        "id": _IDS,
        "asset": _IDS.map(lambda name: {SIGNATURE: ARCHIVE, "path": name}),
    }
    return table[field_type.kind]
