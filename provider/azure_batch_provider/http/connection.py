"""A pooled connection to one host: which proxies and certificates it goes by, and how a request is put and sent.

With `http.exchange` the only module that imports requests for the service.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import requests
from requests.adapters import HTTPAdapter

from azure_batch_provider.http.auth import Auth
from azure_batch_provider.http.call import Call
from azure_batch_provider.http.dialect import Dialect
from azure_batch_provider.http.errors import AuthenticationError, TransportError
from azure_batch_provider.values.endpoint import Endpoint, parse_endpoint

CONNECT_TIMEOUT: Final = 10.0
GRACE: Final = 15.0
"""Seconds for the way there and back, on top of what the service may spend."""


class Connection:
    """Where requests go, in whose name, and in which dialect. Used by many threads at once.

    Raises:
        AuthenticationError: the credentials would go over plain http to another machine.
        TransportError: the environment names certificates that are not there.
        ValueError: the endpoint is not one.
    """

    def __init__(self, endpoint: str, auth: Auth, dialect: Dialect, *, user_agent: str, pool_size: int) -> None:
        self.endpoint: Endpoint = parse_endpoint(endpoint)
        _refuse_plain_http(self.endpoint, auth)
        self.dialect = dialect
        self._auth = auth
        self._user_agent = user_agent
        self._session = requests.Session()
        self._session.mount(
            f"{self.endpoint.scheme}://", HTTPAdapter(pool_connections=1, pool_maxsize=pool_size, max_retries=0)
        )
        environment = self._session.merge_environment_settings(self.endpoint.url, {}, None, None, None)
        # What goes to this machine never goes through a proxy, which would see a plain http request and its signature.
        self._proxies = {} if self.endpoint.is_loopback else dict(environment["proxies"])
        self._verify: bool | str = True if environment["verify"] is None else environment["verify"]
        if self.endpoint.scheme == "https" and isinstance(self._verify, str) and not Path(self._verify).exists():
            raise TransportError(
                f"REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names {self._verify}, which is not there.",
                sent=False,
                retryable=False,
            )

    def close(self) -> None:
        self._session.close()

    def signed(self, call: Call, seconds: float) -> requests.PreparedRequest:
        """The request of one attempt, which may take so long; raises what signing raises."""
        query = {**call.query, **self.dialect.query(self._service_seconds(seconds))}
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": self._user_agent,
            self.dialect.client_request_id: call.id,
            **self.dialect.headers(),
        }
        if call.payload is not None:
            headers["Content-Type"] = self.dialect.media_type
        headers.update(call.headers)
        # Not by the session: it would add cookies, and credentials from a netrc file in place of ours.
        request = requests.Request(
            call.method,
            f"{self.endpoint.url}{call.path}?{urlencode(query, quote_via=quote, safe='$,')}",
            headers=headers,
            data=call.payload,
        ).prepare()
        self._auth.sign(request)
        return request

    def secrets(self, request: requests.PreparedRequest) -> tuple[str, ...]:
        """What must not be seen in any text about a signed request."""
        return (*self._auth.secrets(), request.headers["Authorization"].partition(" ")[2])

    def send(self, request: requests.PreparedRequest, seconds: float) -> requests.Response:
        """The head of the answer; its body is read by the caller, who closes it."""
        return self._session.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=(min(CONNECT_TIMEOUT, seconds), min(self._service_seconds(seconds) + GRACE, seconds)),
            proxies=self._proxies,
            verify=self._verify,
        )

    def _service_seconds(self, seconds: float) -> int:
        return max(1, min(self.dialect.longest_wait, int(seconds)))


def _refuse_plain_http(endpoint: Endpoint, auth: Auth) -> None:
    if endpoint.scheme == "https":
        return
    if auth.needs_tls:
        raise AuthenticationError(
            f"A token of Microsoft Entra is not sent over plain http: use an https endpoint, not {endpoint.url}."
        )
    if not endpoint.is_loopback:
        raise AuthenticationError(
            f"Credentials are not sent over plain http to another machine: use https instead of {endpoint.url}."
        )
