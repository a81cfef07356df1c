"""The properties of a pool that can be replaced as a whole while it runs (Pools - Replace Pool Properties)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import API_2024, Context, Model, Violation
from azure_batch_provider.models.certificates import RETIRED, CertificateReference
from azure_batch_provider.models.common import (
    ONE_MODE,
    ApplicationPackageReference,
    MetadataItem,
    NodeCommunicationMode,
    PoolDeletionPolicy,
)
from azure_batch_provider.models.rollout import Rollout
from azure_batch_provider.models.rules import at_most
from azure_batch_provider.models.scalars import Bool, Id
from azure_batch_provider.models.start_task import StartTask


class PoolProperties(Model):
    """The start task, metadata and application packages of a pool that already exists.

    What is declared here is all that the pool has: a start task, a metadata item or a package reference that is not
    declared is removed from it. The pool itself is neither created nor deleted. Changes reach compute nodes when they
    join the pool, restart or are reimaged.
    """

    id_form: ClassVar[str] = "pools/<poolId>"
    mutable: ClassVar[frozenset[str]] = frozenset(
        {
            "startTask",
            "metadata",
            "applicationPackageReferences",
            "certificateReferences",
            "targetNodeCommunicationMode",
            "takeOver",
            "deletionPolicy",
            "triggers",
            "rollout",
        }
    )

    poolId: Id = prop("Pool whose properties these are. It must exist.", required=True, wire_name="id", in_body=False)
    startTask: StartTask | None = prop(
        "What each node runs when it joins the pool. Left out, the pool's start task is removed."
    )
    metadata: list[MetadataItem] | None = prop(
        "Names and values stored with the pool. Left out or empty, the pool's metadata is removed.", key="name"
    )
    applicationPackageReferences: list[ApplicationPackageReference] | None = prop(
        "Application packages to put on each node, at most 10. Left out or empty, the pool's references are removed.",
        key="applicationId",
    )
    certificateReferences: list[CertificateReference] | None = prop(
        "Certificates to install on each node. Left out or empty, the pool's references are removed. "
        "Only with apiVersion 2024-07-01.20.0.",
        key="thumbprint",
        only=API_2024,
        deprecated=RETIRED,
    )
    targetNodeCommunicationMode: NodeCommunicationMode | None = prop(
        "How nodes are to talk with the service (default `default`). Only with apiVersion 2024-07-01.20.0.",
        default="default",
        only=API_2024,
        deprecated=ONE_MODE,
    )
    takeOver: Bool | None = prop(
        "Accept that the pool may have other properties than declared, and replace them (default false: such a pool "
        "is refused when this resource is created).",
        default=False,
        in_body=False,
    )
    deletionPolicy: PoolDeletionPolicy | None = prop(
        "What happens to the properties when this resource is deleted (default `clear`).",
        default="clear",
        in_body=False,
    )
    triggers: list[Any] | None = prop(
        "Values of any kind; when one of them changes, the properties are written again, whether or not the pool still "
        "has them. Name here what may have replaced the pool as a whole: `${pool.scaleSettings}` of azure-native's "
        "Pool. Compared as they are, and not sent to the service.",
        in_body=False,
    )

    rollout: Rollout | None = prop(
        "What is done with the nodes that are there when start task, packages or `triggers` change. Left out, they go "
        "on with what they have until they restart, and a warning names them.",
        in_body=False,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from at_most(value, "applicationPackageReferences", 10, "application packages in a pool")
