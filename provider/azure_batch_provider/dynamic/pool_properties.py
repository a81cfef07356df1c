"""The resource `PoolProperties`, as a program without a plugin declares it.

Written by scripts/generate.py from the resource's model: a change belongs there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from azure_batch_provider.dynamic.provider import PoolPropertiesProvider
from azure_batch_provider.dynamic.resource import BatchResource, Body


class PoolProperties(BatchResource, module="azure-batch", name="PoolProperties"):
    """The start task, metadata and application packages of a pool that already exists.

    What is declared here is all that the pool has: a start task, a metadata item or a package reference that is not
    declared is removed from it. The pool itself is neither created nor deleted. Changes reach compute nodes when they
    join the pool, restart or are reimaged.

    Follows the same rules as the resource of that name in the `azure-batch` plugin; see docs/dynamic.md for what
    dynamic providers cannot do.
    """

    def __init__(
        self,
        name: str,
        *,
        pool_id: pulumi.Input[str],
        start_task: pulumi.Input[Body] | None = None,
        metadata: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        application_package_references: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        certificate_references: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        target_node_communication_mode: pulumi.Input[str] | None = None,
        take_over: pulumi.Input[bool] | None = None,
        deletion_policy: pulumi.Input[str] | None = None,
        triggers: pulumi.Input[Sequence[pulumi.Input[Any]]] | None = None,
        rollout: pulumi.Input[Body] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it. Nested bodies are spelled as in the REST API: dicts in camelCase, or the models of this package.

        Args:
            name: of the resource in the stack.
            pool_id: Pool whose properties these are. It must exist.
            start_task: What each node runs when it joins the pool. Left out, the pool's start task is removed.
            metadata: Names and values stored with the pool. Left out or empty, the pool's metadata is removed.
            application_package_references: Application packages to put on each node, at most 10. Left out or empty, the
                pool's references are removed.
            certificate_references: Certificates to install on each node. Left out or empty, the pool's references are
                removed. Only with apiVersion 2024-07-01.20.0. The service has retired certificates of accounts: take
                them from Azure Key Vault.
            target_node_communication_mode: How nodes are to talk with the service (default `default`). Only with
                apiVersion 2024-07-01.20.0. The service has retired its classic mode: nodes call the service, also when
                this is left out.
            take_over: Accept that the pool may have other properties than declared, and replace them (default false:
                such a pool is refused when this resource is created).
            deletion_policy: What happens to the properties when this resource is deleted (default `clear`).
            triggers: Values of any kind; when one of them changes, the properties are written again, whether or not the
                pool still has them. Name here what may have replaced the pool as a whole: `${pool.scaleSettings}` of
                azure-native's Pool. Compared as they are, and not sent to the service.
            rollout: What is done with the nodes that are there when start task, packages or `triggers` change. Left
                out, they go on with what they have until they restart, and a warning names them.
            opts: of the resource; `import_` is not possible here.

        Raises:
            pulumi.RunError: `opts` asks for what a dynamic provider cannot do.
        """
        super().__init__(
            PoolPropertiesProvider(),
            name,
            {
                "poolId": pool_id,
                "startTask": start_task,
                "metadata": metadata,
                "applicationPackageReferences": application_package_references,
                "certificateReferences": certificate_references,
                "targetNodeCommunicationMode": target_node_communication_mode,
                "takeOver": take_over,
                "deletionPolicy": deletion_policy,
                "triggers": triggers,
                "rollout": rollout,
            },
            opts,
        )

    @property
    @pulumi.getter(name="poolId")
    def pool_id(self) -> pulumi.Output[str]:
        return self._declared("poolId")

    @property
    @pulumi.getter(name="startTask")
    def start_task(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("startTask")

    @property
    @pulumi.getter(name="metadata")
    def metadata(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("metadata")

    @property
    @pulumi.getter(name="applicationPackageReferences")
    def application_package_references(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("applicationPackageReferences")

    @property
    @pulumi.getter(name="certificateReferences")
    def certificate_references(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("certificateReferences")

    @property
    @pulumi.getter(name="targetNodeCommunicationMode")
    def target_node_communication_mode(self) -> pulumi.Output[str | None]:
        return self._declared("targetNodeCommunicationMode")

    @property
    @pulumi.getter(name="takeOver")
    def take_over(self) -> pulumi.Output[bool | None]:
        return self._declared("takeOver")

    @property
    @pulumi.getter(name="deletionPolicy")
    def deletion_policy(self) -> pulumi.Output[str | None]:
        return self._declared("deletionPolicy")

    @property
    @pulumi.getter(name="triggers")
    def triggers(self) -> pulumi.Output[Sequence[Any] | None]:
        return self._declared("triggers")

    @property
    @pulumi.getter(name="rollout")
    def rollout(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("rollout")
