"""The provider's configuration: how it is checked, compared and read.

Knows no HTTP and imports nothing heavy: the engine asks for the check early on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider.config import refusals
from azure_batch_provider.config.configuration import Configuration, ConfigurationError
from azure_batch_provider.config.resolution import Resolution
from azure_batch_provider.config.settings import PROPERTIES, Property

__all__ = [
    "PROPERTIES",
    "Configuration",
    "ConfigurationError",
    "Property",
    "check",
    "configuration",
    "differences",
]


def check(inputs: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Validate a configuration before it is recorded.

    Returns:
        The inputs, completed by what the environment says of which account it is (no key ever is), and the reasons of
        all failures. Each begins with the property's name, and none repeats a value: a password may stand in any of
        them. Unknown values, the object `UNKNOWN` of the models, fail nothing.
    """
    resolution = Resolution(inputs, environ)
    resolution.configuration()
    recorded = {**inputs, **resolution.recorded}
    return recorded, resolution.failures


def configuration(inputs: Mapping[str, Any], environ: Mapping[str, str]) -> Configuration:
    """The configuration that holds.

    Raises:
        ConfigurationError: with all reasons; a value that is not known yet is one.
    """
    resolution = Resolution(inputs, environ)
    result = resolution.configuration()
    for name in sorted(resolution.unknown):
        resolution.refuse(refusals.SETTING_NOT_KNOWN, name=name)
    if resolution.failures or result is None:
        raise ConfigurationError(resolution.failures)
    return result


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """What changes between two recorded configurations: property name to "replace" or "update".

    Another account replaces the provider. All else, other credentials included, is an update. A default that is
    written out is not a difference, and neither is another spelling of the same value.
    """
    before, after = Resolution(old, {}), Resolution(new, {})
    found: dict[str, str] = {}
    for item in PROPERTIES:
        one, other = before.comparable(item), after.comparable(item)
        if one == other or (item.name not in old and item.name not in new):
            continue
        # Nothing to compare with, because it is not known or was never recorded, does not mean another account.
        account = item.name in ("endpoint", "accountName") and one is not None and other is not None
        found[item.name] = "replace" if account else "update"
    return found
