from __future__ import annotations

import subprocess
import sys

import pytest

from azure_batch_provider import registry
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import Configuration, configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.values.refusal import Refused


def unconnected(settings: Configuration) -> BatchClient:
    raise AssertionError(f"nothing here asks {settings.endpoint} anything")


SETTINGS = configuration({"endpoint": "http://127.0.0.1:1", "accountName": "a", "accountKey": "a2V5"}, {})
SESSION = Session(SETTINGS, unconnected)
CALL = Call("urn", "name", "type", lambda level, urn, text: None, Deadline())


@pytest.mark.parametrize("token", sorted(registry.RESOURCES))
def test_model_and_lifecycle_of_a_resource_type_belong_together(token: str) -> None:
    lifecycle = registry.lifecycle(token, SESSION, CALL)
    assert lifecycle.token == token
    assert lifecycle.model is registry.model(token)
    assert lifecycle.session is SESSION
    assert token == f"{registry.PACKAGE}:index:{lifecycle.model.__name__}"


@pytest.mark.parametrize("token", ["azure-batch:index:Lake", "", "other:index:Task", "Task"])
def test_a_resource_type_that_does_not_exist_is_refused_with_those_that_do(token: str) -> None:
    with pytest.raises(
        Refused, match=r"azure-batch:index:Job, azure-batch:index:JobSchedule, azure-batch:index:Pool, .*Task"
    ):
        registry.lifecycle(token, SESSION, CALL)
    with pytest.raises(Refused):
        registry.model(token)


def test_knowing_what_there_is_loads_no_heavy_library() -> None:
    program = (
        "import sys, azure_batch_provider.registry as registry; assert registry.RESOURCES; "
        "print(*{name.split('.')[0] for name in sys.modules} & {'pydantic', 'requests', 'azure', 'grpc', 'pulumi'})"
    )
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert loaded.split() == []


def test_the_plugin_answers_before_models_and_http_are_loaded() -> None:
    program = (
        "import sys, azure_batch_provider.plugin.servicer; "
        "print(*{name.split('.')[0] for name in sys.modules} & {'pydantic', 'requests', 'azure'})"
    )
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert loaded.split() == []
