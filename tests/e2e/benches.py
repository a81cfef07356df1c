"""Tries the cells of the matrix: those that can share a stack and a run of the engine do, of every resource and state.

What ends in an error shares its run too: the engine is told to go on with the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

from tests.e2e.places import FAULTS, FOREVER, MOMENT, Place
from tests.e2e.programs import READS
from tests.e2e.stack import Run, Stack
from tests.emulator_process import EmulatorProcess
from tests.matrix.states import Operation
from tests.matrix.table import Case, cases

IMPATIENT: Final[dict[str, Any]] = {"azure-batch:requestTimeout": {"value": "3"}}
Account = Literal["own", "other by configuration", "other by environment"]
ACCOUNTS: Final[dict[str, Account]] = {
    "another-account": "other by configuration",
    "another-account-environment": "other by environment",
}


@dataclass(frozen=True)
class Accounts:
    """The account that a stack is made in, and another one."""

    own: EmulatorProcess
    other: EmulatorProcess


@dataclass(frozen=True)
class Tried:
    """What an operation did. `writes` are those on the place that were answered with success, oldest first, spelt as
    the matrix spells them."""

    run: Run
    place: Place
    writes: list[str]


Ends = Literal["well", "in errors", "early", "late"]


@dataclass(frozen=True)
class Group:
    """Cells that share a run.

    Attributes:
        account: the one that the program says when the operation comes.
        ends: with all that was asked for, with an error of some of it, before anything was planned, or in the update
            after an import, which does not come once another import has failed.
    """

    operation: Operation
    account: Account
    ends: Ends

    @classmethod
    def of(cls, case: Case) -> Group:
        ends: Ends = "in errors" if case.outcome.exit else "well"
        if case.outcome.exit and case.outcome.step == "refresh":
            ends = "early"
        elif case.outcome.exit and case.operation == "import" and case.outcome.step == "update":
            ends = "late"
        return cls(case.operation, ACCOUNTS.get(case.state, "own"), ends)

    @property
    def expect(self) -> int:
        return 0 if self.ends == "well" else 1

    def __str__(self) -> str:
        return f"{self.operation} {self.account} {self.ends}".replace(" ", "-")


class Bench:
    """Runs a group when the first of its cells is asked for."""

    def __init__(self, folder: Path, accounts: Accounts) -> None:
        self._folder = folder
        self._accounts = accounts
        self._done: dict[Group, dict[str, Tried]] = {}
        self._failed: dict[Group, Exception] = {}

    def tried(self, case: Case) -> Tried:
        group = Group.of(case)
        if group in self._failed:
            raise self._failed[group]
        if group not in self._done:
            places = [self._place(item) for item in cases() if Group.of(item) == group]
            try:
                self._done[group] = self._run(group, places)
            except Exception as error:
                self._failed[group] = error
                raise
        return self._done[group][self._place(case).name]

    def _place(self, case: Case) -> Place:
        return Place(case.resource, case.state, self._accounts.own)

    def _run(self, group: Group, places: list[Place]) -> dict[str, Tried]:
        own, other = self._accounts.own, self._accounts.other
        own.reset()
        other.reset()
        imports = group.operation == "import"
        program: dict[str, Any] = {}
        for place in places:
            place.make_parents()
            if imports or place.is_imported:
                place.make()
            program |= place.importing() if imports or place.is_imported else place.program()
        config = {} if group.account == "other by environment" else _configuration(own)
        if group.ends != "well":
            config |= IMPATIENT
        stack = Stack(self._folder / str(group), program, own.environment(), config=config)
        if not imports:
            stack.up()
        for place in places:
            if not (imports and place.is_imported):
                place.move()
            if group.ends == "in errors" and place.state not in FAULTS:
                own.fault(path=place.path, delay=MOMENT, times=FOREVER)
            if group.account != "own":
                Place(place.kind, place.state, other).make_parents()
        if group.account == "other by configuration":
            stack.config |= _configuration(other)
            stack.write(program)
        elif group.account == "other by environment":
            stack.environment.update(other.environment())
        own.clear_requests()
        other.clear_requests()
        run = self._operate(stack, group)
        own.clear_faults()
        return {place.name: Tried(run, place, self._writes(place)) for place in places}

    def _operate(self, stack: Stack, group: Group) -> Run:
        verb, *options = ("up" if group.operation == "import" else group.operation).split()
        if group.ends in (
            "in errors",
            "late",
        ):  # a worker for each: nothing that waits for one is registered after an error
            options += ["--continue-on-error", "--parallel", "100"]
        return stack.operate(verb, *options, expect=group.expect)

    def _writes(self, place: Place) -> list[str]:
        found = [
            f"{prefix}{entry['method']} {entry['path']}"
            for prefix, emulator in (("other: ", self._accounts.other), ("", self._accounts.own))
            for entry in emulator.requests()
            if entry["method"] not in READS and entry["status"] < 300 and place.owns(entry)
        ]
        # What is deleted at once comes in any order.
        return [text for _, some in groupby(found, lambda text: text.split(" /")[0]) for text in sorted(some)]


def _configuration(emulator: EmulatorProcess) -> dict[str, Any]:
    """The configuration that names an account and has its key."""
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
    return {f"azure-batch:{name}": {"value": value} for name, value in values.items()}
