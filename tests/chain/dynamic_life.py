"""The life of `life` through the other door: dynamic resources, whose protocol can say less.

A plan names top-level properties only, and drift in a line of its own; what exists is adopted instead of imported; and
what is ignored stays as another client made it only where a refresh has shown it to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from azure_batch_provider.values.paths import at, steps
from tests.chain.entities import FIRST, SECOND, Entity, there
from tests.chain.life import Done, Life, Plan, must_be
from tests.chain.links import Form
from tests.e2e.programs import changed, taken


class DynamicLife(Life):
    refreshes = True

    def write(self, stack: Any, form: Form, *, imported: bool = False) -> None:
        super().write(stack, form, imported=imported)
        self.form = form

    def says(self, run: Done, plan: Plan) -> None:
        """As far as a dynamic resource can: the step, and the top-level properties that differ from the state."""
        must_be(run.changed, operations(plan))
        entities = {entity.name: entity for entity in self.entities}
        wanted = {name: self.tops(entities[name], paths) for name, paths in plan.items()}
        shown = {name: set(run.paths(name)) for name in wanted}
        if self.form not in (FIRST, SECOND):  # the engine shows a default that is written out as well
            shown = {name: shown[name] & wanted[name] for name in wanted}
        must_be(shown, wanted)

    def tops(self, entity: Entity, paths: Mapping[str, str]) -> set[str]:
        """The properties that the engine finds by itself; one secret looks like another to it."""
        declared = entity.declared(self.form)
        secret = [link.sample.place.path for link in entity.links if link.prop.traits.secret]
        hidden = [path for path in secret if at(declared, path) is not None]
        return {
            str(steps(path)[0])
            for path, kind in paths.items()
            if kind.startswith("add") or not any(steps(path)[: len(place)] == place for place in hidden)
        }

    def drifts_and_heals(self) -> None:
        """Once healed by a plain `up`, and once after a refresh, which records the server's values."""
        servers = self.drift()
        plan = self.healing(servers)
        for run in (self.main.preview(), self.main.up()):
            must_be(run.changed, operations(plan))
            must_be({e.name: named(run.output, e) for e in self.changing}, {name: set(plan[name]) for name in plan})
        self.says(self.main.preview(), {})

        servers = self.drift()
        self.main.refresh()
        self.shows(servers)
        self.says(self.main.up(), plan)
        self.says(self.main.preview(), {})

    def is_imported(self) -> None:
        """By another stack, which finds what is there to be what its program says, and adopts it; except a task that
        is waited for, and has completed."""
        other = self.stack("other")
        everything = self.entities
        self.entities = [entity for entity in everything if "awaitCompletion" not in entity.declared(there)]
        self.write(other, there)
        taken(self.emulator)
        must_be(other.up().changed, {entity.name: "create" for entity in self.entities})
        must_be(other.preview().changed, {})
        assert changed(self.emulator) == []
        self.entities = everything

    def adds(self, run: Done, plan: Plan) -> None:
        """The engine shows what an update makes known again as well: a password that no refresh can read."""
        must_be({name: step for name, step in run.changed.items() if step != "delete"}, operations(plan))
        for name, paths in plan.items():
            assert set(run.paths(name)) >= set(paths), name


def operations(plan: Plan) -> dict[str, str]:
    """Resource name to step."""
    return {
        name: "replace" if any(kind.endswith("-replace") for kind in paths.values()) else "update"
        for name, paths in plan.items()
    }


def named(output: str, entity: Entity) -> set[str]:
    """The properties that a line about drift names."""
    said = rf"^ *(?:info: )?{re.escape(entity.id)} is not as it was recorded: (.*)$"
    lines = re.findall(said, output, re.MULTILINE)
    return set(re.findall(r"`([^`]+)`", lines[0])) if lines else set()
