"""The life that every property goes through, the same for each type: what the engine must say at each step of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from azure_batch_provider.models.base import ABSENT
from azure_batch_provider.values.paths import at, spell
from tests.e2e.chain import Chain, Done, Door, Form, Link, must_be
from tests.e2e.programs import resource, taken, writes
from tests.emulator_process import EmulatorProcess

FIRST: Form = Link.first
SECOND: Form = Link.second
REMOVED: Form = Link.removed
FAST = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}


def there(link: Link) -> Any:
    """What the service has by the time that the program says the second value."""
    return link.first() if link.prop.traits.fixed else link.second()


def default(link: Link) -> Any:
    return link.bare("default")


def empty(link: Link) -> Any:
    return link.bare("empty")


class Life(ABC):
    """A chain on a stack; a type says how its entities change on the server."""

    refreshes: ClassVar[bool] = False
    """Whether the engine must be shown what another client did before it can leave it alone."""
    takes_secrets_later: ClassVar[bool] = False
    """Whether what the service never shows can be sent to what is there already."""

    def __init__(
        self, make_stack: Callable[..., Door], emulator: EmulatorProcess, kind: str, of: list[Link], version: str
    ) -> None:
        self.make_stack = make_stack
        self.emulator = emulator
        self.of = of
        self.kind = kind
        self.version = version
        emulator.switch("looks", 0)
        # The values of a chain are made up, and it is not about what else Azure has.
        emulator.switch("images", "any")
        emulator.switch("pool-identity", True)

    @abstractmethod
    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        """Whether a change of the property from a value, of a kind (`add`, `delete`, `update`), needs a new entity."""

    @abstractmethod
    def change(self, link: Link, body: dict[str, Any]) -> None:
        """Make the entity on the server have this body, behind the engine's back."""

    @abstractmethod
    def server(self, link: Link) -> dict[str, Any]:
        """The entity as the service shows it."""

    def chain(self, name: str) -> Chain:
        environment = {**self.emulator.environment(), **FAST}
        stack = self.make_stack(
            {}, environment=environment, config={"azure-batch:apiVersion": {"value": self.version}}, name=name
        )
        return Chain(stack, self.emulator, self.kind, self.of)

    def sent(self, link: Link, value: Any) -> dict[str, Any]:
        """The request body with a value of the property."""
        properties = link.sample.model.properties()
        return {name: part for name, part in link.body(value).items() if properties[name].traits.in_body}

    def lives(self) -> None:
        """From its creation to its import by another stack, one step after another."""
        self.main = self.chain("main")
        self.is_created()
        self.drifts_and_heals()
        self.is_changed()
        self.is_imported()
        self.is_bared_and_removed()

    def says(self, run: Done, plan: Mapping[str, Mapping[str, str]]) -> None:
        """Fail unless a run did or planned this: resource name to path to kind of difference."""
        must_be(self.main.plan(run), plan)

    def is_created(self) -> None:
        self.main.write(FIRST)
        must_be(self.main.stack.up().changed, {link.name: "create" for link in self.of})
        self.says(self.main.stack.preview(), {})

    def drifts_and_heals(self) -> None:
        changing = self.changing()
        servers = self.drift(changing)
        plan = self.healing(changing, servers)
        self.says(self.main.stack.preview(), plan)
        self.main.stack.refresh()
        self.shows(changing, servers)
        self.says(self.main.stack.up(), plan)
        self.says(self.main.stack.preview(), {})

    def changing(self) -> list[Link]:
        """What can be changed on the server and be seen there."""
        return [link for link in self.of if link.readable and link.sample.second is not None]

    def drift(self, changing: list[Link]) -> dict[str, dict[str, Any]]:
        """Another client changes them all; returns what the service has then."""
        for link in changing:
            self.change(link, self.sent(link, link.second()))
        return {link.name: self.server(link) for link in changing}

    def healing(self, changing: list[Link], servers: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """The plan that takes it back."""
        plan = self.main.expected(SECOND, FIRST, self.replaces, lambda link: link.name in servers)
        return {link.name: self.main.seen(link, servers[link.name], plan[link.name]) for link in changing}

    def shows(self, changing: list[Link], servers: Mapping[str, Any]) -> None:
        """After a refresh the state has what the server has, at just that place."""
        # What the service fills in stands in the place of an object that is gone: nothing to compare with.
        told = [link for link in changing if link.value(servers[link.name]) is ABSENT or link.second() is not ABSENT]
        state = self.main.stack.resources()
        found = {link.name: at(state[link.name]["inputs"], link.sample.place.path) for link in told}
        wanted = {link.name: None if link.second() is ABSENT else link.second() for link in told}
        must_be(found, wanted)

    def is_changed(self) -> None:
        self.main.write(SECOND)
        plan = self.main.expected(FIRST, SECOND, self.replaces)
        self.says(self.main.stack.preview(), plan)
        self.says(self.main.stack.up(), plan)
        self.says(self.main.stack.preview(), {})

    def is_imported(self) -> None:
        """By another stack, whose program says what is there. What the service does not show is recorded, and sent
        where it takes it at any time."""
        other = self.chain("other")
        other.write(there, **{"import": lambda link: link.id})
        taken(self.emulator)
        done = other.stack.up()
        must_be(done.changed, {link.name: "update" if link.is_beyond_import else "import" for link in self.of})
        must_be(other.plan(other.stack.preview()), {})
        sent = {link.id for link in self.of if self.takes_secrets_later and link.holds_secrets}
        assert {path.strip("/").removesuffix("/updateproperties") for _, path in writes(self.emulator)} == sent

    def is_bared_and_removed(self) -> None:
        """To the default, to the empty form, and away; then again from nothing, which the default is as well."""
        for form in (default, empty):
            self.main.write(form)
            self.says(self.main.stack.preview(), self.main.expected(SECOND, form, self.replaces))
        self.main.write(REMOVED)
        plan = self.main.expected(SECOND, REMOVED, self.replaces)
        self.says(self.main.stack.up(), plan)
        self.says(self.main.stack.preview(), {})
        for form in (default, empty):
            self.main.write(form)
            self.says(self.main.stack.preview(), self.main.expected(REMOVED, form, self.replaces))

    def is_left_alone(self) -> None:
        """Under `ignoreChanges`, what another client made of a property survives an update of another one."""
        # An item that is there under another name is another one, whose password nobody knows: that is planned.
        of = [link for link in self.changing() if not link.names_a_password]
        for link in of:
            self.change(link, self.sent(link, link.first()))
        if self.refreshes:
            self.main.stack.refresh()
        before = {link.name: link.value(self.server(link)) for link in of}
        self.main.stack.write(
            {
                link.name: resource(
                    self.kind,
                    {**link.body(link.second()), **self.besides(link)},
                    ignoreChanges=[spell(link.sample.place.path)],
                )
                for link in of
            }
        )
        added = {link.name: dict.fromkeys(named, "add") for link in of if (named := self.besides(link))}
        self.adds(self.main.stack.up(), added)
        servers = {link.name: self.server(link) for link in of}
        must_be({link.name: link.value(servers[link.name]) for link in of}, before)
        for link in of:
            for name, value in self.besides(link).items():
                assert servers[link.name][name] == value

    def adds(self, run: Done, plan: Mapping[str, Mapping[str, str]]) -> None:
        """Fail unless a run added just this, beside what is ignored."""
        must_be({name: paths for name, paths in self.main.plan(run).items() if paths}, plan)

    def besides(self, link: Link) -> dict[str, Any]:
        """Another top-level property than the link's, with a value that can be added to any entity in place."""
        return {}
