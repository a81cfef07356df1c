"""Inputs and environment read together, by rules of precedence.

Explicit configuration beats the environment as a whole: an explicit account key silences the environment's Entra
settings, and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from azure_batch_provider.config import refusals
from azure_batch_provider.config.configuration import Configuration
from azure_batch_provider.config.rehearsal import OF, Rehearsal
from azure_batch_provider.config.settings import BY_NAME, PUBLIC, Property
from azure_batch_provider.values.endpoint import Endpoint, parse_endpoint
from azure_batch_provider.values.refusal import Refusal
from azure_batch_provider.values.unknown import UNKNOWN

# The engine puts these beside the provider's own properties.
_ENGINE_PROPERTIES: Final = frozenset({"version", "pluginDownloadURL"})
_ENTRA: Final = ("tenantId", "clientId", "clientSecret", "useMsi", "useOidc", "oidcToken")


class Resolution:
    """Reads inputs and environment together, and collects every failure on the way."""

    def __init__(self, inputs: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.failures: list[str] = []
        self.unknown: set[str] = set()
        self._environ = environ
        self._explicit: dict[str, Any] = {}
        # Given, but not as it must be: already reported, so that nothing else complains of its absence.
        self._broken: dict[str, Any] = {}
        # What came from the environment and says which account this is.
        self.recorded: dict[str, str] = {}
        for name, value in inputs.items():
            if name in _ENGINE_PROPERTIES or name.startswith("__") or value is None:
                continue
            elif name not in BY_NAME:
                self._fail_unknown_name(name)
            elif value is UNKNOWN:
                self.unknown.add(name)
            else:
                try:
                    self._explicit[name] = BY_NAME[name].parse(value)
                except ValueError as error:
                    self._broken[name] = value
                    self.refuse(refusals.SETTING_INVALID, name=name, problem=error)

    def refuse(self, refusal: Refusal, **facts: Any) -> None:
        self.failures.append(refusal.says(**facts))

    def comparable(self, item: Property) -> Any:
        """The value by which two configurations are compared; None when there is none, or it is not known."""
        endpoint = self._explicit.get("endpoint")
        if item.name == "endpoint":
            return None if endpoint is None else endpoint.url
        if item.name == "accountName":
            name = self._explicit.get("accountName") or (endpoint.account if endpoint is not None else "")
            return name.lower() or None
        if item.name in self.unknown:
            return None
        if item.name in self._broken:
            return self._broken[item.name]
        default = None if item.default is None else item.parse(item.default)
        return self._explicit.get(item.name, default)

    def configuration(self) -> Configuration | None:
        """None when the endpoint is missing or wrong; only to be used when there are no `failures`."""
        endpoint = self._endpoint()
        sign_in = self._sign_in(endpoint)
        if endpoint is None:
            return None
        by_identity = "account_key" not in sign_in
        return Configuration(
            endpoint=endpoint.url,
            account_name=self._account(endpoint, needed=not by_identity),
            cloud=self._cloud(endpoint, needed=by_identity),
            api_version=self._plain("apiVersion"),
            request_timeout=self._plain("requestTimeout"),
            max_concurrency=self._plain("maxConcurrency"),
            drift_detection=self._plain("driftDetection"),
            sas_renewal=self._plain("sasRenewal"),
            account_id=self._of_manager("accountResourceId", recorded=by_identity),
            manager=self._manager(recorded=by_identity),
            rehearsal=self._rehearsal(endpoint),
            **sign_in,
        )

    def _manager(self, *, recorded: bool) -> str | None:
        endpoint: Endpoint | None = self._of_manager("resourceManagerEndpoint", recorded=recorded)
        return None if endpoint is None else endpoint.url

    def _of_manager(self, name: str, *, recorded: bool) -> Any:
        """What says where the account is managed. It is `recorded` like the endpoint, unless no identity asks there."""
        value, variable = self._value(name), self._variable(name)
        if recorded and value is not None and not self._given(name) and variable is not None:
            self.recorded[name] = variable[1]
        return value

    def _rehearsal(self, endpoint: Endpoint) -> Rehearsal | None:
        """In a rehearsal no account is reached, nor one that was not copied."""
        of = self._environ.get(OF)
        if of is None:
            return None
        try:
            if parse_endpoint(of) != endpoint:
                self.refuse(refusals.NOT_REHEARSED, here=endpoint.url, of=of)
            return Rehearsal.of(self._environ)
        except (KeyError, ValueError) as error:
            self.refuse(refusals.REHEARSAL_INCOMPLETE, problem=error)
            return None

    def _given(self, name: str) -> bool:
        return name in self._explicit or name in self.unknown or name in self._broken

    def _plain(self, name: str) -> Any:
        """A property that the environment does not hold."""
        return self._explicit.get(name, BY_NAME[name].parse(BY_NAME[name].default))

    def _variable(self, name: str) -> tuple[str, str] | None:
        """The variable that says a property, and its text; an empty one is as good as none."""
        texts = ((variable, self._environ.get(variable, "").strip()) for variable in BY_NAME[name].environment)
        return next((found for found in texts if found[1]), None)

    def _value(self, name: str) -> Any:
        """The value that holds, None when there is none, or none that can be used."""
        if self._given(name):
            return self._explicit.get(name)
        found = self._variable(name)
        if found is None:
            return None
        variable, text = found
        try:
            return BY_NAME[name].parse(text)
        except ValueError as error:
            self.refuse(refusals.SETTING_INVALID, name=name, problem=f"(from {variable}) {error}")
            return None

    def _fail_unknown_name(self, name: str) -> None:
        from difflib import get_close_matches

        plain = {known.lower(): known for known in BY_NAME}
        near = get_close_matches(name.lower().replace("_", "").replace("-", ""), plain, n=1)
        hint = f"did you mean {plain[near[0]]}" if near else f"there are {', '.join(BY_NAME)}"
        self.refuse(refusals.SETTING_NAME_UNKNOWN, name=name, hint=hint)

    def _endpoint(self) -> Endpoint | None:
        endpoint: Endpoint | None = self._value("endpoint")
        if endpoint is None:
            if not self._given("endpoint") and self._variable("endpoint") is None:
                self.refuse(refusals.ENDPOINT_MISSING)
            return None
        if not self._given("endpoint"):
            self.recorded["endpoint"] = endpoint.url
        if endpoint.scheme == "http" and not endpoint.is_loopback:
            self.refuse(refusals.ENDPOINT_NOT_HTTPS)
        return endpoint

    def _account(self, endpoint: Endpoint, *, needed: bool) -> str:
        if self._given("accountName"):
            return str(self._explicit.get("accountName", ""))
        # The name of Azure's own hosts contains the account; a variable may have been meant for another one.
        named = endpoint.account if endpoint.cloud else ""
        if named and self._given("endpoint"):
            return named
        account = self._value("accountName")
        if account is not None:
            self.recorded["accountName"] = account
            return str(account)
        if needed and not endpoint.account:
            self.refuse(refusals.ACCOUNT_NAME_MISSING)
        return endpoint.account

    def _cloud(self, endpoint: Endpoint, *, needed: bool) -> str:
        explicit = self._explicit.get("cloud")
        return explicit or (self._value("cloud") if needed else None) or endpoint.cloud or PUBLIC

    def _sign_in(self, endpoint: Endpoint | None) -> dict[str, Any]:
        """The fields of the one way to sign in."""
        certain = [name for name in _ENTRA if self._explicit.get(name)]
        if self._given("accountKey"):
            if certain:
                self.refuse(refusals.KEY_AND_TOKEN, names=", ".join(certain))
            return {"account_key": self._explicit.get("accountKey")}
        possible = any(name in self.unknown or name in self._broken for name in _ENTRA)
        if not certain and not possible and self._variable("accountKey") is not None:
            return {"account_key": self._value("accountKey")}
        if endpoint is not None and endpoint.scheme == "http":
            self.refuse(refusals.ACCOUNT_KEY_MISSING)
            return {}
        return self._entra()

    def _entra(self) -> dict[str, Any]:
        way = self._way()
        fields: dict[str, Any] = {"tenant_id": self._value("tenantId"), "client_id": self._value("clientId")}
        if way in ("clientSecret", "useOidc"):
            for name in ("tenantId", "clientId"):
                if not self._given(name) and self._variable(name) is None:
                    self.refuse(
                        refusals.APPLICATION_INCOMPLETE, name=name, way=way, variable=BY_NAME[name].environment[0]
                    )
        if way == "clientSecret":
            fields["client_secret"] = self._value("clientSecret")
        elif way == "useOidc":
            fields["use_oidc"] = True
            fields.update(self._id_token())
        elif way == "useMsi":
            fields["use_msi"] = True
        return fields

    def _way(self) -> str:
        """clientSecret, useOidc, useMsi, or "" for DefaultAzureCredential."""
        off = {name for name in ("useOidc", "useMsi") if self._explicit.get(name) is False}
        if "useOidc" in off and self._given("oidcToken"):
            self.refuse(refusals.TOKEN_SWITCHED_OFF)
        chosen = {
            "clientSecret": self._given("clientSecret"),
            "useOidc": bool(self._explicit.get("useOidc")) or self._given("oidcToken"),
            "useMsi": bool(self._explicit.get("useMsi")),
        }
        ways = [way for way, wanted in chosen.items() if wanted]
        if len(ways) > 1:
            self.refuse(refusals.SEVERAL_SIGN_INS, names=" and ".join(ways))
        if ways:
            return ways[0]
        # The order in which other providers of Pulumi read the same variables.
        if self._variable("clientSecret") is not None:
            return "clientSecret"
        for way in ("useOidc", "useMsi"):
            variable = self._variable(way)
            if way not in off and variable is not None and variable[1].lower() in ("true", "1"):
                return way
        return ""

    def _id_token(self) -> dict[str, Any]:
        token = self._value("oidcToken")
        if token is not None or self._given("oidcToken"):
            return {"oidc_token": token}
        file = self._environ.get("ARM_OIDC_TOKEN_FILE_PATH", "").strip()
        if file:
            return {"oidc_token_file": file}
        for prefix in ("ARM_OIDC_REQUEST", "ACTIONS_ID_TOKEN_REQUEST"):
            url, secret = (self._environ.get(f"{prefix}_{part}", "").strip() for part in ("URL", "TOKEN"))
            if url and secret:
                return {"oidc_request_url": url, "oidc_request_token": secret}
        self.refuse(refusals.ID_TOKEN_MISSING)
        return {}
