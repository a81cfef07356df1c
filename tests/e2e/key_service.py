"""The keys that stacks of tests encrypt their secrets with, from a service on this machine.

A key that is derived from a passphrase takes the CLI a third of a second of a core, each time that it runs, and some
tests run it a dozen times. Keys of a service are as good: the engine encrypts with them by the same code. What is asked
for is what it asks of a HashiCorp Vault, whose transit engine wraps the key of a stack.
"""

from __future__ import annotations

import json
import secrets
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROVIDER = "hashivault://tests"
_PREFIX = "vault:v1:"


class _Transit(BaseHTTPRequestHandler):
    """Wraps a key by a name of its own, by which it is found again."""

    protocol_version = "HTTP/1.1"
    wrapped: dict[str, str] = {}  # noqa: RUF012 all handlers have the same keys

    def do_PUT(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.startswith("/v1/transit/encrypt/"):
            name = _PREFIX + secrets.token_hex(16)
            self.wrapped[name] = asked["plaintext"]
            self._answer({"ciphertext": name})
        else:
            self._answer({"plaintext": self.wrapped[asked["ciphertext"]]})

    def _answer(self, data: dict[str, str]) -> None:
        content = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@cache
def variables() -> dict[str, str]:
    """By which a CLI finds the service. It lives as long as this process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Transit)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="key-service", daemon=True).start()
    return {"VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_port}", "VAULT_SERVER_TOKEN": "tests"}
