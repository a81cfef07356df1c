"""ApplicationPackage: files under a version of an application, by Azure Resource Manager.

Follows the REST pages Application - Create, Update and Application Package - Create, Activate, Delete of Batch
Management. A package is a record, then content in the account's storage, then an activation; the service shows whether
it is active and since when, and nothing of the content. So the state has the content's hash and the time of the
activation: another time means that another client has put content there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from azure_batch_provider.archives.packed import digest_of
from azure_batch_provider.archives.source import NotKnown, Unusable
from azure_batch_provider.arm.client import INSTALLING, is_installed
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle import refusals as of_lifecycles
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.imported import IMPORTED
from azure_batch_provider.lifecycle.results import Plan, State
from azure_batch_provider.lifecycle.unfinished import CREATE, WRITE, Unfinished
from azure_batch_provider.models.application_package import ApplicationPackage
from azure_batch_provider.models.base import Violation
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import package_id, split_package_id
from azure_batch_provider.resources.package_use import use_of
from azure_batch_provider.resources.published import (
    ACTIVATED,
    ALLOWS,
    OF_APPLICATION,
    UPLOAD,
    Published,
    activation,
    is_active,
    same,
    state_of,
)
from azure_batch_provider.validation.check import Findings
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.unknown import UNKNOWN

_DIGITS: Final = 16
_NEEDS_ENTRA: Final = (
    "needs Entra: application packages are made by Azure Resource Manager, which takes no account key. Configure an "
    "Entra identity instead of `accountKey`"
)
_NOT_REHEARSED: Final = "{id} is not part of a rehearsal: the copy of the account has no Azure Resource Manager."


class ApplicationPackageLifecycle(Published):
    """A version is what its content is, unless the program names it; its application is never deleted."""

    model = ApplicationPackage
    token = "azure-batch:index:ApplicationPackage"
    noun = "application package"
    id_parts: ClassVar[tuple[str, ...]] = ("applicationId", "version")

    def __init__(self, session: Session, call: Call) -> None:
        super().__init__(session, call)
        self._allows: Any = None
        self._left: Unfinished | None = None

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return package_id(inputs.get("applicationId"), inputs.get("version"))

    def id_inputs(self, id: str) -> dict[str, str]:
        application, version = split_package_id(id)
        return {"applicationId": application, "version": version}

    # check

    def named(self, olds: Mapping[str, Any], news: Inputs) -> dict[str, Any]:
        """With the hash of the content, and the version that comes from it."""
        new = news.values
        if new.get("source") is None:  # never shown, and taken from what was read
            return new
        digest: Any = UNKNOWN
        try:
            digest = digest_of(new["source"])
        except NotKnown:
            pass
        except Unusable as error:
            raise refusals.PACKAGE_SOURCE_UNUSABLE(problem=error) from None
        if new.get("contentHash") not in (None, UNKNOWN, digest) and digest is not UNKNOWN:
            raise refusals.PACKAGE_IS_ANOTHER(digest=digest)
        version = new.get("version")
        if version is None:
            version = UNKNOWN if digest is UNKNOWN else automatic(digest)
        return {**new, "contentHash": digest, "version": version}

    def inspected(self, inputs: Mapping[str, Any], *, sound: bool) -> Findings:
        """Also what nothing of it could be sent with, and a second package that is to be the default."""
        found = super().inspected(inputs, sound=sound)
        configuration = self.session.configuration
        if configuration.account_key is not None:
            found.violations.append(Violation((), _NEEDS_ENTRA))
        elif configuration.account_id is None:
            found.violations.append(Violation((), str(of_lifecycles.ACCOUNT_ID_MISSING())))
        elif configuration.account_name.lower() not in ("", configuration.account_id.account):
            reason = (
                f"cannot be made: `accountResourceId` names account {configuration.account_id.account}, and the "
                f"configuration is that of {configuration.account_name}"
            )
            found.violations.append(Violation((), reason))
        if not is_installed():
            found.violations.append(Violation((), str(of_lifecycles.PACKAGES_NOT_INSTALLED(command=INSTALLING))))
        application = inputs.get("applicationId")
        if inputs.get("defaultVersion") is True and isinstance(application, str):
            other = self.ledger.stands_alone(self.call.urn, f"applications/{application}", "default")
            if other is not None:
                reason = f"is what {other} declares too: an application has one default version"
                found.violations.append(Violation(("defaultVersion",), reason))
        return found

    # plans

    def diff(self, old: State, news: Mapping[str, Any], ignored: Sequence[str] = ()) -> Plan:
        self._allows = news.get(ALLOWS)
        return super().diff(old, news, ignored)

    def compared(self, old: State, news: Mapping[str, Any]) -> list[Difference]:
        """Where the content comes from does not matter, as long as it is the same."""
        return [item for item in super().compared(old, news) if item.path[0] != "source"]

    def replaces(self, item: Difference, old: State) -> bool:
        """A package that is there keeps its content where its application says so."""
        if item.path[0] == "contentHash":
            return old.private.get(ALLOWS) is False and self._allows is not True and item.kind == "update"
        return super().replaces(item, old)

    # what is there

    def _look(self, id: str) -> dict[str, Any] | None:
        """The record, None when there is none."""
        try:
            return self.arm.package(*split_package_id(id), self.call.deadline)
        except ServiceError as error:
            if error.is_not_found:
                return None
            raise

    def find(self, old: State) -> State | None:
        if self.session.rehearses:
            self._says_not_rehearsed(old.id)
            return old
        application, version = split_package_id(old.id)
        package = self._look(old.id)
        if package is None:
            return None
        self.ledger.read(old.id)
        there = self.application(application) or {}
        private = {**old.private, ALLOWS: there.get(ALLOWS) is not False}
        if old.is_import:
            inputs = self.id_inputs(old.id)
            if is_active(package):
                self.call.info(
                    f"{old.id} is active; what is in it cannot be read, and is taken to be what the program declares."
                )
            else:
                self.call.info(f"{old.id} is {state_of(package)}: what the program declares is uploaded.")
            return self.state(old.id, inputs, {**private, **activation(package), IMPORTED: True})
        seen = dict(old.inputs)
        why = self._not_ours(package, private)
        if why and old.unfinished is None:
            self.call.warn(f"{old.id} {why}; the next `pulumi up` uploads it again.")
        if why:
            seen.pop("contentHash", None)
        for name in OF_APPLICATION:
            if seen.get(name) is not None:
                seen[name] = there.get(name)
        if seen.get("defaultVersion") is True and not same(there.get("defaultVersion"), version):
            seen["defaultVersion"] = False
        return self.state(old.id, {name: value for name, value in seen.items() if value is not None}, private)

    def _not_ours(self, package: Mapping[str, Any], private: Mapping[str, Any]) -> str:
        """Why its content is not what was uploaded here, "" where it is, as far as the service tells."""
        if not is_active(package):
            return "is pending: its content has not been activated"
        known = private.get(ACTIVATED)
        if known is not None and known != package.get("lastActivationTime"):
            return f"was activated by another client at {package.get('lastActivationTime')}, maybe with other content"
        return ""

    def still_unfinished(
        self, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> Unfinished | None:
        return left if left.what == UPLOAD else super().still_unfinished(id, left, declared, seen)

    # verbs

    def foresee(self, id: str, inputs: Mapping[str, Any], *, replacing: bool) -> None:
        if self.session.rehearses:
            self._says_not_rehearsed(id)
            return
        if not id or replacing:
            return
        changeable = self.tell_of_application(id, inputs)
        package = self._look(id)
        if package is not None and is_active(package):
            self._may_stand(id, inputs, package, changeable)
        elif package is not None:
            self.call.info(f"{id} exists already and is pending: its content will be uploaded.")

    def make(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        if self.session.rehearses:
            self._says_not_rehearsed(id)
            return self.state(id, inputs, private)
        changeable = self.tell_of_application(id, inputs)
        package = self._look(id)
        if package is None or not is_active(package) or not self._may_stand(id, inputs, package, changeable):
            return self.publish(id, inputs, private, CREATE)
        self.ledger.wrote(id)
        return self.settled(id, inputs, {**private, **activation(package)})

    def _may_stand(self, id: str, inputs: Mapping[str, Any], package: Mapping[str, Any], changeable: bool) -> bool:
        """Whether an active package is taken as it is; otherwise its content is replaced, which was accepted.

        Raises:
            Refused: the program has not accepted that, or its application does not allow it.
        """
        if same(inputs.get("version"), automatic(str(inputs.get("contentHash")))):
            self.call.info(f"{id} exists already, and its version says that it has this content: it is adopted.")
            return True
        if inputs.get("takeOver") is True:
            if not changeable:
                raise refusals.PACKAGE_FROZEN(id=id, application=split_package_id(id)[0])
            self.call.warn(f"taking over {id}; its content, active since {_since(package)}, is replaced.")
            return False
        raise refusals.PACKAGE_EXISTS(id=id, time=_since(package), token=self.token, name=self.call.name)

    def update(self, old: State, news: Mapping[str, Any]) -> State:
        self._left = old.unfinished
        return super().update(old, news)

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        id = old.id
        if self.session.rehearses:
            self._says_not_rehearsed(id)
            return self.state(id, news, old.private)
        other = any(item.path[0] == "contentHash" for item in differences(self.model, old.inputs, news))
        if self.call.preview:
            if other:
                self._tell_of_nodes(id)
            return self.state(id, news, old.private)
        package = self._look(id)
        if package is None:
            return self.publish(id, news, old.private, CREATE)
        # A record of ours that is active, and was not when it was left: the answer to its activation was lost.
        left = self._left is not None and self._left.what == UPLOAD and old.private.get(ACTIVATED) is not None
        if not (other or left or self._not_ours(package, old.private)):
            return self.settled(id, news, {**old.private, **activation(package)})
        if is_active(package) and other:
            self._tell_of_nodes(id)
        return self.publish(id, news, old.private, WRITE)

    def _tell_of_nodes(self, id: str) -> None:
        self.call.warn(
            f"{id} gets another content under the same version: nodes that have it keep the old one until they are "
            "reimaged, and no reference changes. Leave `version` out so that other content is another version."
        )

    def remove(self, old: State) -> None:
        """Delete it, unless a pool, a job or a job schedule refers to it."""
        if self.session.rehearses:
            self._says_not_rehearsed(old.id)
            return
        name, version = split_package_id(old.id)
        there = self.application(name)
        if there is None:
            return
        used = use_of(self.call, self.client, name, version, is_default=same(there.get("defaultVersion"), version))
        if used:
            raise refusals.PACKAGE_IN_USE(id=old.id, uses=used)
        try:
            self.arm.delete_package(name, version, self.call.deadline)
        except ServiceError as error:
            if error.is_not_found:
                return
            if error.status == 409:
                raise refusals.PACKAGE_NOT_DELETED(id=old.id, error=error) from error
            raise

    def _says_not_rehearsed(self, id: str) -> None:
        if self.ledger.says_first(id or self.call.urn, "not rehearsed"):
            self.call.warn(_NOT_REHEARSED.format(id=id or self.call.name))


def automatic(digest: str) -> str:
    """The version of a package that the program gives none."""
    return digest[:_DIGITS]


def _since(package: Mapping[str, Any]) -> str:
    return str(package.get("lastActivationTime"))
