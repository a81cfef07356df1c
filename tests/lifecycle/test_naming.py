"""Automatic ids: stable, valid, and silent about secrets."""

from __future__ import annotations

import re

import pytest

from azure_batch_provider.lifecycle.context import Naming
from azure_batch_provider.lifecycle.naming import auto_name, resolve_name
from azure_batch_provider.values.refusal import Refused

URN = "urn:pulumi:dev::e2e::azure-batch:index:Task::render"


def test_a_name_is_the_same_for_the_same_declaration_and_another_one_for_another() -> None:
    name = auto_name("render", URN, {"commandLine": "a"})
    assert name == auto_name("render", URN, {"commandLine": "a"})
    assert name != auto_name("render", URN, {"commandLine": "b"})
    assert name != auto_name("render", URN + "2", {"commandLine": "a"})
    assert re.fullmatch(r"render-[0-9a-f]{8}", name)


def test_a_name_is_valid_whatever_the_resource_is_called() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", auto_name("a b/ü" + "x" * 100, URN))


@pytest.mark.parametrize(
    ("naming", "old", "expected"),
    [
        (None, "the-programs-own", "chosen"),
        (None, "automatic-0a1b2c3d", "automatic-0a1b2c3d"),
        (None, None, "chosen"),
        (Naming("propose", "proposed"), None, "proposed"),
        (Naming("enforce", "proposed"), "kept", "kept"),
        (Naming("propose", ""), None, "chosen"),
    ],
)
def test_the_engines_wish_is_honoured_and_a_name_that_is_there_is_kept(
    naming: Naming | None, old: str | None, expected: str
) -> None:
    assert resolve_name(naming, old, "chosen", "taskId") == expected


def test_disabled_automatic_naming_asks_for_the_id() -> None:
    with pytest.raises(Refused, match="`taskId` must be given"):
        resolve_name(Naming("disable"), None, "chosen", "taskId")
