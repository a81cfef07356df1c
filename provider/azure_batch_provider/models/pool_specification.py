"""The pool that the service makes for a job, or for the jobs of a schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.base import Context, Violation
from azure_batch_provider.models.pool_body import TARGETS, PoolBody
from azure_batch_provider.models.rules import known


class PoolSpecification(PoolBody):
    """What a pool is made of."""

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from super().warnings(value, context)
        scaling = ("enableAutoScale", *TARGETS)
        if known(value, *scaling) and not any(value.get(name) for name in scaling):
            yield Violation((), "has no nodes: neither a target above 0 nor `enableAutoScale`, so that no task can run")
