"""What a test puts into the account that no operation of the data plane does: samples of metrics, and applications."""

from __future__ import annotations

from typing import Any

from batch_emulator.protocol.errors import ServiceError, invalid_body
from batch_emulator.simulation.formula.names import METRICS
from batch_emulator.simulation.pool_metrics import LONGEST
from batch_emulator.state.account import Account
from batch_emulator.state.entities import Application, Pool
from batch_emulator.state.ids import folded

_APPLICATION_FIELDS = {"id", "displayName", "versions"}


def seed_samples(account: Account, pool_id: str, body: Any) -> None:
    """The last value of each metric is a sample of now, those before it are 30 seconds apart.

    Null as a value is a sample that is missing; null instead of values takes the account's own again.
    """
    pool = account.store.of(Pool).find(pool_id)
    if pool is None:
        raise ServiceError("PoolNotFound")
    if not isinstance(body, dict) or not body:
        raise invalid_body('The body is {"$CPUPercent": [numbers or null, oldest first], ...}.')
    samples = dict(pool.samples)
    for metric, values in body.items():
        if metric not in METRICS:
            raise invalid_body(f"{metric[:64]!r} is not a metric; there are {', '.join(METRICS)}.")
        if values is None:
            samples.pop(metric, None)
        elif isinstance(values, list) and len(values) <= LONGEST and all(map(_is_sample, values)):
            samples[metric] = {"end": account.clock.now(), "values": values}
        else:
            raise invalid_body(f"The samples of {metric} are a list of at most {LONGEST} numbers or nulls, or null.")
    pool.samples = samples
    account.store.save(pool)


def _is_sample(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def seed_applications(account: Account, body: Any) -> None:
    """One or a list of them. An application takes the place of one that has its id."""
    given = body if isinstance(body, list) else [body]
    for item in given:
        _check_application(item)
    for item in given:
        application = Application.new(item["id"], {"versions": [], **item}, account.clock.stamp())
        account.store.save(application)


def clear_applications(account: Account) -> None:
    for application in account.store.of(Application):
        account.store.drop(application)


def _check_application(item: Any) -> None:
    if not isinstance(item, dict) or not set(item) <= _APPLICATION_FIELDS or not _is_text(item.get("id")):
        raise invalid_body('An application is {"id": "...", "displayName": "...", "versions": ["...", ...]}.')
    versions = item.get("versions", [])
    if not isinstance(versions, list) or not all(map(_is_text, versions)):
        raise invalid_body("versions is a list of strings.")
    if len({folded(version) for version in versions}) != len(versions):
        raise invalid_body("versions has one of them twice.")
    if "displayName" in item and not _is_text(item["displayName"]):
        raise invalid_body("displayName is a string.")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 1024
