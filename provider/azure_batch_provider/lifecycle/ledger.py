"""What this process has seen and done since it was configured, by resource id, and whose each id is.

One id has one owner. Owners are known from the engine's calls: where it reads before it plans, it calls Diff for what
the state has; then, for each resource that the program declares, Check and Diff; and Check without old inputs for what
it is about to make, be it new or in the place of an older one. A Read alone makes no owner: what is only looked up
(`get`) is read as well. With an alias, the refresh and Delete carry the old URN, and the plan carries the new one.

Ids are compared as the service compares them, without case. What an id stands for does not matter here.
"""

from __future__ import annotations

import threading
from collections.abc import Set
from dataclasses import dataclass
from typing import Any, Literal

from azure_batch_provider.lifecycle.parts import Parts

Standing = Literal["recorded", "planned", "made", "leaving"]
"""In the state; declared by the program as well; created by this process; being deleted."""


@dataclass
class _Owner:
    urn: str
    standing: Standing = "recorded"


@dataclass(frozen=True)
class Claim:
    """Whether a resource may be created under an id.

    Attributes:
        outcome: `granted`; `held` by another resource; `left` by one that is to be replaced, but has not been deleted;
            `kept`: the resource itself is to be replaced, and has not been deleted, though its plan says so; `forced`:
            the same, and there is no plan, since it was the user who asked for it; `going`: it is being deleted;
            `awaited`: the engine is about to delete it.
        urn: the other resource, for `held` and `left`.
    """

    outcome: Literal["granted", "held", "left", "kept", "forced", "going", "awaited"]
    urn: str = ""


