"""Applications and their packages, by Azure Resource Manager.

Follows the REST pages Application - Create, Get, Update and Application Package - Create, Get, Activate, Delete of
Batch Management. Every method raises what `Transport.request` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import (
    AuthenticationError,
    ProtocolError,
    RequestError,
    ServiceError,
    TransportError,
)
from azure_batch_provider.http.retry import Attempts
from azure_batch_provider.values.redact import redact

if TYPE_CHECKING:
    from azure_batch_provider.config.resolve import Configuration
    from azure_batch_provider.values.account_ids import AccountId

LIBRARIES: Final = ("azure.mgmt.batch", "azure.storage.blob")
INSTALLING: Final = "pipx install --force 'azure-batch-provider[packages]'"
_NOT_ARM: Final = (
    "the answer is not one of Azure Resource Manager. Check `resourceManagerEndpoint`, and any proxy on the way."
)
_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 60.0
_ATTEMPTS: Final = 6
"""Of one request. An upload may have all the time in the world."""
Answer = TypeVar("Answer")


def is_installed() -> bool:
    """Whether the libraries are there that this takes."""
    try:
        return all(find_spec(name) is not None for name in LIBRARIES)
    except ModuleNotFoundError:  # a parent package is missing
        return False


class ArmClient:
    """The applications of one account; called by many threads at once."""

    def __init__(self, configuration: Configuration, account: AccountId, log: Callable[[str], None]) -> None:
        """Nothing is sent yet.

        Raises:
            AuthenticationError: only a key is configured, or the Entra settings are not valid.
        """
        from azure.mgmt.batch import BatchManagementClient

        from azure_batch_provider.sign_in.clouds import MANAGER_SCOPES, MANAGERS
        from azure_batch_provider.sign_in.identity import identity

        if configuration.account_key is not None:
            raise AuthenticationError("Azure Resource Manager takes no account key: configure an Entra identity.")
        self._credential, self._what, self._advice = identity(configuration)
        self._account = account
        self._timeout = configuration.request_timeout
        self._log = log
        self._client = BatchManagementClient(
            self._credential,
            account.subscription,
            configuration.manager or MANAGERS[configuration.cloud],
            credential_scopes=[MANAGER_SCOPES[configuration.cloud]],
            retry_total=0,
            permit_redirects=False,
            user_agent="azure-batch-provider",
        )

    def close(self) -> None:
        self._client.close()

    def application(self, name: str, deadline: Deadline | None = None) -> dict[str, Any]:
        """Its `displayName`, `allowUpdates` and `defaultVersion`, as far as it has them."""
        operations = self._client.application
        return self._sent(
            "GET", name, "", lambda **options: _properties(operations.get(*self._of(name), **options)), deadline
        )

    def create_application(self, name: str, properties: Mapping[str, Any], deadline: Deadline | None = None) -> None:
        body, operations = {"properties": dict(properties)}, self._client.application
        self._sent("PUT", name, "", lambda **options: operations.create(*self._of(name), body, **options), deadline)

    def update_application(self, name: str, properties: Mapping[str, Any], deadline: Deadline | None = None) -> None:
        """Change these properties, and leave the others."""
        body, operations = {"properties": dict(properties)}, self._client.application
        self._sent("PATCH", name, "", lambda **options: operations.update(*self._of(name), body, **options), deadline)

    def package(self, name: str, version: str, deadline: Deadline | None = None) -> dict[str, Any]:
        """Its `state` and `lastActivationTime`; where its content is stays here."""
        operations = self._client.application_package
        found = self._sent(
            "GET",
            name,
            f"/versions/{version}",
            lambda **options: _properties(operations.get(*self._of(name), version, **options)),
            deadline,
        )
        if not isinstance(found.get("state"), str):
            raise ProtocolError(f"Version {version} of {name} came without its state: {_NOT_ARM}")
        return {key: value for key, value in found.items() if key in ("state", "lastActivationTime")}

    def create_package(self, name: str, version: str, deadline: Deadline | None = None) -> str:
        """Make its record, or use the one that is there. Returns the URL that the content goes to, a secret."""
        operations = self._client.application_package
        found = self._sent(
            "PUT",
            name,
            f"/versions/{version}",
            lambda **options: _properties(operations.create(*self._of(name), version, {}, **options)),
            deadline,
        )
        url = found.get("storageUrl")
        if not isinstance(url, str) or not url:
            raise ProtocolError(f"The record of version {version} of {name} came without a URL for its content.")
        return url

    def activate_package(self, name: str, version: str, deadline: Deadline | None = None) -> None:
        body, operations = {"format": "zip"}, self._client.application_package
        self._sent(
            "POST",
            name,
            f"/versions/{version}/activate",
            lambda **options: operations.activate(*self._of(name), version, body, **options),
            deadline,
        )

    def delete_package(self, name: str, version: str, deadline: Deadline | None = None) -> None:
        operations = self._client.application_package
        self._sent(
            "DELETE",
            name,
            f"/versions/{version}",
            lambda **options: operations.delete(*self._of(name), version, **options),
            deadline,
        )

    def upload(
        self, url: str, content: IO[bytes], size: int, deadline: Deadline, progress: Callable[[int], None]
    ) -> None:
        """Put the content where the record of its package says; `progress` is told how many bytes have gone.

        Blocks go up one after the other, each read when its turn comes. Whoever waits no longer, or has no time left,
        is noticed between two of them.
        """
        from azure_batch_provider.arm.upload import upload

        def tell(sent: int) -> None:
            deadline.check()
            progress(sent)

        def send(**options: Any) -> None:
            content.seek(0)
            try:
                upload(url, content, size, self._credential, tell, **options)
            except ValueError:
                raise ProtocolError("The URL that the content of the package is to go to is not one.") from None

        self._retried("PUT", "the content of the package", send, deadline)

    def _of(self, name: str) -> tuple[str, str, str]:
        return self._account.group, self._account.account, name

    def _sent(
        self, method: str, name: str, rest: str, send: Callable[..., Answer], deadline: Deadline | None
    ) -> Answer:
        from azure.core.exceptions import AzureError

        path = f"/batchAccounts/{self._account.account}/applications/{name}{rest}"

        def read(**options: Any) -> Answer:
            try:
                return send(**options)
            except (AzureError, RequestError):
                raise
            except Exception as error:  # what the client does not expect, it fails at in any way
                raise ProtocolError(
                    f"{method} {path} was answered with something that could not be read ({type(error).__name__}): "
                    f"{_NOT_ARM}"
                ) from None

        return self._retried(method, path, read, (deadline or Deadline()).at_most(self._timeout))

    def _retried(self, method: str, path: str, send: Callable[..., Answer], deadline: Deadline) -> Answer:
        """Send a request, and again where that can help, until there is an answer or the time is over."""
        from azure.core.exceptions import AzureError

        from azure_batch_provider.arm.foreign import from_core

        attempts = Attempts()
        while True:
            deadline.check()
            attempts.count += 1
            seconds = max(1.0, min(_READ_SECONDS, deadline.remaining()))
            try:
                answer = send(connection_timeout=min(_CONNECT_SECONDS, seconds), read_timeout=seconds)
            except AzureError as error:
                failure = from_core(error, method=method, path=path, what=self._what, advice=self._advice)
            else:
                self._log(f"{method} {path} done attempt={attempts.count}")
                return answer
            self._log(redact(f"{method} {path} failed attempt={attempts.count}: {failure}"))
            if not isinstance(failure, (ServiceError, TransportError)):
                raise failure
            delay = attempts.failed(failure)
            again = attempts.count < _ATTEMPTS and attempts.worth_another(failure)
            if not again or delay >= deadline.remaining():
                raise attempts.final(failure)
            deadline.wait(delay)


def _properties(model: Any) -> dict[str, Any]:
    found = model.as_dict().get("properties", {})
    if not isinstance(found, Mapping):
        raise TypeError("properties")
    return dict(found)
