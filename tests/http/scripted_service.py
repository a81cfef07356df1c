"""A real HTTP server that answers from a script: for what a well-behaved service never does."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """What comes back; `echo` is the client-request-id, "" for none, None for the request's own."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    echo: str | None = None
    text: str | None = None
    drop: Literal["", "unanswered", "halfway"] = ""


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    peer: tuple[str, int]


def error(status: int, code: str, text: str = "Something is wrong.", **values: str) -> Answer:
    """An error as the service words it."""
    document: dict[str, Any] = {
        "odata.metadata": "https://a.b/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element",
        "code": code,
        "message": {
            "lang": "en-US",
            "value": f"{text}\nRequestId:11111111-2222-3333-4444-555555555555\nTime:2026-02-03T00:01:07.6684081Z",
        },
    }
    if values:
        document["values"] = [{"key": key, "value": value} for key, value in values.items()]
    return Answer(status, document, {"request-id": "11111111-2222-3333-4444-555555555555"})


class ScriptedService:
    """Answers requests in the order of the script; the last answer is given again and again."""

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self._answers = list(answers) or [Answer()]
        self._lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def _serve(self) -> None:
                service._serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def script(self, *answers: Answer) -> None:
        """Answer like this from now on."""
        with self._lock:
            self._answers = list(answers)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        content = handler.rfile.read(length)
        url = urlsplit(handler.path)
        with self._lock:
            self.requests.append(
                Received(
                    handler.command,
                    url.path,
                    dict(parse_qsl(url.query)),
                    {name.lower(): value for name, value in handler.headers.items()},
                    _parsed(content),
                    (str(handler.client_address[0]), int(handler.client_address[1])),
                )
            )
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer.drop == "unanswered":
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        text = answer.text if answer.text is not None else "" if answer.body is None else json.dumps(answer.body)
        payload = text.encode()
        echo = handler.headers.get("client-request-id") if answer.echo is None else answer.echo
        headers = {
            "Content-Type": "application/json; odata=minimalmetadata",
            "Content-Length": str(len(payload) + (100 if answer.drop else 0)),
            **({"client-request-id": echo} if echo else {}),
            **answer.headers,
        }
        handler.send_response_only(answer.status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(payload)
        if answer.drop:
            handler.close_connection = True

    def __enter__(self) -> ScriptedService:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _parsed(content: bytes) -> Any:
    """JSON, or the text itself: identity services take forms."""
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of this machine where nobody listens, and nobody can start to."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
