"""What a user reads when something goes wrong: clear words, and none of the machinery's."""

from __future__ import annotations

from typing import Final

from tests.e2e.stack import Run

NOISE: Final = (
    "Traceback",
    "panic",
    "rpc error",
    "StatusCode.",
    "_InactiveRpcError",
    "goroutine ",
    "bug in the azure-batch",
)


def says(run: Run, *texts: str) -> None:
    """The output has each of the texts, and nothing that only a developer of the provider could read."""
    for text in texts:
        assert text in run.output, f"{run.command} does not say {text!r}:\n{run.output}"
    for noise in NOISE:
        assert noise not in run.output, f"{run.command} says {noise!r}:\n{run.output}"


def says_nothing_of(run: Run, *texts: str) -> None:
    """The output has none of the texts."""
    for text in texts:
        assert text not in run.output, f"{run.command} says {text!r}:\n{run.output}"
