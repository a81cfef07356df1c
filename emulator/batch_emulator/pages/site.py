"""Which page a request gets, and the headers around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from batch_emulator.pages import files, jobs, overview, pools, requests, schedules, tasks
from batch_emulator.pages.addresses import PREFIX
from batch_emulator.pages.admission import PARAMETER, ROOT, Admission
from batch_emulator.pages.render import STYLE_HASH, render
from batch_emulator.pages.view import Missing, Shown, View
from batch_emulator.protocol.request import Request
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.testing.faults import Faults
from batch_emulator.testing.requests_log import RequestsLog

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Content-Type": "text/html; charset=utf-8",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_METHODS = ("GET", "HEAD")
_PAGES: dict[tuple[str, ...], Callable[..., Shown]] = {
    (): overview.show,
    ("pools",): pools.show_all,
    ("pools", "{}"): pools.show,
    ("pools", "{}", "nodes", "{}"): pools.show_node,
    ("pools", "{}", "nodes", "{}", "files", "{*}"): files.show_of_node,
    ("jobs",): jobs.show_all,
    ("jobs", "{}"): jobs.show,
    ("jobs", "{}", "tasks", "{}"): tasks.show,
    ("jobs", "{}", "tasks", "{}", "files", "{*}"): files.show_of_task,
    ("schedules",): schedules.show_all,
    ("schedules", "{}"): schedules.show,
    ("requests",): requests.show_all,
}
"""By the parts of the address below the root; braces stand for an id, or with a star for all that is left."""


@dataclass(frozen=True)
class Page:
    status: int
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Site:
    def __init__(self, account: SimulatedAccount, log: RequestsLog, faults: Faults) -> None:
        self.admission = Admission()
        self._account = account
        self._log = log
        self._faults = faults

    def answer(self, request: Request) -> Page:
        """The page, or one that says why there is none. Nothing is polled by looking."""
        if request.method not in _METHODS:
            text = "This page only shows. What changes something is the control API, which needs a signature."
            return self._refusal(405, "Only for looking", text, {"Allow": ", ".join(_METHODS)})
        if PARAMETER in request.query and self.admission.by_token(request.query):
            # Again without the token, which would otherwise stay in the address bar and the history.
            return self._redirect(request, {"Set-Cookie": self.admission.cookie(request.base)})
        if not self.admission.by_cookie(request.headers, request.base):
            return self._refusal(403, "Not signed in", "", {})
        if PARAMETER in request.query:
            return self._redirect(request, {})
        return self._show(request)

    def _redirect(self, request: Request, headers: Mapping[str, str]) -> Page:
        return Page(303, headers={**_HEADERS, "Location": request.raw_path, **headers})

    def _show(self, request: Request) -> Page:
        show, ids = _find(request.raw_path)
        view = View(self._account, self._log, self._faults, request.base, request.query)
        if show is None:
            return self._refusal(404, "No such page", "There is no page at this address.", {})
        try:
            shown = show(view, *ids)
        except Missing as missing:
            return self._refusal(404, "Not there", str(missing), {})
        return Page(200, render(shown.template, section=shown.section, view=view, **shown.values), _HEADERS)

    def _refusal(self, status: int, title: str, text: str, headers: Mapping[str, str]) -> Page:
        return Page(status, render("refusal", status=status, title=title, text=text), {**_HEADERS, **headers})


def _find(path: str) -> tuple[Callable[..., Shown] | None, list[str]]:
    """What makes the page at an address as it was sent, and the ids in it."""
    if path not in (ROOT, PREFIX, PREFIX[:-1]) and not path.startswith(PREFIX):
        return None, []
    parts = [unquote(part) for part in path[len(PREFIX) :].split("/") if part]
    for pattern, show in _PAGES.items():
        given = parts
        if pattern[-1:] == ("{*}",) and len(parts) > len(pattern):
            given = [*parts[: len(pattern) - 1], "/".join(parts[len(pattern) - 1 :])]
        if len(pattern) == len(given):
            pairs = list(zip(pattern, given, strict=True))
            if all(name in ("{}", "{*}", part) for name, part in pairs):
                return show, [part for name, part in pairs if name in ("{}", "{*}")]
    return None, []