class Ledger:
    """Safe to use from many calls at once; a fresh one for each operation of the engine.

    Attributes:
        parts: ids that resources hold which hold many.
    """

    def __init__(self) -> None:
        self.parts = Parts()
        self._lock = threading.Lock()
        # by URN
        self._declared: set[str] = set()
        self._compared: set[str] = set()
        self._replaced: set[str] = set()
        self._foretold: set[str] = set()
        # by id
        self._announced: dict[str, str] = {}
        self._owners: dict[str, dict[str, _Owner]] = {}
        self._recorded: set[str] = set()
        self._there: set[str] = set()
        self._deleted: set[str] = set()
        self._created: set[str] = set()
        self._planned: set[str] = set()
        self._jobs: dict[str, dict[str, Any]] = {}
        self._said: set[tuple[str, str]] = set()
        self._ends: dict[str, dict[str, str]] = {}
        self._kinds: dict[str, dict[str, str]] = {}
        self._alone: dict[tuple[str, str], str] = {}

    def declares(self, urn: str, id: str, *, new: bool) -> str | None:
        """The program declares a resource; with `new` it is to be made under this id (`""` while that is unknown), in
        the place of an older one if there is one. Returns the URN of another resource that has the id already."""
        id = id.casefold()
        with self._lock:
            self._declared.add(urn)
            if not new:
                return None
            if id:
                holder = self._holder(urn, id)
                other = holder.urn if holder else self._announced.setdefault(id, urn)
                if other != urn:
                    return other
            self._replaced.add(urn)
            return None

    def records(self, urn: str, id: str) -> str | None:
        """The engine has this resource under this id in its state. Returns the URN of another one that the program
        declares, and that has the id too."""
        id = id.casefold()
        with self._lock:
            self._recorded.add(id)
            owners = self._owners.setdefault(id, {})
            declared = urn in self._declared
            if urn not in owners:
                unnamed = [o for o in owners.values() if o.standing == "recorded" and o.urn not in self._declared]
                if declared and len(unnamed) == 1:
                    # An alias: the state was read under the old name, and is planned with under the new one.
                    owners[urn] = unnamed[0]
                    owners[urn].urn = urn
                else:
                    owners[urn] = _Owner(urn)
            if declared and owners[urn].standing == "recorded":
                owners[urn].standing = "planned"
            if not declared:
                return None
            self._compared.add(urn)
            other = next((o.urn for o in owners.values() if o.urn != urn and self._keeps(o)), None)
            return other or self.parts.holder(id)

    def claim(self, urn: str, id: str, *, preview: bool) -> Claim:
        """Make a resource the owner of an id that it is about to be created under, if nothing is in its way. A preview
        deletes nothing: there an id that its owner leaves counts as free."""
        id = id.casefold()
        with self._lock:
            holder = self._holder(urn, id)
            if holder:
                return Claim("held", holder.urn)
            owners = self._owners.setdefault(id, {})
            leaving = next((owner.urn for owner in owners.values() if owner.urn != urn), None)
            own = owners.get(urn)
            # A leftover of an earlier replacement, which only waits to be deleted: the resource itself is elsewhere.
            leftover = own is not None and own.standing == "recorded" and urn in self._compared
            blocked = not preview and not leftover and self._is_there(id) and id in self._recorded
            if not blocked:
                owners[urn] = _Owner(urn, "made")
            if leaving and (blocked or preview):
                return Claim("left", leaving)
            if blocked and own and own.standing == "leaving":
                return Claim("going")
            if blocked and urn in self._foretold:
                return Claim("awaited")
            if blocked:
                return Claim("kept" if own and own.standing == "planned" else "forced")
            return Claim("granted")

    def foretells(self, urn: str) -> None:
        """The engine has asked what a replacement of something else means for this resource, and will replace it for
        that. It deletes it in its own time: a resource that no longer refers to the other one may be created before."""
        with self._lock:
            self._foretold.add(urn)

    def stays(self, urn: str, id: str) -> None:
        """A deletion that had begun has failed."""
        with self._lock:
            self._foretold.discard(urn)
            own = self._owners.get(id.casefold(), {}).get(urn)
            if own is not None and own.standing == "leaving":
                own.standing = "recorded"

    def release(self, urn: str, id: str) -> str | None:
        """A resource is to be deleted. Returns the URN of the one that keeps the id, so that nothing may be deleted."""
        id = id.casefold()
        with self._lock:
            owners = self._owners.get(id, {})
            own = owners.get(urn)
            if own is not None and self._keeps(own):
                return own.urn
            keeper = next((owner for owner in owners.values() if owner is not own and not self._leaves(owner)), None)
            if keeper is not None:
                self._owners[id] = {name: owner for name, owner in owners.items() if owner is not own}
                return keeper.urn
            holder = self.parts.holder(id)
            if holder is not None:
                return holder
            if own is not None:
                own.standing = "leaving"
            return None

    def _holder(self, urn: str, id: str) -> _Owner | None:
        owners = self._owners.get(id, {}).values()
        found = next((owner for owner in owners if owner.urn != urn and not self._leaves(owner)), None)
        holder = None if found else self.parts.holder(id)
        return _Owner(holder, "made") if holder else found

    def _is_there(self, id: str) -> bool:
        """Whether the service has shown the id, and neither it nor what it belongs to has been deleted since: what goes
        with its job (`deletedWith`) is never deleted by itself."""
        steps = id.split("/")
        return id in self._there and not any("/".join(steps[:end]) in self._deleted for end in range(1, len(steps)))

    def _leaves(self, owner: _Owner) -> bool:
        return owner.standing == "leaving" or (owner.standing != "made" and owner.urn in self._replaced)

    def _keeps(self, owner: _Owner) -> bool:
        """Whether the program goes on with it under this id; what is only recorded may be no part of it any more."""
        return owner.standing == "made" or (owner.standing == "planned" and not self._leaves(owner))

    def hold(self, urn: str, id: str, parts: Set[str], *, preview: bool) -> tuple[str, str] | None:
        """A resource is to hold these ids and no others, unless one of them belongs to another resource: returns it,
        with that one's URN. A preview deletes nothing: there, what the resource itself leaves counts as free."""
        with self._lock:
            for part in self._owners.keys() & parts:
                other = self._holder(urn, part)
                if other is not None and other.urn != urn:
                    return part, other.urn
            others = self.parts.shared(id, parts)
            other_part = next((other for other in others if not (preview and other[1] == urn)), None)
            if other_part is None:
                self.parts.hold(id, urn, parts)
            return other_part

    def sharers(self, urn: str, id: str, parts: Set[str]) -> dict[str, str]:
        """Which of these ids of a resource's parts others go on with, and their URNs: what is theirs is not to go."""
        with self._lock:
            found = dict(self.parts.shared(id, parts))
            for part in self._owners.keys() & parts:
                owner = next((o for o in self._owners[part].values() if o.urn != urn and self._keeps(o)), None)
                if owner is not None:
                    found[part] = owner.urn
            return found

    def is_succession(self, urn: str, id: str) -> bool:
        """Whether a resource is to be made under an id that the stack has, and that has not been deleted since."""
        with self._lock:
            return urn in self._replaced and id.casefold() in self._recorded

    def read(self, id: str) -> None:
        """The service has shown this id in this operation."""
        with self._lock:
            self._there.add(id.casefold())

    def wrote(self, id: str, *, created: bool = False) -> None:
        """This process has created (`created`), adopted or changed the id."""
        with self._lock:
            if created:
                self._created.add(id.casefold())
            self._jobs.pop(id.casefold(), None)

    def deleted(self, id: str) -> None:
        """This process has deleted the id, or found it gone when asked to."""
        id = id.casefold()
        with self._lock:
            self._recorded.discard(id)
            self._there.discard(id)
            self._deleted.add(id)
            self.parts.drop_all(id)
            owners = self._owners.pop(id, {})
            kept = {name: owner for name, owner in owners.items() if not self._leaves(owner)}
            if kept:  # it was made again meanwhile
                self._owners[id] = kept
                return
            self._created.discard(id)
            self._jobs.pop(id, None)

    def plan(self, id: str) -> None:
        """A preview has announced that this id will be created: what belonged to it is gone by then."""
        self.parts.drop_all(id)
        with self._lock:
            self._planned.add(id.casefold())

    def is_created(self, id: str) -> bool:
        """Whether the id was made in this operation, or a preview says that it will be."""
        with self._lock:
            return id.casefold() in self._created or id.casefold() in self._planned

    def job(self, id: str) -> dict[str, Any] | None:
        """The job as it was read in this operation, unless it was written since."""
        with self._lock:
            return self._jobs.get(id.casefold())

    def keep_job(self, id: str, body: dict[str, Any]) -> None:
        """Remember a job for the tasks that go into it."""
        with self._lock:
            self._jobs[id.casefold()] = body

    def declares_end(self, urn: str, job: str, how: str) -> dict[str, str]:
        """A resource of the program declares how a job ends (`onAllTasksComplete`). Returns what others declare, by
        their URNs."""
        with self._lock:
            found = self._ends.setdefault(job.casefold(), {})
            found[urn] = how.casefold()
            return {other: end for other, end in found.items() if other != urn}

    def stands_alone(self, urn: str, name: str, what: str) -> str | None:
        """A resource of the program is to be the one that is `what` of a name. Returns the URN of another one that is
        it already."""
        with self._lock:
            first = self._alone.setdefault((name.casefold(), what), urn)
            return None if first == urn else first

    def other_kind(self, urn: str, kind: str, name: str) -> str | None:
        """A resource of the program has this name among those that several kinds share. Returns the URN of one of
        another kind that has it too."""
        with self._lock:
            urns = self._kinds.setdefault(name.casefold(), {})
            urns[kind] = urn
            return next((other for other_kind, other in urns.items() if other_kind != kind), None)

    def says_first(self, id: str, what: str) -> bool:
        """Whether this is the first time in this operation that `what` is to be said of the id."""
        with self._lock:
            said = (id.casefold(), what)
            first = said not in self._said
            self._said.add(said)
            return first
