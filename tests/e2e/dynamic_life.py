"""The life of `chain_life` through the other door: dynamic resources, whose protocol can say less.

A plan names top-level properties only, and drift in a line of its own; what exists is adopted instead of imported; and
what is ignored stays as another client made it only where a refresh has shown it to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from azure_batch_provider.values.paths import at, steps
from tests.e2e.chain import Done, Link, must_be
from tests.e2e.chain_kinds import Jobs, Pools, Tasks
from tests.e2e.chain_life import Life, there
from tests.e2e.dynamic_stack import DynamicStack
from tests.e2e.planted import opened
from tests.e2e.programs import changed, taken

Plan = Mapping[str, Mapping[str, str]]


class DeclaredStack(DynamicStack):
    """A stack whose program is written as the resources of a YAML program are, and run as Python."""

    def write(self, program: Mapping[str, Any], /) -> None:
        self.program = "declared"
        self.arguments = {"resources": dict(program)}

    def resources(self, *options: str) -> dict[str, dict[str, Any]]:
        """With secrets opened: a list in which one is, is a secret as a whole."""
        return dict(opened(super().resources("--show-secrets", *options)))


class DynamicLife(Life):
    """Made with `DeclaredStack`s."""

    refreshes = True

    def says(self, run: Done, plan: Plan) -> None:
        """As far as a dynamic resource can: the step, and the top-level properties that differ from the state."""
        must_be(run.changed, operations(plan))
        must_be(
            {name: set(run.paths(name)) for name in run.changed},
            {name: self.tops(name, paths) for name, paths in plan.items()},
        )

    def tops(self, name: str, paths: Mapping[str, str]) -> set[str]:
        """The properties that the engine finds by itself; one secret looks like another to it."""
        assert isinstance(self.main.stack, DeclaredStack)
        declared = self.main.stack.arguments["resources"][name]["properties"]
        (link,) = (link for link in self.of if link.name == name)
        stays = link.prop.traits.secret and at(declared, link.sample.place.path) is not None
        return {str(steps(path)[0]) for path, kind in paths.items() if not stays or kind.startswith("add")}

    def drifts_and_heals(self) -> None:
        """Once healed by a plain `up`, and once after a refresh, which records the server's values."""
        changing = self.changing()
        servers = self.drift(changing)
        plan = self.healing(changing, servers)
        for run in (self.main.stack.preview(), self.main.stack.up()):
            must_be(run.changed, operations(plan))
            must_be({link.name: named(run.output, link) for link in changing}, {n: set(plan[n]) for n in plan})
        self.says(self.main.stack.preview(), {})

        servers = self.drift(changing)
        self.main.stack.refresh()
        self.shows(changing, servers)
        self.says(self.main.stack.up(), plan)
        self.says(self.main.stack.preview(), {})

    def is_imported(self) -> None:
        """By another stack, which finds what is there to be what its program says, and adopts it."""
        other = self.chain("other")
        other.write(there)
        taken(self.emulator)
        must_be(other.stack.up().changed, {link.name: "create" for link in self.of})
        must_be(other.stack.preview().changed, {})
        assert changed(self.emulator) == []

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


def named(output: str, link: Link) -> set[str]:
    """The properties that a line about drift names."""
    lines = re.findall(rf"^ *{re.escape(link.id)} is not as it was recorded: (.*)$", output, re.MULTILINE)
    return set(re.findall(r"`([^`]+)`", lines[0])) if lines else set()


def stacks(folder: Path) -> Callable[..., DeclaredStack]:
    """What makes the stacks of a life, each in a folder of its own, as the fixture `make_stack` does."""

    def make(
        program: Mapping[str, Any], *, environment: Mapping[str, str], config: Mapping[str, Any], name: str
    ) -> DeclaredStack:
        stack = DeclaredStack(
            folder / name, "declared", environment, {key: setting["value"] for key, setting in config.items()}
        )
        stack.write(program)
        return stack

    return make


class DynamicTasks(DynamicLife, Tasks):
    pass


class DynamicJobs(DynamicLife, Jobs):
    pass


class DynamicPools(DynamicLife, Pools):
    pass
