"""What the service refuses in a pool because of what is outside it: images, networks, identities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.certificates import Keys
from tests.emulator.parts import GALLERY_IMAGE, MACHINE, SUBNET, values_of
from tests.emulator_process import V2024, V2025, EmulatorProcess

POOL: dict[str, Any] = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
IMAGE = "virtualMachineConfiguration.imageReference"
KEY = {"keyUrl": "https://v/k", "identityReference": {"resourceId": "/i"}}


def _with_image(**image: str) -> dict[str, Any]:
    return {**POOL, "virtualMachineConfiguration": {**MACHINE, "imageReference": image}}


def _refused(emulator: EmulatorProcess, method: str, path: str, body: Any) -> tuple[str, set[str]]:
    """The property that a refusal names, and what else it says."""
    reply = emulator.call(method, path, body)
    assert (reply.status, reply.body["code"]) == (400, "InvalidPropertyValue")
    values = values_of(reply.body)
    return str(values.pop("PropertyName")), set(values)


OFFERED = [
    ("canonical", "ubuntu-24_04-lts", "server"),
    ("Canonical", "UbuntuServer", "18.04-LTS"),
    ("Canonical", "UbuntuServer", "18_04-lts-gen2"),
    ("canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2"),
    ("microsoft-dsvm", "ubuntu-hpc", "2204"),
    ("microsoft-azure-batch", "ubuntu-server-container", "20-04-lts"),
    ("MicrosoftWindowsServer", "WindowsServer", "2016-Datacenter-smalldisk"),
    ("almalinux", "almalinux-x86_64", "9-gen2"),
]


@pytest.mark.parametrize(("publisher", "offer", "sku"), OFFERED)
def test_an_image_that_the_service_offers_is_taken(
    emulator: EmulatorProcess, publisher: str, offer: str, sku: str
) -> None:
    emulator.post("/pools", _with_image(publisher=publisher, offer=offer, sku=sku))


@pytest.mark.parametrize(
    ("publisher", "offer", "sku"),
    [("canonical", "ubuntu", "server"), ("acme", "ubuntu-24_04-lts", "server"), ("canonical", "ubuntu-24_04-lts", "x")],
)
def test_an_image_that_the_service_does_not_offer_is_refused(
    emulator: EmulatorProcess, publisher: str, offer: str, sku: str
) -> None:
    body = _with_image(publisher=publisher, offer=offer, sku=sku)
    assert _refused(emulator, "POST", "/pools", body) == (IMAGE, {"Reason"})
    emulator.post("/pools", POOL)
    patch = {"virtualMachineConfiguration": body["virtualMachineConfiguration"]}
    assert _refused(emulator, "PATCH", "/pools/p1", patch) == (IMAGE, {"Reason"})
    emulator.switch("images", "any")
    assert emulator.call("PATCH", "/pools/p1", patch).status == 200


@pytest.mark.parametrize(
    "image_id",
    [
        "ubuntu",
        "/i",
        GALLERY_IMAGE.replace("galleries/g/images", "images"),
        GALLERY_IMAGE.replace("Microsoft.Compute", "Microsoft.Network"),
        GALLERY_IMAGE + "/more",
        "https://management.azure.com" + GALLERY_IMAGE,
    ],
)
def test_an_image_by_id_is_one_of_a_gallery(emulator: EmulatorProcess, linked: None, image_id: str) -> None:
    body = _with_image(virtualMachineImageId=image_id)
    assert _refused(emulator, "POST", "/pools", body) == (f"{IMAGE}.virtualMachineImageId", {"Reason"})


@pytest.mark.parametrize("image_id", [GALLERY_IMAGE, GALLERY_IMAGE.rsplit("/versions/", 1)[0], GALLERY_IMAGE.lower()])
def test_an_image_of_a_gallery_may_leave_its_version_open(
    emulator: EmulatorProcess, linked: None, image_id: str
) -> None:
    emulator.post("/pools", _with_image(virtualMachineImageId=image_id))
    found = emulator.get("/pools/p1")["virtualMachineConfiguration"]["imageReference"]
    assert found == {"virtualMachineImageId": image_id}


@pytest.mark.parametrize("subnet", ["default", "/s", SUBNET.rsplit("/subnets/", 1)[0], SUBNET + "/", "x" + SUBNET])
def test_a_subnet_is_an_arm_id(emulator: EmulatorProcess, linked: None, subnet: str) -> None:
    network = {"networkConfiguration": {"subnetId": subnet}}
    expected = ("networkConfiguration.subnetId", {"Reason"})
    assert _refused(emulator, "POST", "/pools", {**POOL, **network}) == expected
    assert _refused(emulator, "POST", "/jobs", {"id": "j1", "poolInfo": {"poolId": "p1"}, **network}) == expected
    pool = {name: value for name, value in {**POOL, **network}.items() if name != "id"}
    auto = {"poolLifetimeOption": "job", "pool": pool}
    job = {"id": "j1", "poolInfo": {"autoPoolSpecification": auto}}
    place = f"poolInfo.autoPoolSpecification.pool.{expected[0]}"
    assert _refused(emulator, "POST", "/jobs", job) == (place, {"Reason"})


@pytest.mark.parametrize("subnet", [SUBNET, SUBNET.upper(), SUBNET.replace("Microsoft.Network", "ClassicNetwork")])
def test_a_subnet_is_read_back_as_it_was_sent(emulator: EmulatorProcess, linked: None, subnet: str) -> None:
    emulator.post("/pools", {**POOL, "networkConfiguration": {"subnetId": subnet}})
    assert emulator.get("/pools/p1")["networkConfiguration"]["subnetId"] == subnet


def test_a_key_of_the_customer_s_needs_an_identity_of_the_pool(emulator: EmulatorProcess) -> None:
    machine = {**MACHINE, "diskEncryptionConfiguration": {"targets": ["osdisk"], "customerManagedKey": KEY}}
    place = "virtualMachineConfiguration.diskEncryptionConfiguration.customerManagedKey"
    body = {**POOL, "virtualMachineConfiguration": machine}
    assert _refused(emulator, "POST", "/pools", body) == (place, {"Reason"})
    emulator.switch("pool-identity", True)
    emulator.post("/pools", body)
    assert emulator.get("/pools/p1")["virtualMachineConfiguration"]["diskEncryptionConfiguration"] == {
        "customerManagedKey": KEY,
        "targets": ["osdisk"],
    }


LINKS: list[tuple[dict[str, Any], str]] = [
    ({"networkConfiguration": {"subnetId": SUBNET}}, "Network"),
    (
        {
            "networkConfiguration": {
                "publicIPAddressConfiguration": {"provision": "usermanaged", "ipAddressIds": ["/ip"]}
            }
        },
        "Network",
    ),
    (
        {"virtualMachineConfiguration": {**MACHINE, "imageReference": {"virtualMachineImageId": GALLERY_IMAGE}}},
        "Compute",
    ),
]


@pytest.mark.parametrize(("link", "kind"), LINKS)
def test_a_key_is_not_enough_where_other_resources_are_linked(
    emulator: EmulatorProcess, link: dict[str, Any], kind: str
) -> None:
    emulator.post("/pools", {**POOL, "id": "old"})
    for method, path, body in (("POST", "/pools", {**POOL, **link}), ("PATCH", "/pools/old", link)):
        reply = emulator.call(method, path, body)
        assert (reply.status, reply.body["code"]) == (403, "AuthenticationFailed")
        detail = values_of(reply.body)["AuthenticationErrorDetail"]
        assert detail is not None and f"SharedKey is not allowed when external resources of type {kind} are" in detail
    emulator.switch("linked-resources", "any-credentials")
    assert emulator.call("PATCH", "/pools/old", link).status == 200


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def entra(keys: Keys) -> Iterator[EmulatorProcess]:
    with EmulatorProcess("--token-key", str(keys.public_file)) as process:
        yield process
        assert process.errors() == ""


@pytest.mark.parametrize("link", [link for link, _ in LINKS])
def test_a_token_is_enough_where_other_resources_are_linked(
    entra: EmulatorProcess, keys: Keys, link: dict[str, Any]
) -> None:
    entra.reset()
    headers = {"Authorization": f"Bearer {keys.token()}"}
    assert entra.call("POST", "/pools", {**POOL, **link}, headers=headers).status == 201


@pytest.mark.parametrize("version", [V2024, V2025])
def test_settings_of_an_extension_can_be_a_json_text(emulator: EmulatorProcess, version: str) -> None:
    extension = {"name": "e", "publisher": "p", "type": "t", "settings": '{"a": 1}'}
    body = {
        **POOL,
        "virtualMachineConfiguration": {**MACHINE, "extensions": [{**extension, "protectedSettings": "{}"}]},
    }
    emulator.post("/pools", body, version)
    assert emulator.get("/pools/p1", version)["virtualMachineConfiguration"]["extensions"] == [extension]
    emulator.switch("extension-settings", "object")
    place = "virtualMachineConfiguration.extensions[0].settings"
    assert _refused(emulator, "POST", "/pools", {**body, "id": "p2"})[0] == place
