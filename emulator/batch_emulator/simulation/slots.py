"""The free slots of the nodes of a pool, so that a node for a task is found without a walk over all."""

from __future__ import annotations

from collections.abc import Iterator


class Slots:
    def __init__(self, each: int) -> None:
        """`each` is what a node of the pool has."""
        self.each = each
        self._free: dict[str, int] = {}
        self._by_free: list[dict[str, None]] = [{} for _ in range(each + 1)]

    def set(self, node: str, free: int) -> None:
        """Below 0 counts as 0: a pool's slots never change, but what is kept could be of another emulator."""
        free = max(free, 0)
        before = self._free.get(node)
        if before != free:
            if before is not None:
                del self._by_free[before][node]
            self._free[node] = free
            self._by_free[free][node] = None

    def drop(self, node: str) -> None:
        free = self._free.pop(node, None)
        if free is not None:
            del self._by_free[free][node]

    def takes_tasks(self, node: str) -> bool:
        return node in self._free

    def free(self, node: str) -> int:
        """0 for a node that takes no tasks."""
        return self._free.get(node, 0)

    def most(self) -> int:
        """The most slots that one node has free."""
        return next((free for free in range(self.each, 0, -1) if self._by_free[free]), 0)

    def candidates(self, slots: int, *, pack: bool) -> Iterator[str]:
        """Nodes with as many slots free: those with the most first, or, to pack tasks together, with the fewest."""
        order = range(slots, self.each + 1) if pack else range(self.each, slots - 1, -1)
        for free in order:
            yield from list(self._by_free[free])
