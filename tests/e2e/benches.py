"""Tries the cells of the matrix: those that can share a stack and a run of the engine do, of every resource and state.

What ends in an error shares its run too: the engine is told to go on with the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from tests.e2e.package_places import PROVIDER, PackagePlace, configured
from tests.e2e.packages import Managed
from tests.e2e.places import FAULTS, FOREVER, MOMENT, Place
from tests.e2e.programs import READS
from tests.e2e.stack import Run, Stack
from tests.emulator_process import EmulatorProcess
from tests.matrix.states import Operation
from tests.matrix.table import Case, cases

PATIENCE: Final = "3"
IMPATIENT: Final[dict[str, Any]] = {"azure-batch:requestTimeout": {"value": PATIENCE}}
AnyPlace: TypeAlias = Place | PackagePlace
Account = Literal["own", "other by configuration", "other by environment"]
ACCOUNTS: Final[dict[str, Account]] = {
    "another-account": "other by configuration",
    "another-account-environment": "other by environment",
}


@dataclass(frozen=True)
class Accounts:
    """The account that a stack is made in, and another one; `managed` are the same where they make packages."""

    own: EmulatorProcess
    other: EmulatorProcess
    managed: tuple[Managed, Managed] | None = None

    def reset(self) -> None:
        """Make both empty."""
        for account in self.managed or ():
            account.empty()
        if self.managed is None:
            self.own.reset()
            self.other.reset()


@dataclass(frozen=True)
class Tried:
    """What an operation did. `writes` are those on the place that were answered with success, oldest first, spelt as
    the matrix spells them."""

    run: Run
    place: AnyPlace
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
            try:
                self._done[group] = self._run(group, [item for item in self._cases() if Group.of(item) == group])
            except Exception as error:
                self._failed[group] = error
                raise
        return self._done[group][self._place(case).name]

    def _cases(self) -> list[Case]:
        """Those that the accounts can have."""
        return [case for case in cases() if self._accounts.managed or case.resource != PackagePlace.kind]

    def _place(self, case: Case, account: int = 0) -> AnyPlace:
        if case.resource == PackagePlace.kind:
            assert self._accounts.managed is not None
            return PackagePlace(case.state, self._accounts.managed[account])
        return Place(case.resource, case.state, (self._accounts.own, self._accounts.other)[account])

    def _run(self, group: Group, cases: list[Case]) -> dict[str, Tried]:
        own, other = self._accounts.own, self._accounts.other
        self._accounts.reset()
        places = [self._place(case) for case in cases]
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
        program |= self._provider(group)
        stack = Stack(self._folder / str(group), program, self._environment(0), config=config)
        if not imports:
            stack.up()
        for place in places:
            if not (imports and place.is_imported):
                place.move()
            if group.ends == "in errors" and place.state not in FAULTS:
                own.fault(path=place.path, delay=MOMENT, times=FOREVER)
        if group.account != "own":
            for case in cases:
                self._place(case, 1).make_parents()
        if group.account == "other by configuration":
            stack.config |= _configuration(other)
            stack.write({**program, **self._provider(group, 1)})
        elif group.account == "other by environment":
            stack.environment.update(self._environment(1))
        own.clear_requests()
        other.clear_requests()
        run = self._operate(stack, group)
        own.clear_faults()
        sent = [("other: ", entry) for entry in other.requests()] + [("", entry) for entry in own.requests()]
        written = [(prefix, entry) for prefix, entry in sent if entry["method"] not in READS and entry["status"] < 300]
        return {place.name: Tried(run, place, _writes(place, written)) for place in places}

    def _environment(self, account: int) -> dict[str, str]:
        """Also that of a machine with an identity, where there are packages."""
        found = (self._accounts.own, self._accounts.other)[account].environment()
        return found if self._accounts.managed is None else {**found, **self._accounts.managed[account].environment}

    def _provider(self, group: Group, account: int = 0) -> dict[str, Any]:
        """The provider of packages."""
        if self._accounts.managed is None:
            return {}
        named = None if group.account == "other by environment" else self._accounts.managed[account]
        found = configured(named)
        if group.ends != "well":
            found["properties"]["requestTimeout"] = PATIENCE
        return {PROVIDER: found}

    def _operate(self, stack: Stack, group: Group) -> Run:
        verb, *options = ("up" if group.operation == "import" else group.operation).split()
        if group.ends in (
            "in errors",
            "late",
        ):  # a worker for each: nothing that waits for one is registered after an error
            options += ["--continue-on-error", "--parallel", "100"]
        return stack.operate(verb, *options, expect=group.expect)


def _writes(place: AnyPlace, written: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Those of a place, out of all."""
    found = [f"{prefix}{entry['method']} {place.spelt(entry)}" for prefix, entry in written if place.owns(entry)]
    # What is deleted at once comes in any order.
    return [text for _, some in groupby(found, lambda text: text.split(" /")[0]) for text in sorted(some)]


def _configuration(emulator: EmulatorProcess) -> dict[str, Any]:
    """The configuration that names an account and has its key."""
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
    return {f"azure-batch:{name}": {"value": value} for name, value in values.items()}
