"""What a process knows of ids, and whose each id is: each fact, and the life of every small stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product

import pytest

from azure_batch_provider.lifecycle.ledger import Claim, Ledger

GRANTED = Claim("granted")


def test_what_was_created_is_created_until_it_is_deleted() -> None:
    ledger = Ledger()
    ledger.wrote("jobs/a")
    assert not ledger.is_created("jobs/a")
    ledger.wrote("jobs/a", created=True)
    assert ledger.is_created("jobs/A")
    ledger.deleted("jobs/A")
    assert not ledger.is_created("jobs/a")


def test_what_a_preview_announces_counts_as_created() -> None:
    ledger = Ledger()
    ledger.plan("jobs/a")
    assert ledger.is_created("jobs/a")


def test_a_job_is_remembered_until_it_is_written_or_deleted() -> None:
    for forget in (Ledger.wrote, Ledger.deleted):
        ledger = Ledger()
        ledger.keep_job("jobs/a", {"state": "active"})
        assert ledger.job("jobs/A") == {"state": "active"}
        forget(ledger, "jobs/a")
        assert ledger.job("jobs/a") is None


def test_a_sentence_is_said_once_of_an_id() -> None:
    ledger = Ledger()
    assert ledger.says_first("jobs/a", "gone")
    assert not ledger.says_first("jobs/A", "gone")


def test_of_two_new_resources_the_second_is_refused_whatever_the_case_of_its_id() -> None:
    ledger = Ledger()
    assert ledger.declares("a", "jobs/x", new=True) is None
    assert ledger.declares("b", "jobs/X", new=True) == "a"
    assert ledger.claim("a", "jobs/x", preview=True) == GRANTED
    assert ledger.claim("b", "jobs/X", preview=True) == Claim("held", "a")
    assert ledger.declares("c", "", new=True) is None
    assert ledger.declares("d", "", new=True) is None


def test_a_lookup_makes_no_owner() -> None:
    ledger = Ledger()
    ledger.read("jobs/x")
    assert ledger.claim("a", "jobs/x", preview=False) == GRANTED


def test_what_is_deleted_while_it_is_made_again_stays_made() -> None:
    ledger = Ledger()
    ledger.records("a", "jobs/x")
    assert ledger.release("a", "jobs/x") is None
    ledger.claim("b", "jobs/x", preview=False)
    ledger.wrote("jobs/x", created=True)
    ledger.deleted("jobs/x")
    assert ledger.is_created("jobs/x")
    assert ledger.release("a", "jobs/x") == "b"


def test_why_a_replacement_is_in_its_own_way_is_told_apart() -> None:
    forced, planned = Ledger(), Ledger()
    for ledger in (forced, planned):
        ledger.read("jobs/x")
        ledger.records("a", "jobs/x")
    planned.declares("a", "jobs/x", new=False)
    planned.records("a", "jobs/x")
    for ledger, outcome in ((forced, "forced"), (planned, "kept")):
        ledger.declares("a", "jobs/x", new=True)
        assert ledger.claim("a", "jobs/x", preview=False).outcome == outcome
        assert ledger.claim("a", "jobs/x", preview=True) == GRANTED


def test_two_owners_are_told_of_once_the_program_declares_both() -> None:
    ledger = Ledger()
    assert ledger.records("a", "jobs/x") is None
    assert ledger.records("b", "jobs/x") is None
    ledger.declares("a", "jobs/x", new=False)
    assert ledger.records("a", "jobs/x") is None
    ledger.declares("b", "jobs/x", new=False)
    assert ledger.records("b", "jobs/x") == "a"


def test_two_owners_are_not_taken_for_an_alias_when_their_plans_are_made_at_once() -> None:
    ledger = Ledger()
    ledger.records("a", "jobs/x")
    ledger.declares("a", "jobs/x", new=False)
    ledger.declares("b", "jobs/x", new=False)
    ledger.records("b", "jobs/x")
    assert ledger.records("a", "jobs/x") == "b"
    assert ledger.release("b", "jobs/x") == "b"
    assert ledger.declares("b", "jobs/x", new=True) == "a"
    assert ledger.declares("b", "jobs/y", new=True) is None
    assert ledger.release("b", "jobs/x") == "a"


def test_what_was_refused_protects_nothing() -> None:
    ledger = Ledger()
    ledger.read("jobs/x")
    ledger.records("a", "jobs/x")
    ledger.declares("a", "jobs/y", new=True)
    assert ledger.claim("b", "jobs/x", preview=False) == Claim("left", "a")
    assert ledger.release("a", "jobs/x") is None


def test_what_is_deleted_is_not_there_and_of_no_stack() -> None:
    ledger = Ledger()
    ledger.read("jobs/x")
    ledger.records("a", "jobs/x")
    ledger.declares("a", "jobs/x", new=True)
    assert ledger.is_succession("a", "jobs/X")
    assert not ledger.is_succession("b", "jobs/x")
    ledger.release("a", "jobs/x")
    ledger.deleted("jobs/x")
    assert not ledger.is_succession("a", "jobs/x")
    ledger.records("a", "jobs/x")
    assert ledger.claim("a", "jobs/x", preview=False) == GRANTED


def test_what_an_earlier_replacement_left_undeleted_may_be_taken_back() -> None:
    ledger = Ledger()
    for id in ("jobs/old", "jobs/new"):
        ledger.read(id)
        ledger.records("a", id)
    ledger.declares("a", "jobs/old", new=False)
    ledger.records("a", "jobs/new")
    ledger.declares("a", "jobs/old", new=True)
    assert ledger.claim("a", "jobs/old", preview=False) == GRANTED
    assert ledger.release("a", "jobs/new") is None
    assert ledger.release("a", "jobs/old") == "a"


# Every stack of at most two resources, and every program that may follow it, as the engine goes through them.


@dataclass(frozen=True)
class Declared:
    """One resource of a program; `first` is the option `deleteBeforeReplace`."""

    urn: str
    id: str
    alias: str = ""
    replaced: bool = False
    first: bool | None = None


Recorded = tuple[str, str]


@dataclass
class Engine:
    """One `up`, call by call, on a service that takes every declared thing for what is there already.

    Attributes:
        live: whether it reads before it plans.
        there: the ids at the service.
        lost: what was deleted though another resource of the program has it.
    """

    state: Sequence[Recorded]
    program: Sequence[Declared]
    live: bool
    ledger: Ledger = field(default_factory=Ledger)
    there: set[str] = field(default_factory=set)
    done: dict[str, str] = field(default_factory=dict)
    lost: list[Recorded] = field(default_factory=list)

    def up(self) -> bool:
        """Whether it succeeded."""
        self.there = {id for _, id in self.state}
        if self.live:
            for urn, id in self.state:
                self.ledger.read(id)
                self.ledger.records(urn, id)
        left = []
        for item in self.program:
            olds = [(urn, id) for urn, id in self.state if urn in (item.urn, item.alias)]
            if not olds:
                if self.ledger.declares(item.urn, item.id, new=True) is not None or not self._make(item):
                    return False
                continue
            old = olds[0]
            self.ledger.declares(item.urn, item.id, new=False)
            self.ledger.records(item.urn, old[1])
            if old[1] == item.id and not item.replaced:
                self.done[item.urn] = item.id
                continue
            if self.ledger.declares(item.urn, item.id, new=True) is not None:
                return False
            first = item.first if item.first is not None else old[1] == item.id
            if first:
                self._delete(old)
            else:
                left.append(old)
            if not self._make(item):
                return False
        named = {name for item in self.program for name in (item.urn, item.alias)}
        for old in [*left, *(old for old in self.state if old[0] not in named)]:
            self._delete(old)
        return True

    def _make(self, item: Declared) -> bool:
        if self.ledger.claim(item.urn, item.id, preview=False) != GRANTED:
            return False
        self.ledger.wrote(item.id, created=item.id not in self.there)
        self.there.add(item.id)
        self.done[item.urn] = item.id
        return True

    def _delete(self, old: Recorded) -> None:
        if self.ledger.release(*old) is not None:
            return
        if old[1] in self.done.values():
            self.lost.append(old)
        self.there.discard(old[1])
        self.ledger.deleted(old[1])


def programs(state: Sequence[Recorded]) -> Iterator[tuple[Declared, ...]]:
    """Programs of two resources at most: each old one may stay, move, be replaced, be renamed with or without an alias
    or go, and a new one may come."""
    choices: list[list[Declared | None]] = []
    for urn, old in state:
        here: list[Declared | None] = [None]
        for name, alias in ((urn, ""), (f"new-{urn}", urn), (f"new-{urn}", "")):
            for id in "xyz":
                here += [Declared(name, id, alias, replaced=id == old and flag) for flag in (False, True)]
                here += [Declared(name, id, alias, id == old, first) for first in (False, True)]
        choices.append(here)
    choices.append([None, *(Declared("other", id) for id in "xyz")])
    for chosen in product(*choices):
        found = {item for item in chosen if item is not None}
        if len(found) <= 2:
            yield from permutations(sorted(found, key=repr))


ONE_EACH = [(("a", "x"),), (("a", "x"), ("b", "y"))]
SHARED = (("a", "x"), ("b", "x"))


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("state", [*ONE_EACH, SHARED])
def test_no_up_deletes_what_the_program_has(state: Sequence[Recorded], live: bool) -> None:
    for program in programs(state):
        engine = Engine(state, program, live)
        # Without the reads, nothing tells of a second owner before its own turn comes.
        hidden = state is SHARED and not live and any(item.first or item.replaced for item in program[:1])
        if engine.up() and not hidden:
            assert engine.there >= set(engine.done.values()), program
        assert engine.lost == [], program


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("state", [*ONE_EACH, SHARED])
def test_an_up_that_succeeds_leaves_nothing_behind(state: Sequence[Recorded], live: bool) -> None:
    for program in programs(state):
        engine = Engine(state, program, live)
        if engine.up():
            assert engine.there <= set(engine.done.values()), program


@pytest.mark.parametrize("state", ONE_EACH)
def test_what_is_read_before_the_plan_never_gets_a_second_owner(state: Sequence[Recorded]) -> None:
    for program in programs(state):
        engine = Engine(state, program, live=True)
        if engine.up():
            assert len(set(engine.done.values())) == len(engine.done), program


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("state", ONE_EACH)
def test_a_resource_that_takes_no_id_of_another_is_never_refused(state: Sequence[Recorded], live: bool) -> None:
    for program in programs(state):
        owners = dict(state)
        former = {old: id for id, old in owners.items()}
        taken = [item for item in program if former.get(item.id, item.urn) not in (item.urn, item.alias)]
        impossible = [item for item in program if item.replaced and item.first is False]
        ids = [item.id for item in program]
        if not taken and not impossible and len(set(ids)) == len(ids):
            assert Engine(state, program, live).up(), program


def test_an_id_is_handed_over_by_what_is_deleted_first() -> None:
    state = (("a", "x"), ("b", "y"))
    for first in (True, None):
        program = (Declared("a", "z", first=first), Declared("b", "x"))
        engine = Engine(state, program, live=True)
        assert engine.up() is bool(first)
    assert not Engine(state, (Declared("a", "y"), Declared("b", "x")), live=True).up()
