"""The latest requests. Their bodies are left to the control API, which has them whole."""

from __future__ import annotations

from batch_emulator.pages.slices import SIZE
from batch_emulator.pages.view import Shown, View
from batch_emulator.protocol.paging import integer


def show_all(view: View) -> Shown:
    skipped = max(integer(view.query.get("older", "")) or 0, 0)
    entries = view.log.latest(SIZE, skipped)
    values = {"entries": entries, "noted": len(view.log), "skipped": skipped, "size": SIZE}
    return Shown("requests", "requests", values)
