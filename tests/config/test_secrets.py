"""What a configuration signs in with is known as such, so that it can be kept out of every text."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final

from azure_batch_provider.config.resolve import Configuration

NOTHING: Final = Configuration("https://account", "account")


def test_what_no_text_of_a_configuration_shows_is_among_its_secrets() -> None:
    hidden = [field.name for field in fields(Configuration) if not field.repr]
    signs: dict[str, Any] = {name: f"the {name}" for name in hidden}
    configuration = replace(NOTHING, **signs)
    assert configuration.secrets == [f"the {name}" for name in hidden]
    assert not any(secret in repr(configuration) for secret in configuration.secrets)
    assert NOTHING.secrets == []
