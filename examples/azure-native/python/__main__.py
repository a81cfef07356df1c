"""An account, an application and a pool of azure-native, and what this provider puts into them."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import batch as arm
from pulumi_azure_native import resources, storage

import pulumi_azure_batch as batch


def declare() -> None:
    """Declare everything: nothing has to exist but the subscription."""
    group = resources.ResourceGroup("render")
    files = storage.StorageAccount(
        "files",
        resource_group_name=group.name,
        kind=storage.Kind.STORAGE_V2,
        sku={"name": storage.SkuName.STANDARD_LRS},
    )
    account = arm.BatchAccount("render", resource_group_name=group.name, auto_storage={"storage_account_id": files.id})
    application = arm.Application("tools", resource_group_name=group.name, account_name=account.name)
    pool = arm.Pool(
        "nodes",
        resource_group_name=group.name,
        account_name=account.name,
        vm_size="STANDARD_D2S_V3",
        deployment_configuration={
            "virtual_machine_configuration": {
                "image_reference": {
                    "publisher": "canonical",
                    "offer": "ubuntu-24_04-lts",
                    "sku": "server",
                    "version": "latest",
                },
                "node_agent_sku_id": "batch.node.ubuntu 24.04",
            }
        },
        scale_settings={"fixed_scale": {"target_dedicated_nodes": pulumi.Config().get_int("nodes") or 2}},
    )

    # Application packages take an Entra identity, as azure-native does; the rest is signed with the account's key.
    packages = batch.Provider("packages", endpoint=account.account_endpoint, account_resource_id=account.id)
    keys = arm.list_batch_account_keys_output(resource_group_name=group.name, account_name=account.name)
    data = batch.Provider("data", endpoint=account.account_endpoint, account_key=pulumi.Output.secret(keys.primary))

    tools = batch.ApplicationPackage(
        "tools",
        application_id=application.name,
        source=pulumi.FileArchive("kit"),
        opts=pulumi.ResourceOptions(provider=packages),
    )
    properties = batch.PoolProperties(
        "nodes",
        pool_id=pool.name,
        application_package_references=[{"application_id": tools.application_id, "version": tools.version}],
        start_task={
            "command_line": tools.version.apply(
                lambda it: f'/bin/sh -c "sh $AZ_BATCH_APP_PACKAGE_tools_{it}/setup.sh"'
            ),
            "wait_for_success": True,
        },
        # A change of one of these puts the whole pool, without the two above: they are written again after it.
        triggers=[pool.scale_settings, pool.vm_size, pool.deployment_configuration],
        opts=pulumi.ResourceOptions(provider=data),
    )
    job = batch.Job("film", pool_info={"pool_id": properties.pool_id}, opts=pulumi.ResourceOptions(provider=data))
    batch.Task(
        "encode",
        job_id=job.job_id,
        command_line="/bin/sh -c 'ffmpeg -version'",
        opts=pulumi.ResourceOptions(provider=data),
    )
    pulumi.export("job", job.job_id)


if __name__ == "__main__":
    declare()
