"""What belongs to the account: the images of pools, applications, and certificates, of which there are none."""

from __future__ import annotations

from typing import Any

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from batch_emulator.bodies.supported_images import SUPPORTED_IMAGES
from tests.emulator.parts import code_of
from tests.emulator_process import V2024, V2025, EmulatorProcess

CERTIFICATE = "/certificates(thumbprintAlgorithm=sha1,thumbprint=0123)"


def test_images_say_what_runs_on_them(client: BatchClient) -> None:
    images = list(client.list_supported_images())
    assert len(images) == len(SUPPORTED_IMAGES)
    assert {image.os_type for image in images} == {"linux", "windows"}
    assert {image.verification_type for image in images} == {"verified", "unverified"}
    assert all(image.image_reference.version == "latest" for image in images)
    ending = next(image for image in images if image.image_reference.offer == "debian-11")
    assert ending.batch_support_end_of_life is not None and ending.capabilities is None
    docker = [image for image in images if "DockerCompatible" in (image.capabilities or [])]
    assert {image.os_type for image in docker} == {"linux", "windows"}


def test_a_pool_can_be_made_from_every_image(emulator: EmulatorProcess) -> None:
    for number, image in enumerate(emulator.get("/supportedimages")["value"]):
        machine = {"imageReference": image["imageReference"], "nodeAgentSKUId": image["nodeAgentSKUId"]}
        emulator.post("/pools", {"id": f"p{number}", "vmSize": "a", "virtualMachineConfiguration": machine})


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("osType eq 'linux'", lambda image: image["osType"] == "linux"),
        ("verificationType ne 'verified'", lambda image: image["verificationType"] == "unverified"),
        ("nodeAgentSKUId eq 'batch.node.debian 12'", lambda image: image["nodeAgentSKUId"] == "batch.node.debian 12"),
        (
            "startswith(nodeAgentSKUId,'batch.node.ubuntu') and verificationType eq 'verified'",
            lambda image: (
                image["nodeAgentSKUId"].startswith("batch.node.ubuntu") and image["verificationType"] == "verified"
            ),
        ),
    ],
)
def test_images_are_filtered(emulator: EmulatorProcess, text: str, keeps: Any) -> None:
    every = emulator.get("/supportedimages")["value"]
    found = emulator.get(f"/supportedimages?$filter={text}")["value"]
    assert found == [image for image in every if keeps(image)]
    assert 0 < len(found) < len(every)


def test_a_filter_of_images_takes_only_what_they_can_be_filtered_by(client: BatchClient) -> None:
    with pytest.raises(HttpResponseError) as caught:
        list(client.list_supported_images(filter="capabilities eq 'DockerCompatible'"))
    assert code_of(caught) == "InvalidQueryParameterValue"


def test_images_come_in_pages(client: BatchClient, emulator: EmulatorProcess) -> None:
    pages = [list(page) for page in client.list_supported_images(max_results=10).by_page()]
    assert [len(page) for page in pages][:-1] == [10] * (len(pages) - 1)
    assert [image for page in pages for image in page] == list(client.list_supported_images())
    assert emulator.get("/supportedimages")["odata.metadata"].endswith("$metadata#supportedimages")


def test_applications_are_those_that_the_control_api_made(client: BatchClient, emulator: EmulatorProcess) -> None:
    assert list(client.list_applications()) == []
    emulator.post("/_emulator/applications", {"id": "Render", "displayName": "The renderer", "versions": ["1", "2"]})
    emulator.post("/_emulator/applications", [{"id": "blender", "versions": []}, {"id": "x"}])
    assert [application.id for application in client.list_applications()] == ["blender", "Render", "x"]
    found = client.get_application("rENDER")
    assert (found.id, found.display_name, found.versions) == ("Render", "The renderer", ["1", "2"])
    emulator.post("/_emulator/applications", {"id": "render", "versions": ["3"]})
    replaced = client.get_application("render")
    assert (replaced.id, replaced.versions) == ("render", ["3"])
    assert "displayName" not in replaced
    with pytest.raises(ResourceNotFoundError) as caught:
        client.get_application("none")
    assert code_of(caught) == "ApplicationNotFound"
    emulator.call("DELETE", "/_emulator/applications")
    assert list(client.list_applications()) == []


def test_an_application_is_shown_as_azure_shows_it(emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/applications", [{"id": "a", "versions": ["v1"]}, {"id": "b", "versions": []}])
    listed = emulator.get("/applications?maxresults=1")
    metadata = f"{emulator.endpoint}/$metadata#"
    assert listed["odata.metadata"] == f"{metadata}listapplicationsummariesresponses"
    assert listed["value"] == [{"id": "a", "versions": ["v1"]}] and "odata.nextLink" in listed
    shown = {"odata.metadata": f"{metadata}getapplicationsummaryresponse/@Element", "id": "b", "versions": []}
    assert emulator.get("/applications/b") == shown


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": ""},
        {"id": 1},
        {"id": "a", "colour": "red"},
        {"id": "a", "versions": "1"},
        {"id": "a", "versions": [1]},
        {"id": "a", "versions": ["v", "V"]},
        {"id": "a", "displayName": None},
        [{"id": "a"}, {"id": None}],
    ],
)
def test_applications_that_are_none_are_refused_all_together(emulator: EmulatorProcess, body: Any) -> None:
    reply = emulator.call("POST", "/_emulator/applications", body)
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")
    assert emulator.get("/applications")["value"] == []


@pytest.mark.parametrize("version", ["2022-10-01.16.0", V2024])
def test_there_are_no_certificates(emulator: EmulatorProcess, version: str) -> None:
    listed = emulator.get("/certificates?$select=thumbprint&maxresults=5", version)
    assert listed == {"odata.metadata": f"{emulator.endpoint}/$metadata#certificates", "value": []}
    for method, path in (("GET", CERTIFICATE), ("DELETE", CERTIFICATE), ("POST", f"{CERTIFICATE}/canceldelete")):
        reply = emulator.call(method, path, api_version=version)
        assert (reply.status, reply.body["code"]) == (404, "CertificateNotFound")


@pytest.mark.parametrize(
    ("code", "status"), [("OperationInvalidForCurrentState", 409), ("InsufficientAccountPermissions", 403)]
)
def test_a_certificate_is_checked_and_not_added(emulator: EmulatorProcess, code: str, status: int) -> None:
    emulator.switch("certificate-add-code", code)
    body = {"thumbprint": "0123", "thumbprintAlgorithm": "sha1", "data": "AA==", "certificateFormat": "cer"}
    reply = emulator.call("POST", "/certificates", body, api_version=V2024)
    assert (reply.status, reply.body["code"]) == (status, code)
    reply = emulator.call("POST", "/certificates", {**body, "data": None}, api_version=V2024)
    assert (reply.status, reply.body["code"]) == (400, "MissingRequiredProperty")
    assert emulator.call("POST", "/certificates", body, api_version=V2025).status == 501
