"""Users of nodes, by Microsoft's client; what the service says of them without a client."""

from __future__ import annotations

import datetime
from urllib.parse import quote

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from tests.emulator.parts import WINDOWS, code_of, pool_options
from tests.emulator_process import EmulatorProcess

USER = models.BatchNodeUserCreateOptions(name="Ada", password="hunter2", is_admin=True)


@pytest.fixture
def node_id(client: BatchClient, emulator: EmulatorProcess) -> str:
    client.create_pool(pool_options("p1", target_dedicated_nodes=1))
    emulator.settle()
    (node,) = client.list_nodes("p1")
    return str(node.id)


def test_a_user_is_added_replaced_and_deleted(client: BatchClient, node_id: str) -> None:
    client.create_node_user("p1", node_id, USER)
    with pytest.raises(ResourceExistsError) as caught:
        client.create_node_user("p1", node_id, models.BatchNodeUserCreateOptions(name="ADA", password="x"))
    assert code_of(caught) == "NodeUserExists"
    client.replace_node_user("p1", node_id, "ada", models.BatchNodeUserReplaceOptions(ssh_public_key="ssh-rsa AAAA"))
    client.delete_node_user("p1", node_id, "ada")
    with pytest.raises(ResourceNotFoundError) as missing:
        client.delete_node_user("p1", node_id, "Ada")
    assert code_of(missing) == "NodeUserNotFound"
    with pytest.raises(ResourceNotFoundError) as missing:
        client.replace_node_user("p1", node_id, "Ada", models.BatchNodeUserReplaceOptions(password="x"))
    assert code_of(missing) == "NodeUserNotFound"


def test_the_answers_name_the_user_and_have_no_etag(emulator: EmulatorProcess, node_id: str) -> None:
    path = f"/pools/p1/nodes/{node_id}/users"
    reply = emulator.call("POST", path, {"name": "Ada", "password": "x"})
    place = f"{emulator.endpoint}{path}/Ada"
    assert (reply.status, reply.headers["DataServiceId"], reply.headers["Location"]) == (201, place, place)
    assert "ETag" not in reply.headers
    reply = emulator.call("PUT", f"{path}/Ada", {"password": "y"})
    assert (reply.status, reply.headers["DataServiceId"]) == (200, place)
    reply = emulator.call("DELETE", f"{path}/Ada")
    assert (reply.status, "DataServiceId" in reply.headers) == (200, False)


@pytest.mark.parametrize("days", [None, 3])
def test_a_user_is_gone_after_a_day_or_when_it_says(
    client: BatchClient, emulator: EmulatorProcess, node_id: str, days: int | None
) -> None:
    options = models.BatchNodeUserCreateOptions(name="ada", password="x")
    if days is not None:
        now = datetime.datetime.fromisoformat(emulator.get("/_emulator/clock")["now"][:19] + "+00:00")
        options.expiry_time = now + datetime.timedelta(days=days)
    client.create_node_user("p1", node_id, options)
    emulator.advance(86_400 * (days or 1) - 60)
    with pytest.raises(ResourceExistsError):
        client.create_node_user("p1", node_id, options)
    emulator.advance(120)
    with pytest.raises(ResourceNotFoundError):
        client.delete_node_user("p1", node_id, "ada")
    client.create_node_user("p1", node_id, models.BatchNodeUserCreateOptions(name="ada", password="x"))


def test_users_outlive_a_reboot_and_not_a_new_image(
    client: BatchClient, emulator: EmulatorProcess, node_id: str
) -> None:
    client.create_node_user("p1", node_id, USER)
    emulator.post(f"/pools/p1/nodes/{node_id}/reboot")
    with pytest.raises(ResourceExistsError) as caught:
        client.delete_node_user("p1", node_id, "Ada")
    assert code_of(caught) == "NodeBeingRebooted"
    emulator.settle()
    with pytest.raises(ResourceExistsError):
        client.create_node_user("p1", node_id, USER)
    emulator.post(f"/pools/p1/nodes/{node_id}/reimage")
    emulator.settle()
    client.create_node_user("p1", node_id, USER)


def test_a_user_that_a_node_cannot_have_is_refused(
    client: BatchClient, emulator: EmulatorProcess, node_id: str
) -> None:
    path = f"/pools/p1/nodes/{node_id}/users"
    for body, code in (
        ({}, "MissingRequiredProperty"),
        ({"name": "x" * 21}, "InvalidPropertyValue"),
        ({"name": "x", "expiryTime": "tomorrow"}, "InvalidPropertyValue"),
        ({"name": "x", "uid": 1}, "UnsupportedProperty"),
        ([], "InvalidRequestBody"),
    ):
        reply = emulator.call("POST", path, body)
        assert (reply.status, reply.body["code"]) == (400, code)
    assert emulator.call("POST", path, {"name": "x", "sshPublicKey": "ssh-rsa A"}).status == 201


def test_windows_has_passwords_and_no_keys(client: BatchClient, emulator: EmulatorProcess) -> None:
    machine = {"imageReference": WINDOWS, "nodeAgentSKUId": "batch.node.windows amd64"}
    pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": machine, "targetDedicatedNodes": 1}
    emulator.post("/pools", pool)
    emulator.settle()
    (node,) = client.list_nodes("p1")
    assert node.endpoint_configuration is not None
    assert node.endpoint_configuration.inbound_endpoints[0].backend_port == 3389
    path = f"/pools/p1/nodes/{node.id}/users"
    reply = emulator.call("POST", path, {"name": "x"})
    assert (reply.status, reply.body["code"]) == (400, "MissingRequiredProperty")
    reply = emulator.call("POST", path, {"name": "x", "password": "y", "sshPublicKey": "z"})
    assert (reply.status, reply.body["code"]) == (400, "InvalidPropertyValue")
    emulator.post(path, {"name": "x", "password": "y"})
    assert emulator.call("PUT", f"{path}/x", {"expiryTime": "2099-01-01T00:00:00Z"}).status == 200


def test_no_password_of_a_user_is_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    location = tmp_path_factory.mktemp("kept")
    with EmulatorProcess(location=location) as emulator, emulator.client() as client:
        client.create_pool(pool_options("p1", target_dedicated_nodes=1))
        emulator.settle()
        (node,) = client.list_nodes("p1")
        client.create_node_user("p1", str(node.id), USER)
        client.replace_node_user("p1", str(node.id), "Ada", models.BatchNodeUserReplaceOptions(password="hunter3"))
        emulator.kill()
    written = b"".join(path.read_bytes() for path in location.iterdir())
    assert b"Ada" in written and b"hunter" not in written


@pytest.mark.parametrize("name", ["\0", "\n", "Zo\u00eb", "\u65e5\u672c", "a b"])
def test_a_user_may_have_a_name_that_no_header_can_hold(emulator: EmulatorProcess, node_id: str, name: str) -> None:
    place = f"/pools/p1/nodes/{node_id}/users"
    reply = emulator.call("POST", place, {"name": name, "password": "x"})
    assert reply.status == 201
    assert reply.headers["Location"].endswith(quote(name, safe=" "))
    if name.isprintable():
        reply = emulator.call("PUT", f"{place}/{quote(name)}", {"password": "y"})
        assert reply.status == 200
        assert reply.headers["DataServiceId"].endswith(quote(name, safe=" "))
