"""A place for one resource on a random server and in a random program, and what a plan for it comes to.

Knows no kind of resource: those are in modules of their own.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Final

from typing_extensions import Self

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import steps
from tests.e2e.programs import resource
from tests.e2e.stack import Run
from tests.emulator_process import V2025, EmulatorProcess
from tests.generated.bodies import bodies
from tests.soak.draws import drawn

Body = dict[str, Any]
_NAMED: Final = re.compile(r"(?:replaced: |; )`([^`]+)`(?= differs| is on the server| is declared|: the server has)")


@dataclass(frozen=True)
class Step:
    """What one round planned and did with a slot.

    Attributes:
        sent: what the service carried out: the method, or what was asked of the entity (`resize`, `reboot NODE`).
        before, after: what the service had and has of the properties that the resource manages.
    """

    operation: str
    plan: Run
    sent: Sequence[str]
    before: Body | None
    after: Body | None


class Slot(ABC):
    """One resource: `declared` is what the program says of it, None when it says nothing."""

    kind: ClassVar[str]
    model: ClassVar[type[Model]]

    def __init__(self, number: int, random: Random, pool_of_bodies: list[Body]) -> None:
        self.number = number
        self.random = random
        self.declared: Body | None = None
        self._bodies = pool_of_bodies

    @classmethod
    def made(cls, count: int, random: Random, *given: Any) -> list[Self]:
        """So many of this kind, with bodies to choose from; `given` are further arguments of each."""
        found = drawn(bodies(cls.model, V2025), 10 * count, random.randrange(10**6)) if count else []
        return [cls(number, random, found, *given) for number in range(count)]

    @property
    def name(self) -> str:
        return f"{self.kind.lower()}-{self.number}"

    @property
    @abstractmethod
    def id(self) -> str: ...

    @abstractmethod
    def placed(self, body: Body) -> Body:
        """The inputs with their ids, and without what this run has no use for."""

    @abstractmethod
    def disturb(self, account: EmulatorProcess) -> None:
        """Another client changes the server."""

    def fresh(self) -> Body:
        return self.placed(exact(FieldType("object", model=self.model), written(self.random.choice(self._bodies))))

    def server(self, account: EmulatorProcess) -> Body | None:
        """What the service has of the properties that the resource manages; None when it is not there."""
        reply = account.call("GET", f"/{self.id}")
        if reply.status == 404 or reply.body.get("state") == "deleting":
            return None
        wire = [name for name, prop in self.model.properties().items() if prop.traits.in_body]
        return {name: reply.body[name] for name in wire if name in reply.body}

    def look(self, account: EmulatorProcess) -> None:
        """Remember what a plan has to say of the server as it is now, or what `agrees` asks for."""
        return

    def rewrite(self) -> None:
        """The program is edited: a property, all of them, or the resource itself."""
        if self.declared is None:
            self.declared = self.fresh() if self.random.random() < 0.7 else None
            return
        chance = self.random.random()
        if chance < 0.3:
            return
        if chance < 0.45:
            self.declared = None
        elif chance < 0.7:
            self.declared = self.fresh()
        else:
            other = self.fresh()
            names = [name for name in {**self.declared, **other} if self._optional(name)]
            changed = {name for name in names if self.random.random() < 0.3}
            kept = {name: value for name, value in self.declared.items() if name not in changed}
            body = self.placed({**kept, **{name: value for name, value in other.items() if name in changed}})
            self.declared = self.fresh() if check(self.model, body, V2025).violations else body

    def _optional(self, name: str) -> bool:
        return not self.model.properties()[name].required

    def program(self) -> dict[str, Any] | None:
        """As a YAML program has it."""
        return None if self.declared is None else resource(self.kind, escaped(self.declared))

    def sent(self, entry: Mapping[str, Any]) -> str | None:
        """What a request asked of the slot's entity, None when it was about another one."""
        path = str(entry["path"]).lstrip("/")
        if entry["method"] == "POST" and path == self.id.rpartition("/")[0]:
            return "POST" if entry["body"]["id"] == self.id.rpartition("/")[2] else None
        return str(entry["method"]) if path == self.id else None

    def agrees(self, step: Step) -> bool:
        """Whether what was sent is what the plan has announced."""
        sent = list(step.sent)
        if step.operation == "same":
            return sent == []
        if step.operation == "create":
            return sent == (["PATCH"] if self.is_taken_over(step) else [] if self.is_adopted(step) else ["POST"])
        if step.operation == "update":
            return sent == (["PATCH"] if self.on_the_wire(step) else [])
        if step.operation == "replace":
            return sent == ["DELETE", "POST"] or (sent == ["POST"] and self._may_be_gone(step))
        return step.operation == "delete" and sent in (["DELETE"], []) and step.after is None

    def _may_be_gone(self, step: Step) -> bool:
        """Whether what is replaced need not be deleted."""
        return step.before is None

    def is_taken_over(self, step: Step) -> bool:
        return f"taking over {self.id};" in step.plan.diagnostics

    def taken(self, step: Step) -> set[str]:
        """The paths of the properties that a preview names of what it takes over."""
        lines = [line for line in step.plan.diagnostics.splitlines() if f"taking over {self.id};" in line]
        return {path for line in lines for path in _NAMED.findall(line)}

    def is_adopted(self, step: Step) -> bool:
        said = step.plan.diagnostics
        return f"{self.id} has existed" in said or f"{self.id} exists already" in said

    def on_the_wire(self, step: Step) -> bool:
        """Whether a plan has a change of the entity itself, or of what asks for it to be written again, and not only of
        how the provider treats it."""
        properties = self.model.properties()
        return any(name == "triggers" or properties[name].traits.in_body for name in self.named(step))

    def named(self, step: Step) -> set[str]:
        """The top-level properties that a plan names."""
        return {str(steps(path)[0]) for path in step.plan.paths(self.name)}


def exact(field_type: FieldType, value: Any) -> Any:
    """With enumerated words in the casing of the schema: a YAML program takes no other."""
    if isinstance(value, Mapping) and field_type.model is not None:
        inner = field_type.model.properties()
        return {name: exact(inner[name].type, item) for name, item in value.items() if item is not None}
    if isinstance(value, list) and field_type.item is not None:
        item_shape = field_type.item
        return [exact(item_shape, item) for item in value]
    if isinstance(value, str) and field_type.enum is not None:
        return next(str(word.value) for word in field_type.enum if str(word.value).casefold() == value.casefold())
    return value


def escaped(value: Any) -> Any:
    """With `${` as a YAML program must spell it."""
    return spelled(value, lambda text: text.replace("${", "$${"))


def written(value: Any) -> Any:
    """With only such characters as a YAML file may have as they are, or by the escapes that JSON has for them."""
    return spelled(value, lambda text: "".join(c if c.isprintable() and c <= "\ud7ff" else _other(c) for c in text))


def _other(character: str) -> str:
    return chr(0x4E00 + ord(character) % 0x5000)


def spelled(value: Any, spell: Callable[[str], str]) -> Any:
    """A copy with every text spelled in another way."""
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, Mapping):
        return {spell(name): spelled(item, spell) for name, item in value.items()}
    if isinstance(value, list):
        return [spelled(item, spell) for item in value]
    return value
