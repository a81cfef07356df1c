"""One attempt: sign, send and read all of the answer, given up from outside when its time is over."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Final

import requests
from urllib3 import BaseHTTPResponse

from azure_batch_provider.http import content
from azure_batch_provider.http.answer import Answer, check_echo, not_believed
from azure_batch_provider.http.call import Call
from azure_batch_provider.http.connection import Connection
from azure_batch_provider.http.deadline import Deadline

_CHUNK: Final = 1 << 16


class Exchange:
    """One attempt under way, shared by the thread that runs it and the one that waits for it.

    Attributes:
        sent: the service may have got it.
        secrets: what must not be seen in any text about it.
    """

    def __init__(self, connection: Connection, call: Call) -> None:
        self.sent = False
        self.secrets: tuple[str, ...] = ()
        self._connection = connection
        self._call = call
        self._lock = threading.Lock()
        self._response: BaseHTTPResponse | None = None
        self._given_up = False

    def run(self, budget: Deadline) -> Answer:
        """All that can take long.

        Raises:
            AuthenticationError: there is nothing to sign it with.
            ProtocolError: it is not the answer to this request, or cannot be read.
        """
        seconds = max(0.001, budget.remaining())
        request = self._connection.signed(self._call, seconds)
        self.secrets = self._connection.secrets(request)
        with self._lock:
            self._check_wanted()
            self.sent = True
        response = self._connection.send(request, seconds)
        try:
            with self._lock:
                self._response = response
                self._check_wanted()
            answer = Answer(response.status, response.reason or "", response.headers)
            check_echo(self._call, answer, self._connection.dialect)
            answer.content = content.read(_pieces(response), answer.header("Content-Encoding").strip().lower())
            return answer
        except content.Unreadable as error:
            raise not_believed(self._call, answer, error, self._connection.dialect) from None
        except content.Garbled as error:
            raise requests.exceptions.ContentDecodingError(str(error)) from None
        finally:
            # Closes the connection when the answer was not read to its end, and keeps it otherwise.
            response.close()
            response.release_conn()

    def give_up(self) -> None:
        """End what blocks: a read of the body comes back at once, anything else when its own timeout is over."""
        with self._lock:
            self._given_up = True
            if self._response is not None:
                # It may be through in this very moment, and its connection back in the pool.
                with contextlib.suppress(Exception):
                    self._response.shutdown()

    def _check_wanted(self) -> None:
        if self._given_up:
            raise requests.ReadTimeout("no longer waited for")


def _pieces(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The body as it comes, however little of it."""
    while piece := response.read1(_CHUNK, decode_content=False):
        yield piece
