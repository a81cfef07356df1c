"""The life that every property goes through, the same for each type: what the engine must say at each step of it.

Each command of the engine serves all entities, and what it says is then looked at one entity at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from azure_batch_provider.models.attribute import ABSENT
from azure_batch_provider.values.paths import at, spell
from tests.chain.entities import FIRST, REMOVED, SECOND, Entity, bare, empty, there
from tests.chain.links import Form
from tests.e2e.programs import READS, resource, taken
from tests.emulator_process import EmulatorProcess

FAST = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""The engine's own setting for many resources on a file backend: it saves the state once, at the end."""
Plan = Mapping[str, Mapping[str, str]]
"""Resource name to path to kind of difference."""


class Done(Protocol):
    """What an operation of the engine did or planned: resource name to step, and where each of them differs."""

    @property
    def changed(self) -> dict[str, str]: ...
    @property
    def output(self) -> str: ...
    def paths(self, name: str) -> dict[str, str]: ...


class Door(Protocol):
    """A stack, whichever way its resources come to the provider."""

    def write(self, program: Mapping[str, Any], /) -> None: ...
    def preview(self) -> Done: ...
    def up(self) -> Done: ...
    def refresh(self) -> Done: ...
    def resources(self) -> dict[str, dict[str, Any]]: ...


