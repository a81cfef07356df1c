from __future__ import annotations

import datetime
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.emulator.parts import MACHINE, code_of, machine, pool_options
from tests.emulator_process import V2024, EmulatorProcess


def test_a_pool_is_created_with_the_service_s_defaults(client: BatchClient) -> None:
    client.create_pool(pool_options("p1"))
    pool = client.get_pool("p1")
    assert pool.vm_size == "standard_d2s_v3"
    assert pool.resize_timeout == datetime.timedelta(minutes=15)
    assert (pool.target_dedicated_nodes, pool.target_low_priority_nodes) == (0, 0)
    assert (pool.enable_auto_scale, pool.enable_inter_node_communication) == (False, False)
    assert pool.task_slots_per_node == 1
    assert pool.task_scheduling_policy is not None
    assert pool.task_scheduling_policy["nodeFillType"] == "Spread"
    assert pool.virtual_machine_configuration is not None
    assert pool.virtual_machine_configuration.image_reference.version == "latest"
    assert pool.start_task is None and pool.metadata is None and pool.application_package_references is None


def test_a_new_pool_is_resizing_and_then_steady_with_its_nodes(client: BatchClient) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=2, target_low_priority_nodes=1))
    first, second = client.get_pool("p1"), client.get_pool("p1")
    assert (first.allocation_state, first.current_dedicated_nodes) == ("resizing", 0)
    assert (second.allocation_state, second.current_dedicated_nodes, second.current_low_priority_nodes) == (
        "steady",
        2,
        1,
    )
    assert first.etag == second.etag


def test_a_pool_is_found_in_any_case_and_keeps_its_own(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("Render"))
    assert client.get_pool("rENDER").id == "Render"
    assert client.get_pool("render").url == f"{emulator.endpoint}/pools/Render"
    with pytest.raises(ResourceExistsError) as caught:
        client.create_pool(pool_options("RENDER"))
    assert code_of(caught) == "PoolExists"


def test_a_pool_exists_or_does_not(client: BatchClient) -> None:
    client.create_pool(pool_options("p1"))
    assert client.pool_exists("p1") is True
    with pytest.raises(ResourceNotFoundError):
        client.pool_exists("p2")


def test_a_patch_replaces_what_it_names_and_leaves_the_rest(client: BatchClient) -> None:
    metadata = [models.BatchMetadataItem(name="a", value="1"), models.BatchMetadataItem(name="b", value="2")]
    client.create_pool(pool_options("p1", metadata=metadata, start_task=models.BatchStartTask(command_line="one")))
    client.update_pool("p1", models.BatchPoolUpdateOptions(metadata=[models.BatchMetadataItem(name="c", value="3")]))
    pool = client.get_pool("p1")
    assert pool.metadata is not None and [(item.name, item.value) for item in pool.metadata] == [("c", "3")]
    assert pool.start_task is not None and pool.start_task.command_line == "one"
    client.update_pool("p1", models.BatchPoolUpdateOptions(metadata=[]))
    assert client.get_pool("p1").metadata is None


def test_a_patched_start_task_is_replaced_whole(client: BatchClient) -> None:
    settings = [models.EnvironmentSetting(name="A", value="1")]
    client.create_pool(
        pool_options("p1", start_task=models.BatchStartTask(command_line="one", environment_settings=settings))
    )
    client.update_pool("p1", models.BatchPoolUpdateOptions(start_task=models.BatchStartTask(command_line="two")))
    task = client.get_pool("p1").start_task
    assert task is not None
    assert (task.command_line, task.environment_settings, task.wait_for_success) == ("two", None, True)


@pytest.mark.parametrize("code", ["OperationInvalidForCurrentState", "OperationNotValidOnPool"])
def test_only_an_empty_pool_can_change_its_machines(client: BatchClient, emulator: EmulatorProcess, code: str) -> None:
    emulator.switch("patch-non-empty-code", code)
    client.create_pool(pool_options("empty"))
    client.create_pool(pool_options("full", target_dedicated_nodes=1))
    emulator.settle()
    client.update_pool("empty", models.BatchPoolUpdateOptions(vm_size="standard_a1"))
    assert client.get_pool("empty").vm_size == "standard_a1"
    with pytest.raises(ResourceExistsError) as caught:
        client.update_pool("full", models.BatchPoolUpdateOptions(vm_size="standard_a1"))
    assert code_of(caught) == code
    client.update_pool("full", models.BatchPoolUpdateOptions(start_task=models.BatchStartTask(command_line="x")))


