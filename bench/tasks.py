"""The tasks that are measured, as the REST API spells them: a frame of a film each."""

from __future__ import annotations

from typing import Any


def body(frame: str) -> dict[str, Any]:
    return {
        "commandLine": f"/bin/sh -c 'render --frame {frame} --samples 512 scene.blend > out/{frame}.log'",
        "environmentSettings": [{"name": "FRAME", "value": frame}, {"name": "QUALITY", "value": "final"}],
    }


def numbered(count: int) -> dict[str, dict[str, Any]]:
    """Task id to body, of frames 1 to `count`."""
    return {f"t{number:06}": body(f"{number:06}") for number in range(1, count + 1)}
