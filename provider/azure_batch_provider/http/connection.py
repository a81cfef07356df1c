"""Pooled connections to one host: which proxies and certificates they go by, and how a request is put and sent.

requests finds proxies and certificates, as users know it from there, and makes the pool; what is done for each request
is done here and by urllib3, which takes half the time.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote, urlencode

import requests
from requests.adapters import HTTPAdapter
from requests.utils import requote_uri
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout

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
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=pool_size, max_retries=0)
        environment = requests.Session().merge_environment_settings(self.endpoint.url, {}, None, None, None)
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
        self._adapter.close()

    @cached_property
    def _pool(self) -> HTTPConnectionPool:
        anything = requests.Request("GET", self.endpoint.url).prepare()
        pool = self._adapter.get_connection_with_tls_context(anything, self._verify, proxies=self._proxies)
        self._adapter.cert_verify(pool, self.endpoint.url, self._verify, None)  # type: ignore[no-untyped-call]
        return cast(HTTPConnectionPool, pool)

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
        if call.payload is not None or call.method not in ("GET", "HEAD"):
            headers["Content-Length"] = str(len(call.payload or b""))
        # Not prepared as requests would: it would look for cookies, and for credentials in a netrc file.
        request = requests.PreparedRequest()
        request.method = call.method
        request.url = requote_uri(f"{self.endpoint.url}{call.path}?{urlencode(query, quote_via=quote, safe='$,')}")
        request.prepare_headers(headers)
        request.body = call.payload
        self._auth.sign(request)
        return request

    def secrets(self, request: requests.PreparedRequest) -> tuple[str, ...]:
        """What must not be seen in any text about a signed request."""
        return (*self._auth.secrets(), request.headers["Authorization"].partition(" ")[2])

    def send(self, request: requests.PreparedRequest, seconds: float) -> BaseHTTPResponse:
        """The head of the answer; its body is read by the caller, who closes it."""
        return self._pool.urlopen(
            str(request.method),
            request.path_url,
            body=request.body,
            headers=request.headers,
            retries=False,
            redirect=False,
            timeout=Timeout(
                connect=min(CONNECT_TIMEOUT, seconds), read=min(self._service_seconds(seconds) + GRACE, seconds)
            ),
            preload_content=False,
            decode_content=False,
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
