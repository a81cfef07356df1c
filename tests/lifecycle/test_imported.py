"""What an import cannot tell: what of it is recorded, what is sent, and what is no difference."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from azure_batch_provider.lifecycle.imported import Import
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import Id, Text
from azure_batch_provider.properties.compare import Difference, differences


class Account(Model):
    name: Text = prop("Name.", required=True)
    password: Text | None = prop("Password.", secret=True, write_only=True)


class Thing(Model):
    mutable: ClassVar[frozenset[str]] = frozenset({"open", "policy"})

    thingId: Id = prop("Id.", required=True, in_body=False)
    title: Text | None = prop("Title.", default="untitled")
    labels: list[Text] | None = prop("Labels.", empty_is_distinct=True)
    account: Account | None = prop("Account.")
    open: Account | None = prop("An account that can be changed.")
    accounts: list[Account] | None = prop("Accounts.", key="name")
    policy: Text | None = prop("Policy.", default="delete", in_body=False)
    triggers: list[Text] | None = prop("Triggers.", in_body=False)


FRESH: dict[str, Any] = {"imported": True}
READ: dict[str, Any] = {"thingId": "t", "account": {"name": "a"}, "open": {"name": "a"}, "accounts": [{"name": "a"}]}


def replaces(item: Difference) -> bool:
    return Thing.requires_replace(str(item.path[0]))


def planned(private: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """Top-level property to what Diff makes of it."""
    state = Import(Thing, private)
    return {
        str(item.path[0]): "update" if state.records(item) or not replaces(item) else "replace"
        for item in differences(Thing, old, new)
        if not state.hides(item)
    }


@pytest.mark.parametrize(
    ("declared", "plan"),
    [
        ({"policy": "retain"}, {"policy": "update"}),
        ({"policy": "delete"}, {}),
        ({"triggers": ["now"]}, {"triggers": "update"}),
        ({"account": {"name": "a", "password": "x"}}, {"account": "update"}),
        ({"accounts": [{"name": "a", "password": "x"}]}, {"accounts": "update"}),
        ({"open": {"name": "a", "password": "x"}}, {"open": "update"}),
        ({"labels": []}, {}),
        ({"title": "untitled"}, {}),
        # What the service shows differs in earnest.
        ({"title": "x"}, {"title": "replace"}),
        ({"labels": ["x"]}, {"labels": "replace"}),
        ({"accounts": [{"name": "a"}, {"name": "b", "password": "x"}]}, {"accounts": "replace"}),
    ],
)
def test_after_an_import_what_is_never_shown_is_an_update_and_never_a_replacement(
    declared: dict[str, Any], plan: dict[str, str]
) -> None:
    assert planned(FRESH, READ, {**READ, **declared}) == plan


def test_later_it_is_a_change_like_any_other() -> None:
    declared = {**READ, "triggers": ["now"], "account": {"name": "a", "password": "x"}}
    assert planned({}, READ, declared) == {"account": "replace", "triggers": "replace"}
    assert planned(FRESH, declared, {**declared, "triggers": ["again"]}) == {"triggers": "replace"}


def test_an_update_takes_what_is_only_recorded_for_recorded_already() -> None:
    new = {
        **READ,
        "triggers": ["now"],
        "policy": "retain",
        "account": {"name": "a", "password": "x"},
        "open": {"name": "a", "password": "x"},
        "accounts": [{"name": "a", "password": "x"}],
        "title": "x",
    }
    found = Import(Thing, FRESH).recorded(READ, new, replaces)
    assert {str(item.path[0]) for item in differences(Thing, found.inputs, new)} == {"open", "title"}
    assert found.places == found.unsent == ["account.password", "accounts.password"]
    assert READ["account"] == {"name": "a"}


def test_what_was_never_sent_stays_an_update_until_it_is_declared_no_more() -> None:
    private = {"unsent": ["account.password"]}
    old = {**READ, "account": {"name": "a", "password": "x"}}
    new = {**READ, "account": {"name": "a", "password": "y"}}
    assert planned(private, old, new) == {"account": "update"}
    found = Import(Thing, private).recorded(old, new, replaces)
    assert (found.inputs, found.places, found.unsent) == (new, ["account.password"], ["account.password"])

    assert planned(private, old, READ) == {"account": "update"}
    gone = Import(Thing, private).recorded(old, READ, replaces)
    assert (gone.inputs, gone.places, gone.unsent) == (READ, [], [])
    assert planned(private, old, {**READ, "account": None}) == {"account": "replace"}


def test_a_state_that_was_not_imported_records_nothing() -> None:
    new = {**READ, "policy": "retain", "account": {"name": "a", "password": "x"}}
    found = Import(Thing, {}).recorded(READ, new, replaces)
    assert (found.inputs, found.places, found.unsent) == (READ, [], [])
