"""How an application package gets its content: record, upload and activation; and what is the application's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from azure_batch_provider.archives.packed import packed
from azure_batch_provider.archives.source import Unusable
from azure_batch_provider.arm.client import ArmClient
from azure_batch_provider.http.errors import Cancelled, ProtocolError, RequestError, ServiceError
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.lifecycle.unfinished import CREATE, WRITE
from azure_batch_provider.lifecycle.verbs import Lifecycle, may_have_happened
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import split_package_id

UPLOAD: Final = "upload"
"""What was left unfinished: the record is ours, and the content may not be there, or not active."""
OF_APPLICATION: Final = ("displayName", "allowUpdates")
ACTIVATED: Final = "activated"
ALLOWS: Final = "allowUpdates"
_MEBIBYTE: Final = 1 << 20


class Published(Lifecycle):
    """A package whose content goes where its record says."""

    @property
    def arm(self) -> ArmClient:
        return self.session.arm

    def application(self, name: str) -> dict[str, Any] | None:
        """What the application is, None when there is none."""
        try:
            return self.arm.application(name, self.call.deadline)
        except ServiceError as error:
            if error.is_not_found:
                return None
            raise

    def publish(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any], doing: str) -> State:
        """Make the record, upload the content and activate it."""
        application, version = split_package_id(id)
        try:
            with packed(inputs["source"]) as content:
                if content.digest != inputs.get("contentHash"):
                    raise refusals.PACKAGE_CHANGED_MEANWHILE(id=id)
                self._prepare(application, inputs, locking=False)
                try:
                    url = self.arm.create_package(application, version, self.call.deadline)
                except RequestError as error:
                    self._explain_frozen(id, application, error)
                    if may_have_happened(error):
                        raise self.init_failed(id, inputs, private, doing, str(error)) from error
                    raise
                self.ledger.wrote(id, created=doing == CREATE)
                try:
                    size = content.size
                    self.arm.upload(
                        url, content.file, size, self.call.deadline, lambda sent: self._tell_how_far(id, sent, size)
                    )
                    activated = self._activated(application, version)
                except RequestError as error:
                    why = "the operation was interrupted." if isinstance(error, Cancelled) else str(error)
                    reason = (
                        f"{id} is there, and its content is not active: {why} The next `pulumi up` uploads it again."
                    )
                    raise self.init_failed(id, inputs, private, UPLOAD, reason) from error
        except Unusable as error:
            raise refusals.PACKAGE_SOURCE_UNUSABLE(problem=error) from None
        return self.settled(id, inputs, {**private, **activated})

    def _tell_how_far(self, id: str, sent: int, size: int) -> None:
        if size >= _MEBIBYTE:
            self.call.status(f"uploading {id}: {sent / _MEBIBYTE:,.1f} of {size / _MEBIBYTE:,.1f} MiB")

    def _activated(self, application: str, version: str) -> dict[str, Any]:
        """Activate it, and read that it is so."""
        self.arm.activate_package(application, version, self.call.deadline)
        package = self.arm.package(application, version, self.call.deadline)
        if not is_active(package):
            raise ProtocolError(f"Version {version} of {application} is {state_of(package)} after its activation.")
        return activation(package)

    def _explain_frozen(self, id: str, application: str, error: RequestError) -> None:
        """Raises: Refused: the application lets no active package be created again."""
        if isinstance(error, ServiceError) and error.status == 409:
            there = self.application(application)
            if there is not None and there.get(ALLOWS) is False:
                raise refusals.PACKAGE_FROZEN(id=id, application=application) from error

    def _prepare(self, name: str, inputs: Mapping[str, Any], *, locking: bool = True) -> dict[str, Any]:
        """Make the application, or make it what is declared of it. Returns what it is then.

        Args:
            locking: whether one that is there may be made to allow no updates, which ends the upload of a package.
        """
        there = self.application(name)
        if there is None:
            declared = _declared(inputs)
            self.arm.create_application(name, declared, self.call.deadline)
            self.call.info(f"applications/{name} was made, and is left there when its packages are deleted.")
            return declared
        differing = {key: value for key, value in _declared(inputs).items() if there.get(key) != value}
        if not locking and differing.get(ALLOWS) is False:
            del differing[ALLOWS]
        if differing:
            self.arm.update_application(name, differing, self.call.deadline)
        return {**there, **differing}

    def tell_of_application(self, id: str, inputs: Mapping[str, Any]) -> bool:
        """Name what a creation changes of an application that is there: its other packages are under it too. Returns
        whether an active package of it can get other content then."""
        name, version = split_package_id(id)
        there = self.application(name) or {}
        declared = {
            **_declared(inputs),
            **({"defaultVersion": version} if inputs.get("defaultVersion") is True else {}),
        }
        found = [
            f"`{key}` is {json.dumps(there[key])}, and becomes {json.dumps(value)}"
            for key, value in declared.items()
            if there.get(key) not in (None, value) and not same(there[key], value)
        ]
        if found:
            self.call.info(f"applications/{name} exists already, and is changed: {'; '.join(found)}.")
        return there.get(ALLOWS) is not False or inputs.get(ALLOWS) is True

    def settled(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """The state, once the application is what is declared of it and has this default version."""
        name, version = split_package_id(id)
        try:
            there = self._prepare(name, inputs)
            if inputs.get("defaultVersion") is True and not same(there.get("defaultVersion"), version):
                self.arm.update_application(name, {"defaultVersion": version}, self.call.deadline)
        except RequestError as error:
            reason = f"{id} is active, and then: {error} The next `pulumi up` goes on."
            raise self.init_failed(id, inputs, private, WRITE, reason) from error
        return self.state(id, inputs, {**private, ALLOWS: there.get(ALLOWS) is not False})


def _declared(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What is declared of the application."""
    return {key: inputs[key] for key in OF_APPLICATION if inputs.get(key) is not None}


def is_active(package: Mapping[str, Any]) -> bool:
    return state_of(package) == "active"


def state_of(package: Mapping[str, Any]) -> str:
    return str(package.get("state")).lower()


def activation(package: Mapping[str, Any]) -> dict[str, Any]:
    """What a state remembers of it."""
    return {ACTIVATED: package.get("lastActivationTime")}


def same(one: Any, other: Any) -> bool:
    """Whether two names are one to the service."""
    return isinstance(one, str) and isinstance(other, str) and one.casefold() == other.casefold()