def test_replacing_properties_drops_the_start_task_that_is_not_sent(client: BatchClient) -> None:
    client.create_pool(
        pool_options(
            "p1",
            start_task=models.BatchStartTask(command_line="one"),
            metadata=[models.BatchMetadataItem(name="a", value="1")],
        )
    )
    before = client.get_pool("p1")
    replacement = models.BatchPoolReplaceOptions(
        application_package_references=[models.BatchApplicationPackageReference(application_id="Tool", version="1")],
        metadata=[],
    )
    client.replace_pool_properties("p1", replacement)
    after = client.get_pool("p1")
    assert after.start_task is None and after.metadata is None
    assert after.application_package_references is not None
    assert after.application_package_references[0].application_id == "Tool"
    assert after.etag != before.etag and after.last_modified > before.last_modified


def test_replacing_properties_fills_in_the_start_task(client: BatchClient) -> None:
    client.create_pool(pool_options("p1"))
    replacement = models.BatchPoolReplaceOptions(
        application_package_references=[], metadata=[], start_task=models.BatchStartTask(command_line="one")
    )
    client.replace_pool_properties("p1", replacement)
    task = client.get_pool("p1").start_task
    assert task is not None and task.user_identity is not None and task.user_identity.auto_user is not None
    assert (task.user_identity.auto_user.scope, task.user_identity.auto_user.elevation_level) == ("pool", "nonadmin")
    assert (task.max_task_retry_count, task.wait_for_success) == (0, True)


@pytest.mark.parametrize("missing", ["metadata", "applicationPackageReferences"])
def test_replacing_properties_needs_both_lists(emulator: EmulatorProcess, missing: str) -> None:
    emulator.post("/pools", {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE})
    body: dict[str, Any] = {"metadata": [], "applicationPackageReferences": []}
    del body[missing]
    reply = emulator.call("POST", "/pools/p1/updateproperties", body)
    assert (reply.status, reply.body["code"]) == (400, "MissingRequiredProperty")
    assert reply.body["values"] == [{"key": "PropertyName", "value": missing}]
    emulator.switch("replace-missing-list", "clear")
    assert emulator.call("POST", "/pools/p1/updateproperties", body).status == 204


def test_the_older_version_replaces_certificates_and_communication_mode_too(emulator: EmulatorProcess) -> None:
    pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
    emulator.post("/pools", {**pool, "targetNodeCommunicationMode": "simplified"}, V2024)
    body: dict[str, Any] = {"metadata": [], "applicationPackageReferences": []}
    reply = emulator.call("POST", "/pools/p1/updateproperties", body, V2024)
    assert reply.body["values"] == [{"key": "PropertyName", "value": "certificateReferences"}]
    assert emulator.get("/pools/p1", V2024)["targetNodeCommunicationMode"] == "simplified"
    reply = emulator.call("POST", "/pools/p1/updateproperties", {**body, "certificateReferences": []}, V2024)
    assert reply.status == 204
    assert emulator.get("/pools/p1", V2024)["targetNodeCommunicationMode"] == "default"
    reply = emulator.call("POST", "/pools/p1/updateproperties", {**body, "certificateReferences": []})
    assert (reply.status, reply.body["code"]) == (400, "UnsupportedProperty")


def test_a_deleted_pool_is_deleting_and_then_gone(client: BatchClient) -> None:
    client.create_pool(pool_options("p1"))
    before = client.get_pool("p1")
    poller = client.begin_delete_pool("p1", polling_interval=0)
    poller.result()
    with pytest.raises(ResourceNotFoundError) as caught:
        client.get_pool("p1")
    assert code_of(caught) == "PoolNotFound"
    client.create_pool(pool_options("p1"))
    assert client.get_pool("p1").creation_time > before.creation_time


def test_deleting_a_pool_moves_its_etag_and_state_together(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE})
    before = emulator.get("/pools/p1")
    assert emulator.call("DELETE", "/pools/p1").status == 202
    after = emulator.get("/pools/p1")
    assert after["state"] == "deleting" and after["eTag"] != before["eTag"]
    assert after["lastModified"] == after["stateTransitionTime"]


