"""Whatever answers in the place of Azure Resource Manager is an error of ours, and says of nothing that it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from azure_batch_provider.arm.client import ArmClient
from azure_batch_provider.config.configuration import Configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import RequestError, ServiceError
from azure_batch_provider.values.account_ids import AccountId
from tests.e2e.entra import identity_endpoint
from tests.http.manual_time import ManualTime
from tests.http.scripted_service import Answer, ScriptedService
from tests.sign_in.certificate import TokenIssuer, self_signed

ACCOUNT = AccountId("00000000-0000-0000-0000-000000000000", "group", "account")
HTML = {"Content-Type": "text/html"}
HOSTILE = {
    "a page": Answer(200, text="<html>sign in</html>", headers=HTML),
    "half of a document": Answer(200, text='{"properties": {"st'),
    "a list": Answer(200, []),
    "a text": Answer(200, "none"),
    "null": Answer(200, text="null"),
    "nothing": Answer(204),
    "properties that are none": Answer(200, {"properties": ["state"]}),
    "elsewhere": Answer(302, headers={"Location": "https://elsewhere.example/"}),
    "no such page": Answer(404, text="<html>not found</html>", headers=HTML),
    "no code": Answer(404, {"error": {"message": "gone?"}}),
    "another service": Answer(404, {"error": {"code": "BlobNotFound", "message": "gone?"}}),
    "an error that is none": Answer(400, {"error": ["code"]}),
    "forbidden by a proxy": Answer(403, text="no"),
    "broken": Answer(500, text="<html>oops</html>", headers=HTML),
    "no answer": Answer(drop="unanswered"),
    "half an answer": Answer(200, {"properties": {"state": "Active"}}, drop="halfway"),
}


@dataclass
class Manager:
    """What answers, and our client."""

    service: ScriptedService
    client: ArmClient
    token: str


@pytest.fixture(scope="module")
def _manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    folder = tmp_path_factory.mktemp("manager")
    certificate, token = self_signed(folder), TokenIssuer(folder).token(audience="https://management.azure.com")
    with (
        ScriptedService(tls=certificate.context()) as service,
        identity_endpoint(token) as msi,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("REQUESTS_CA_BUNDLE", str(certificate.certificate))
        patch.setenv("IDENTITY_ENDPOINT", f"{msi.endpoint}/msi/token")
        patch.setenv("IDENTITY_HEADER", "proof")
        configuration = Configuration(
            "https://account.region.batch.azure.com", "account", use_msi=True, manager=service.endpoint
        )
        client = ArmClient(configuration, ACCOUNT, lambda text: None)
        yield Manager(service, client, token)
        client.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_an_error_of_ours(_manager: Manager, name: str) -> None:
    time = ManualTime()
    _manager.service.script(HOSTILE[name])
    with pytest.raises(RequestError) as caught:
        _manager.client.package("tools", "1", Deadline(60, clock=time.clock, sleep=time.sleep))
    assert not (isinstance(caught.value, ServiceError) and caught.value.is_not_found)
    assert _manager.token not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_record_without_a_place_for_its_content_is_not_believed(_manager: Manager) -> None:
    for body in ({"properties": {"state": "Pending"}}, {"properties": {"storageUrl": ""}}, {}):
        _manager.service.script(Answer(200, body))
        with pytest.raises(RequestError, match="without a URL for its content"):
            _manager.client.create_package("tools", "1")
