"""How a sentence names what differs: with its values, where they cannot hold a secret."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.models.base import Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.properties.compare import differences
from azure_batch_provider.properties.plan import listed

SAS = "curl https://files.blob.core.windows.net/a?sv=2022-11-02&sr=b&sp=r&sig=AbC%3D"


def told(model: type[Model], old: dict[str, Any], new: dict[str, Any], *hidden: str) -> str:
    return listed(model, differences(model, old, new), lambda path: path[-1] in hidden)


def start(**fields: Any) -> dict[str, Any]:
    return {"startTask": {"commandLine": "run", **fields}}


def test_a_command_line_is_shown_as_it_was() -> None:
    said = told(PoolProperties, start(commandLine='/bin/sh -c "a\nb"'), start(commandLine="run"))
    assert said == '`startTask.commandLine`: the server has "/bin/sh -c \\"a\\nb\\"", declared is run'


def test_other_texts_are_shown_too_and_long_ones_only_in_part() -> None:
    assert told(Job, {"displayName": "Night run"}, {"displayName": "x" * 300}) == (
        '`displayName`: the server has "Night run", declared is ' + "x" * 200 + "..."
    )


@pytest.mark.parametrize(
    ("old", "new", "hidden"),
    [
        (start(commandLine=SAS), start(), ()),
        (start(), start(commandLine=SAS), ()),
        (start(commandLine="login -p word"), start(), ("commandLine",)),
        (
            start(environmentSettings=[{"name": "PASSWORD", "value": "one"}]),
            start(environmentSettings=[{"name": "PASSWORD", "value": "two"}]),
            (),
        ),
        (
            start(containerSettings={"imageName": "a", "containerRunOptions": "-e PASSWORD=one"}),
            start(containerSettings={"imageName": "a", "containerRunOptions": "-e PASSWORD=two"}),
            (),
        ),
    ],
    ids=["old one bears a signature", "new one does", "marked", "a variable", "options of a container"],
)
def test_what_may_hold_a_secret_is_named_by_its_place_alone(
    old: dict[str, Any], new: dict[str, Any], hidden: tuple[str, ...]
) -> None:
    said = told(PoolProperties, old, new, *hidden)
    assert said.endswith("` differs")
    assert ";" not in said
