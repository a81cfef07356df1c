"""What a test says that runs of tasks end with, and after how long."""

from __future__ import annotations

from typing import Any

from batch_emulator.protocol.errors import invalid_body
from batch_emulator.simulation.scripts import KINDS, Script

_FIELDS = {
    "pattern": "pattern",
    "kind": "kind",
    "job": "job",
    "pool": "pool",
    "duration": "duration",
    "exitCode": "exit_code",
    "failureInfo": "failure",
    "stdout": "stdout",
    "stderr": "stderr",
    "times": "times",
}
"""What a script has in a request, and here."""
_LONGEST = 10**9


def read_script(sent: Any) -> Script:
    """Raises ServiceError for what is not a script."""
    if not isinstance(sent, dict) or "pattern" not in sent or set(sent) - _FIELDS.keys():
        raise invalid_body(f"A script is an object with a pattern, and of {', '.join(_FIELDS)} what it needs.")
    for name in ("pattern", "job", "pool", "stdout", "stderr"):
        if name in sent and not isinstance(sent[name], str):
            raise invalid_body(f"{name} is a text.")
    if sent.get("kind", "task") not in KINDS:
        raise invalid_body(f"kind is one of {', '.join(KINDS)}.")
    duration = sent.get("duration", 0)
    if isinstance(duration, bool) or not isinstance(duration, (int, float)) or not 0 <= duration <= _LONGEST:
        raise invalid_body(f"duration is a number of seconds, at most {_LONGEST}.")
    for name in ("exitCode", "times"):
        value = sent.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or (name == "times" and value < 0):
            raise invalid_body(f"{name} is an integer.")
    failure = sent.get("failureInfo")
    if failure is not None and (not isinstance(failure, dict) or "category" not in failure):
        raise invalid_body("failureInfo is an object with a category.")
    script = Script(**{_FIELDS[name]: value for name, value in sent.items()})
    if failure is not None and "exitCode" not in sent:
        script.exit_code = None
    return script


def show_script(script: Script) -> dict[str, Any]:
    values = {name: getattr(script, attribute) for name, attribute in _FIELDS.items()}
    return {name: value for name, value in values.items() if value is not None}