def test_a_pool_that_is_deleting_cannot_be_changed(emulator: EmulatorProcess) -> None:
    emulator.switch("states", "by-hand")
    pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
    emulator.post("/pools", pool)
    emulator.call("DELETE", "/pools/p1")
    replies = [
        emulator.call("DELETE", "/pools/p1"),
        emulator.call("PATCH", "/pools/p1", {"metadata": []}),
        emulator.call("POST", "/pools/p1/updateproperties", {"metadata": [], "applicationPackageReferences": []}),
        emulator.call("POST", "/pools", pool),
    ]
    assert [(reply.status, reply.body["code"]) for reply in replies] == [(409, "PoolBeingDeleted")] * 4
    emulator.switch("pool-recreate-code", "PoolExists")
    assert emulator.call("POST", "/pools", pool).body["code"] == "PoolExists"
    assert emulator.call("HEAD", "/pools/p1").status == 200
    emulator.settle()
    assert emulator.call("HEAD", "/pools/p1").status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/pools/none"),
        ("HEAD", "/pools/none"),
        ("PATCH", "/pools/none"),
        ("DELETE", "/pools/none"),
        ("POST", "/pools/none/updateproperties"),
    ],
)
def test_a_pool_that_is_not_there_is_not_found(emulator: EmulatorProcess, method: str, path: str) -> None:
    bodies: dict[str, Any] = {"PATCH": {"metadata": []}, "POST": {"metadata": [], "applicationPackageReferences": []}}
    reply = emulator.call(method, path, bodies.get(method))
    assert reply.status == 404
    assert method == "HEAD" or reply.body["code"] == "PoolNotFound"


def test_a_bad_body_is_refused_before_a_pool_that_is_not_there(emulator: EmulatorProcess) -> None:
    reply = emulator.call("PATCH", "/pools/none", {"vmSize": 7})
    assert (reply.status, reply.body["code"]) == (400, "InvalidPropertyValue")


def test_pools_have_a_quota(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("pool-quota", 1)
    client.create_pool(pool_options("p1"))
    with pytest.raises(ResourceExistsError) as caught:
        client.create_pool(pool_options("p2"))
    assert code_of(caught) == "PoolQuotaReached"


def test_changes_of_a_pool_honour_the_etag(client: BatchClient) -> None:
    client.create_pool(pool_options("p1"))
    etag = client.get_pool("p1").etag
    change = models.BatchPoolUpdateOptions(metadata=[])
    client.update_pool("p1", change, etag=etag, match_condition=MatchConditions.IfNotModified)
    with pytest.raises(HttpResponseError) as caught:
        client.update_pool("p1", change, etag=etag, match_condition=MatchConditions.IfNotModified)
    assert code_of(caught) == "ConditionNotMet"
    with pytest.raises(HttpResponseError) as caught:
        client.begin_delete_pool("p1", etag=etag, match_condition=MatchConditions.IfNotModified)
    assert caught.value.status_code == 412


def test_user_settings_of_the_other_system_are_forgotten(client: BatchClient, emulator: EmulatorProcess) -> None:
    def users() -> list[models.UserAccount]:
        return [
            models.UserAccount(
                name="me",
                password="hunter2",
                linux_user_configuration=models.LinuxUserConfiguration(uid=1, gid=2, ssh_private_key="secret"),
                windows_user_configuration=models.WindowsUserConfiguration(login_mode="interactive"),
            )
        ]

    client.create_pool(pool_options("linux", user_accounts=users()))
    windows = machine(node_agent_sku_id="batch.node.windows amd64")
    client.create_pool(pool_options("windows", user_accounts=users(), virtual_machine_configuration=windows))
    assert emulator.get("/pools/linux")["userAccounts"] == [
        {"name": "me", "elevationLevel": "nonadmin", "linuxUserConfiguration": {"uid": 1, "gid": 2}}
    ]
    assert emulator.get("/pools/windows")["userAccounts"] == [
        {"name": "me", "elevationLevel": "nonadmin", "windowsUserConfiguration": {"loginMode": "interactive"}}
    ]
