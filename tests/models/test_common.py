from __future__ import annotations

from collections.abc import Iterator

import pytest

from azure_batch_provider.models.attribute import ABSENT, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.command_line import shell_syntax
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.storage_urls import expiry, signature
from azure_batch_provider.models.task import Task


def models_in(field_type: FieldType) -> Iterator[type[Model]]:
    if field_type.model is not None:
        yield field_type.model
        for prop in field_type.model.properties().values():
            yield from models_in(prop.type)
    if field_type.item is not None:
        yield from models_in(field_type.item)


MODELS = sorted(
    {model for root in (Task, PoolProperties) for model in models_in(FieldType("object", model=root))},
    key=lambda model: model.__name__,
)
PROPERTIES = {f"{model.__name__}.{name}": prop for model in MODELS for name, prop in model.properties().items()}


@pytest.mark.parametrize("model", MODELS)
def test_every_object_is_described_by_a_sentence(model: type[Model]) -> None:
    first = (model.__doc__ or "").strip().splitlines()[0]
    assert len(first) > 20
    assert first != Model.__doc__


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_property_is_described_by_a_sentence(name: str) -> None:
    assert PROPERTIES[name].description.endswith((".", ")"))
    assert len(PROPERTIES[name].description) > 10


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_key_names_a_property_of_the_items(name: str) -> None:
    prop = PROPERTIES[name]
    if prop.traits.key is not None:
        assert prop.type.item is not None
        assert prop.type.item.model is not None
        assert prop.traits.key in prop.type.item.model.properties()


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_choice_has_a_description_for_each_value(name: str) -> None:
    field_type = PROPERTIES[name].type.item or PROPERTIES[name].type
    for enum in field_type.enum or ():
        assert enum.description.endswith(".")


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_default_of_the_service_is_a_value_that_could_be_given(name: str) -> None:
    prop: Property = PROPERTIES[name]
    default = prop.traits.default
    if default is ABSENT:
        return
    if prop.type.model is not None:
        prop.type.model.model_validate(default)
    elif prop.type.enum is not None:
        assert default in [enum.value for enum in prop.type.enum]
    else:
        assert isinstance(default, {"integer": int, "boolean": bool}.get(prop.type.kind, str))


def test_passwords_are_the_secrets_that_the_service_never_returns() -> None:
    assert {name for name, prop in PROPERTIES.items() if prop.traits.secret} == {"ContainerRegistryReference.password"}
    assert {name for name, prop in PROPERTIES.items() if prop.traits.write_only} == {
        "ContainerRegistryReference.password"
    }


def test_files_keep_their_order_and_named_things_do_not() -> None:
    unordered = {name.split(".")[1] for name, prop in PROPERTIES.items() if prop.traits.unordered}
    assert not unordered & {"resourceFiles", "outputFiles", "commonResourceFiles"}
    assert {"environmentSettings", "metadata", "taskIds", "containerHostBatchBindMounts", "exitCodes"} <= unordered


@pytest.mark.parametrize(
    "line",
    [
        "make && make install",
        "make&&make install",
        "cat a | sort",
        "render > out.log",
        "render 2>&1",
        "sort < in",
        "a; b",
        "echo $HOME",
        "echo ${HOME}/x",
        'echo "$HOME"',
        "echo $(date)",
        "echo %PATH%",
        "daemon &",
        "a || b",
        "groups && /bin/bash -c env",
        "/bin/bash2 -c 'a' | cat",
        "echo bash && ls",
        "grep -r cmd . > found.txt",
        "install bash; bash -c 'a && b'",
        "cp /bin/sh $HOME",
    ],
)
def test_shell_syntax_without_a_shell_is_noticed(line: str) -> None:
    assert shell_syntax(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "echo hello",
        "bash -c 'a && b'",
        "/bin/sh -c 'echo $HOME'",
        "cmd /c echo %PATH%",
        'C:\\Windows\\System32\\cmd.exe /c "a && b"',
        "powershell -Command $x",
        "env A=1 bash -lc 'a | b'",
        'timeout 60 /bin/sh -c "echo $HOME"',
        'nice cmd.exe /C "a && b"',
        "mpiexec -n 2 powershell -File run.ps1 $x",
        "bash run.sh $x",
        "awk '{print $1; exit}' in",
        'python -c "print(1 > 0); print(2)"',
        "curl https://example.com/?a=1&b=2",
        "find . -exec rm {} ;",
        "date +%Y%m%d",
        "price 5$",
        "'",
        '"',
        "",
    ],
)
def test_a_command_line_that_needs_no_shell_or_starts_one_is_left_alone(line: str) -> None:
    assert shell_syntax(line) is None


@pytest.mark.parametrize(
    ("end", "instant"),
    [
        ("2030-01-02T03:04:05Z", "2030-01-02T03:04:05+00:00"),
        ("2030-01-02T03%3A04%3A05Z", "2030-01-02T03:04:05+00:00"),
        ("2030-01-02T03:04:05.1234567Z", "2030-01-02T03:04:05.123456+00:00"),
        ("2030-01-02T03:04Z", "2030-01-02T03:04:00+00:00"),
        ("2030-01-02", "2030-01-02T00:00:00+00:00"),
        ("2030-01-02T03:04:05%2B02:00", "2030-01-02T01:04:05+00:00"),
    ],
)
def test_the_end_of_a_sas_is_read_in_every_form_that_storage_takes(end: str, instant: str) -> None:
    sas = signature(f"https://a.blob.core.windows.net/c?SE={end}&sig=x")
    assert sas is not None
    moment = expiry(sas)
    assert moment is not None
    assert moment.isoformat() == instant


@pytest.mark.parametrize("query", ["si=policy&sig=x", "se=soon&sig=x", "se=&sig=x"])
def test_a_sas_whose_end_cannot_be_told_has_none(query: str) -> None:
    sas = signature(f"https://a/c?{query}")
    assert sas is not None
    assert expiry(sas) is None


@pytest.mark.parametrize("url", ["https://a/c", "https://a/c?se=2020-01-01", "https://[a/c?sig=x", "sig=x"])
def test_a_url_without_a_signature_is_not_signed(url: str) -> None:
    assert signature(url) is None
