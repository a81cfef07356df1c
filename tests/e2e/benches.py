"""Tries the cells of the matrix: those that the engine gets through share a stack, what stops it has one of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.e2e.places import FAULTS, Place
from tests.e2e.programs import READS
from tests.e2e.stack import Run, Stack
from tests.emulator_process import EmulatorProcess
from tests.matrix.states import Operation, Resource
from tests.matrix.table import Case, cases

IMPATIENT: Final[dict[str, Any]] = {"azure-batch:requestTimeout": {"value": "2"}}
BY_CONFIGURATION: Final = "another-account"
BY_ENVIRONMENT: Final = "another-account-environment"


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


class Together:
    """All cells of an operation that end well, in one run on one stack; those that change the account in another."""

    def __init__(self, folder: Path, accounts: Accounts) -> None:
        self._folder = folder
        self._accounts = accounts
        self._done: dict[tuple[Operation, bool], dict[str, Tried]] = {}
        self._failed: dict[tuple[Operation, bool], Exception] = {}

    def tried(self, case: Case) -> Tried:
        moves = case.state == BY_CONFIGURATION
        key = (case.operation, moves)
        if key in self._failed:
            raise self._failed[key]
        if key not in self._done:
            chosen = [
                item
                for item in cases()
                if item.operation == case.operation
                and item.outcome.exit == 0
                and (item.state == BY_CONFIGURATION) == moves
                and item.state != BY_ENVIRONMENT
            ]
            places = [_place(item, self._accounts.own) for item in chosen]
            try:
                self._done[key] = self._run(case.operation, places, moves)
            except Exception as error:
                self._failed[key] = error
                raise
        return self._done[key][_place(case, self._accounts.own).name]

    def _run(self, operation: Operation, places: list[Place], moves: bool) -> dict[str, Tried]:
        own, other = self._accounts.own, self._accounts.other
        own.reset()
        other.reset()
        program: dict[str, Any] = {}
        for place in places:
            place.make_parents()
            if place.is_imported:
                place.make()
            program |= place.importing() if operation == "import" or place.is_imported else place.program()
        config = _configuration(own) if moves else {}
        stack = Stack(self._folder / f"{operation}{moves}".replace(" ", ""), program, own.environment(), config=config)
        if operation != "import":
            stack.up()
        for place in places:
            if operation != "import":
                place.move()
            elif not place.is_imported:
                place.make()
                place.move()
            if moves:
                Place(place.kind, place.state, other).make_parents()
        if moves:
            stack.config = _configuration(other)
            stack.write(program)
        own.clear_requests()
        other.clear_requests()
        run = _operate(stack, operation)
        return {place.name: Tried(run, place, _writes(self._accounts, place)) for place in places}


class Alone:
    """One cell in one run.

    What leaves the service as it is shares a stack, which is put back to how it was before each run; so does what is
    never taken in.
    """

    def __init__(self, folder: Path, accounts: Accounts) -> None:
        self._folder = folder
        self._accounts = accounts
        self._stacks: dict[tuple[Resource, str], Stack] = {}

    def tried(self, case: Case) -> Tried:
        own, other = self._accounts.own, self._accounts.other
        if case.operation == "import":
            place = _place(case, own, called=f"{case.state}-import")
            place.make_parents()
            place.make()
            place.move()
            stack = self._stack(place, "import")
            stack.write(place.importing())
        else:
            untouched = case.state in (*FAULTS, BY_ENVIRONMENT)
            place = _place(case, own, called="untouched" if untouched else "")
            stack = self._made(place)
        if case.state in (BY_CONFIGURATION, BY_ENVIRONMENT):
            other.reset()
            _place(case, other, called=place.called).make_parents()
            stack.environment.update(other.environment())
        own.clear_requests()
        other.clear_requests()
        try:
            run = _operate(stack, case.operation, expect=case.outcome.exit)
        finally:
            own.clear_faults()
            stack.environment.update(own.environment())
        return Tried(run, place, _writes(self._accounts, place))

    def _made(self, place: Place) -> Stack:
        """A stack that has made what is at the place, as it was then; after that the place was moved."""
        stack = self._stack(place, place.called)
        made = stack.folder / "made"
        if not made.exists():
            place.make_parents()
            stack.write(place.program())
            stack.up()
            shutil.copytree(stack.folder / "backend", made)
            if place.state not in FAULTS:
                place.move()
        shutil.rmtree(stack.folder / "backend")
        shutil.copytree(made, stack.folder / "backend")
        if place.state in FAULTS:
            place.move()
        return stack

    def _stack(self, place: Place, called: str) -> Stack:
        key = (place.kind, called)
        if key not in self._stacks:
            folder = self._folder / f"{place.kind}-{called}"
            self._stacks[key] = Stack(folder, {}, self._accounts.own.environment(), config=IMPATIENT)
        return self._stacks[key]


def is_alone(case: Case) -> bool:
    """Whether the engine cannot get through it, or has another environment there."""
    return case.outcome.exit != 0 or case.state == BY_ENVIRONMENT


def _place(case: Case, emulator: EmulatorProcess, *, called: str = "") -> Place:
    return Place(case.resource, case.state, emulator, called=called)


def _operate(stack: Stack, operation: Operation, expect: int = 0) -> Run:
    verb, *options = ("up" if operation == "import" else operation).split()
    return stack.operate(verb, *options, expect=expect)


def _configuration(emulator: EmulatorProcess) -> dict[str, Any]:
    """The configuration that names an account and has its key."""
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
    return {f"azure-batch:{name}": {"value": value} for name, value in values.items()}


def _writes(accounts: Accounts, place: Place) -> list[str]:
    return [
        f"{prefix}{entry['method']} {entry['path']}"
        for prefix, emulator in (("other: ", accounts.other), ("", accounts.own))
        for entry in emulator.requests()
        if entry["method"] not in READS and entry["status"] < 300 and place.owns(entry)
    ]
