"""A secret that got into a property of the provider's configuration by mistake is shown by no failure of it."""

from __future__ import annotations

from typing import Any, Final
from unittest.mock import patch
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2

from azure_batch_provider.config.resolve import PROPERTIES, Property
from azure_batch_provider.plugin.servicer import Servicer
from tests.marks import Secret
from tests.properties.examples import bounded
from tests.properties.provider import decode, encode

HOST: Final = "acct.westeurope.batch.azure.com"
SOUND: Final = {"endpoint": f"https://{HOST}"}
PLACES: Final = (
    "https://user:{}@" + HOST,
    "user:{}@" + HOST,
    "https://{}@" + HOST,
    "http://user:{}@" + HOST,
    "ftp://user:{}@" + HOST,
    "{}://" + HOST,
    "//user:{}@" + HOST,
    "https://" + HOST + "/?sv=2024-11-04&sig={}",
    HOST + "?sig={}",
    "https://" + HOST + "/container/{}",
    "https://" + HOST + "#{}",
    "https://" + HOST + ":{}",
    "https://" + HOST + ":443:{}",
    "https://[{}]",
    "AccountName=acct;AccountKey={}==",
    "acct {}",
    '{{"accountKey": "{}"}}',
    "{}=={}==",
    "\x1b[31m{}\n",
)
"""Texts with a secret in them that are the value of no property, unless that property is itself a secret."""

secrets: Final = st.text(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~", min_size=8, max_size=84
).map(
    lambda text: f"q0{text}z9"  # which is in none of our own words
)


def spelled(secret: str, place: str) -> st.SearchStrategy[Any]:
    """A value of the configuration that has the secret at a place: as text, encoded, in a list or an object, marked."""
    encoded = "".join(f"%{ord(letter):02X}" for letter in secret)
    texts = [place.format(text, text) for text in (secret, encoded, quote(encoded))]
    shapes = [*texts, texts[0].upper(), f"  {texts[0]}  ", [texts[0]], {"value": texts[0]}, {texts[0]: True}]
    return st.sampled_from([*shapes, Secret(texts[0])])


@st.composite
def mistakes(draw: st.DrawFn) -> tuple[Property, str, Any]:
    secret = draw(secrets)
    return draw(st.sampled_from(PROPERTIES)), secret, draw(spelled(secret, draw(st.sampled_from(PLACES))))


def checked(given: dict[str, Any], environ: dict[str, str]) -> Any:
    servicer = Servicer(lambda: "0.0.0")
    with patch.dict("os.environ", environ, clear=True):
        return servicer.CheckConfig(provider_pb2.CheckRequest(news=encode(given)), None)  # type: ignore[arg-type]


def shows(text: str, secret: str) -> bool:
    return any(form.casefold() in text.casefold() for form in (secret, quote(secret)))


@bounded
@given(mistakes())
def test_a_failure_of_the_configuration_names_the_property_and_gives_the_engine_no_value(
    mistake: tuple[Property, str, Any],
) -> None:
    item, secret, value = mistake
    reply = checked({**SOUND, item.name: value}, {})
    assert all(failure.property == "" for failure in reply.failures)
    assert not any(shows(failure.reason, secret) for failure in reply.failures)
    if item.secret:
        inputs = decode(reply.inputs)
        assert isinstance(inputs[item.name], Secret)
    else:
        assert any(failure.reason.startswith(f"{item.name} ") for failure in reply.failures)


@bounded
@given(mistakes().filter(lambda mistake: bool(mistake[0].environment) and isinstance(mistake[2], str)))
def test_a_failure_of_a_variable_names_it_and_shows_no_value(mistake: tuple[Property, str, str]) -> None:
    item, secret, value = mistake
    environ = {"AZURE_BATCH_ENDPOINT": SOUND["endpoint"], item.environment[0]: value}
    reply = checked({}, environ)
    assert all(failure.property == "" for failure in reply.failures)
    assert not any(shows(failure.reason, secret) for failure in reply.failures)
    assert not shows(str(decode(reply.inputs)), secret)


def test_a_setting_is_read_through_its_mark_and_stays_marked() -> None:
    marked = {"endpoint": SOUND["endpoint"], "accountKey": Secret("a2V5"), "maxConcurrency": Secret("9")}
    reply = checked(marked, {})
    assert (decode(reply.inputs), list(reply.failures)) == (marked, [])