class Life:
    """Entities on a stack of their own.

    `stack` makes an empty stack on the account, by name; `around` are the resources that a program has besides, and
    `options` what each of the entities has there.
    """

    refreshes: ClassVar[bool] = False
    """Whether the engine must be shown what another client did before it can leave it alone."""

    def __init__(
        self,
        stack: Callable[[str], Door],
        emulator: EmulatorProcess,
        entities: list[Entity],
        around: Mapping[str, Any] | None = None,
        options: Callable[[Entity], dict[str, Any]] = lambda entity: {},
    ) -> None:
        self.stack = stack
        self.emulator = emulator
        self.entities = entities
        self.around = dict(around or {})
        self.options = options

    def lives(self) -> None:
        """From its creation to what is ignored, one step after another."""
        self.main = self.stack("main")
        self.is_created()
        self.drifts_and_heals()
        self.is_changed()
        self.is_imported()
        self.is_bared_and_removed()
        self.is_left_alone()

    def write(self, stack: Door, form: Form, *, imported: bool = False) -> None:
        """Make the program of a stack say this of every property."""
        stack.write({**self.around, **{entity.name: self.resource(entity, form, imported) for entity in self.entities}})

    def resource(self, entity: Entity, form: Form, imported: bool = False) -> dict[str, Any]:
        options = {**self.options(entity), **({"import": entity.id} if imported else {})}
        return resource(entity.kind.type, entity.kind.spelt(entity.declared(form)), **options)

    def planned(self, old: Form, new: Form) -> dict[str, dict[str, str]]:
        """The plan for a change of the program."""
        plans = {entity.name: entity.plan(old, new) for entity in self.entities}
        return {name: plan for name, plan in plans.items() if plan}

    def says(self, run: Done, plan: Plan) -> None:
        """Fail unless a run did or planned this."""
        must_be({name: run.paths(name) for name in run.changed}, plan)

    def is_created(self) -> None:
        self.write(self.main, FIRST)
        must_be(self.main.up().changed, {entity.name: "create" for entity in self.entities})
        self.says(self.main.preview(), {})

    def drifts_and_heals(self) -> None:
        servers = self.drift()
        plan = self.healing(servers)
        self.says(self.main.preview(), plan)
        self.main.refresh()
        self.shows(servers)
        self.says(self.main.up(), plan)
        self.says(self.main.preview(), {})

    @property
    def changing(self) -> list[Entity]:
        return [entity for entity in self.entities if entity.changing]

    def drift(self) -> dict[str, dict[str, Any]]:
        """Another client gives each its second value; returns what the service has then."""
        for entity in self.changing:
            entity.kind.change(entity, entity.sent(SECOND))
        return {entity.name: entity.kind.server(entity) for entity in self.changing}

    def healing(self, servers: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """The plan that takes it back."""
        return {entity.name: entity.healing(servers[entity.name]) for entity in self.changing}

    def shows(self, servers: Mapping[str, Any]) -> None:
        """After a refresh the state has what the server has, at just those places."""
        state = self.main.resources()
        found: dict[str, Any] = {}
        wanted: dict[str, Any] = {}
        for entity in self.changing:
            for link in entity.links:
                second, server = link.second(), link.value(servers[entity.name])
                # What the service fills in stands in the place of an object that is gone: nothing to compare with.
                if server is ABSENT or second is not ABSENT:
                    place = f"{entity.name} {link.name}"
                    found[place] = at(state[entity.name]["inputs"], link.sample.place.path)
                    wanted[place] = None if second is ABSENT else second
        must_be(found, wanted)

    def is_changed(self) -> None:
        self.write(self.main, SECOND)
        self.says(self.main.up(), self.planned(FIRST, SECOND))
        self.says(self.main.preview(), {})

    def is_imported(self) -> None:
        """By another stack, whose program says what is there. What the service does not show is recorded, and sent
        where it takes it at any time."""
        other = self.stack("other")
        self.write(other, there, imported=True)
        taken(self.emulator)
        steps = {entity.name: "update" if entity.is_beyond_import else "import" for entity in self.entities}
        must_be(other.up().changed, steps)
        self.says(other.preview(), {})
        entities = {entity.id for entity in self.entities if entity.kind.takes_secrets_later and entity.holds_secrets}
        sent = [entry["path"] for entry in taken(self.emulator) if entry["method"] not in READS]
        assert {path.strip("/").removesuffix("/updateproperties") for path in sent} == entities

    def is_bared_and_removed(self) -> None:
        """To the default or the empty form, and away; then again from nothing, which the default is as well."""
        self.write(self.main, bare)
        self.says(self.main.preview(), self.planned(SECOND, bare))
        self.write(self.main, REMOVED)
        self.says(self.main.up(), self.planned(SECOND, REMOVED))
        for form in (REMOVED, bare, empty):
            self.write(self.main, form)
            self.says(self.main.preview(), self.planned(REMOVED, form))

    def is_left_alone(self) -> None:
        """Under `ignoreChanges`, what another client made of a property survives an update of another one."""
        # An item that is there under another name is another one, whose password nobody knows: that is planned.
        entities = [entity for entity in self.changing if not entity.names_a_password]
        for entity in entities:
            entity.kind.change(entity, entity.sent(FIRST))
        if self.refreshes:
            self.main.refresh()
        before = self.values(entities)
        program = {}
        for entity in entities:
            ignored = [spell(link.sample.place.path) for link in entity.links]
            besides = entity.kind.besides(entity)
            options = {**self.options(entity), "ignoreChanges": ignored}
            declared = entity.kind.spelt({**entity.declared(SECOND), **besides})
            program[entity.name] = resource(entity.kind.type, declared, **options)
        self.main.write({**self.around, **program})
        run = self.main.up()
        added = {e.name: dict.fromkeys(besides, "add") for e in entities if (besides := e.kind.besides(e))}
        self.adds(run, added)
        must_be(self.values(entities), before)
        for entity in entities:
            server = entity.kind.server(entity)
            must_be({entity.name: {**server, **entity.kind.besides(entity)}}, {entity.name: server})

    def values(self, entities: list[Entity]) -> dict[str, Any]:
        """What the service has for each property."""
        servers = {entity.name: entity.kind.server(entity) for entity in entities}
        return {f"{e.name} {link.name}": link.value(servers[e.name]) for e in entities for link in e.links}

    def adds(self, run: Done, plan: Plan) -> None:
        """Fail unless a run added just this, beside what is ignored."""
        must_be({name: paths for name in run.changed if (paths := run.paths(name))}, plan)


def must_be(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Fail with every name whose value is not the expected one."""
    names = [name for name in dict.fromkeys((*expected, *found)) if found.get(name) != expected.get(name)]
    lines = [f"{name}: {found.get(name)} instead of {expected.get(name)}" for name in names]
    assert not lines, "\n".join(lines)
