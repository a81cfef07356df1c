"""Secrets: what is marked, what is always one, and where a mark goes when lists change."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_provider.models.base import Model
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.task import Task
from azure_batch_provider.properties import secrets
from azure_batch_provider.properties.secrets import concealed, has_unknown
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.signatures import bears_secret
from azure_batch_provider.values.unknown import UNKNOWN
from tests.marks import Secret, marked, unwrapped, wrapped


def wrap(model: type[Model], values: dict[str, Any], *like: dict[str, Any]) -> dict[str, Any]:
    """The values with what is secret of them wrapped; `like` is written that way too."""
    return wrapped(secrets.wrapped(model, values, *map(marked, like)))


SAS = "https://host/blob?sp=r&sig=abc"


def test_a_password_and_a_sas_are_secret_whoever_wrote_them() -> None:
    found = wrap(
        Task,
        {
            "commandLine": "run",
            "resourceFiles": [{"httpUrl": SAS}, {"httpUrl": "https://host/public"}],
            "containerSettings": {"imageName": "u", "registry": {"username": "u", "password": "p"}},
            "environmentSettings": [{"name": "URL", "value": SAS}],
        },
    )
    assert found == {
        "commandLine": "run",
        "resourceFiles": [{"httpUrl": Secret(SAS)}, {"httpUrl": "https://host/public"}],
        "containerSettings": {"imageName": "u", "registry": {"username": "u", "password": Secret("p")}},
        "environmentSettings": [{"name": "URL", "value": Secret(SAS)}],
    }


def test_what_the_program_marks_stays_marked_when_it_is_read_again() -> None:
    like = {"environmentSettings": [{"name": "A", "value": "1"}, {"name": "B", "value": Secret("2")}]}
    found = wrap(Task, {"environmentSettings": [{"name": "B", "value": "3"}, {"name": "A", "value": "1"}]}, like)
    assert found["environmentSettings"] == [{"name": "B", "value": Secret("3")}, {"name": "A", "value": "1"}]


def test_a_whole_marked_object_stays_marked_as_a_whole() -> None:
    found = wrap(Task, {"containerSettings": {"imageName": "u"}}, {"containerSettings": Secret({"imageName": "x"})})
    assert found == {"containerSettings": Secret({"imageName": "u"})}


def test_an_item_that_has_no_place_in_a_list_with_secrets_is_taken_for_one() -> None:
    like = {"resourceFiles": [{"httpUrl": Secret("https://host/a"), "filePath": "a"}]}
    one, other = {"httpUrl": "https://host/a", "filePath": "a"}, {"httpUrl": "https://host/b", "filePath": "b"}
    found = wrap(Task, {"resourceFiles": [one, other]}, like)
    assert found["resourceFiles"] == [{"httpUrl": Secret("https://host/a"), "filePath": "a"}, Secret(other)]


def test_an_unknown_stays_unknown_and_may_be_secret() -> None:
    assert wrap(Task, {"commandLine": UNKNOWN}) == {"commandLine": UNKNOWN}
    assert wrap(Task, {"commandLine": UNKNOWN}, {"commandLine": Secret(UNKNOWN)}) == {"commandLine": Secret(UNKNOWN)}
    assert has_unknown({"a": [{"b": UNKNOWN}]})


def test_marks_and_what_they_hide_reach_every_depth() -> None:
    value = {"a": Secret([{"b": "x"}]), "c": ["y", Secret("z")]}
    assert marked(value).values == unwrapped(value) == {"a": [{"b": "x"}], "c": ["y", "z"]}
    assert concealed(marked(value)) == {"a": None, "c": ["y", None]}
    assert sorted(marked(value).secrets()) == ["x", "z"]


def test_of_what_the_provider_remembers_only_what_bears_a_secret_is_one() -> None:
    assert list(marked({"__private": Secret({"state": "active", "before": [SAS]})}).secrets()) == [SAS]


def test_the_marks_of_a_sas_and_an_account_key_are_known_in_any_text() -> None:
    assert bears_secret(f"azcopy '{SAS}' .")
    assert bears_secret("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==")
    assert not bears_secret("https://host/blob?design=1")
    assert not bears_secret("resign=now")


def test_a_secret_does_not_show_itself() -> None:
    assert "x1y2" not in repr(marked({"a": Secret("x1y2")}))


def test_a_secret_is_hidden_wherever_it_has_been_put() -> None:
    like = {"environmentSettings": [{"name": "A", "value": Secret("planted-secret")}, {"name": "B", "value": "plain"}]}
    found = wrap(
        Task,
        {
            "commandLine": "echo planted-secret",
            "environmentSettings": [{"name": "RENAMED", "value": "planted-secret"}, {"name": "B", "value": "plain"}],
        },
        like,
    )
    assert found == {
        "commandLine": Secret("echo planted-secret"),
        "environmentSettings": [
            {"name": "RENAMED", "value": Secret("planted-secret")},
            {"name": "B", "value": "plain"},
        ],
    }


def test_a_short_secret_is_not_looked_for_in_other_texts() -> None:
    like = {"environmentSettings": [{"name": "A", "value": Secret("true")}]}
    assert wrap(Task, {"commandLine": "true"}, like) == {"commandLine": "true"}


def test_the_places_of_secrets_are_hidden_at_every_index() -> None:
    inputs = marked({"a": [{"b": Secret(1)}, {"c": Secret({"d": 2})}], "e": Secret("x"), "f": 3})
    hidden = [("a", 1, "b"), ("a", 0, "c", "d"), ("e",)]
    assert all(inputs.hides(path) for path in hidden)
    assert not any(inputs.hides(path) for path in [("a",), ("a", 0), ("f",)])


PATHS = st.lists(st.sampled_from(["a", "b", 0, 1]), min_size=1, max_size=4).map(tuple)


@given(st.frozensets(PATHS), PATHS)
def test_what_is_hidden_is_what_is_at_or_below_the_place_of_a_secret(secret: frozenset[Path], path: Path) -> None:
    def names(path: Path) -> Path:
        return tuple(step for step in path if isinstance(step, str))

    hidden = any(names(path)[: len(names(place))] == names(place) for place in secret)
    assert Inputs({}, secret).hides(path) is hidden


def test_a_key_of_the_wrong_type_or_in_another_case_does_not_lose_what_is_secret() -> None:
    like = {"metadata": [{"name": ["A"], "value": Secret("x")}]}
    assert wrap(PoolProperties, {"metadata": [{"name": ["A"], "value": "x"}]}, like) == like
    packages = {"applicationPackageReferences": [{"applicationId": "FFmpeg", "version": Secret("x")}]}
    read = {"applicationPackageReferences": [{"applicationId": "ffmpeg", "version": "x"}]}
    assert wrap(PoolProperties, read, packages)["applicationPackageReferences"][0]["version"] == Secret("x")
