"""A run: one execution of one command on one node. What places runs and what executes them meet here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from batch_emulator.state.entities import Body, Job, Node, Pool, Task

Kind = Literal["task", "start", "preparation", "release", "coordination"]


@dataclass(frozen=True)
class Run:
    """`body` says what runs: that of a task, a start, a preparation or a release task.

    Of a multi-instance task each node has a run of its coordination command, and then the first, `instance` 0, one of
    the task itself. The end of that is the end of the task, and `kill` is called for what is left of the others.
    """

    id: str
    kind: Kind
    pool: Pool
    node: Node
    body: Body
    job: Job | None = None
    task: Task | None = None
    attempt: int = 0
    """0 for the first execution, 1 for the first retry."""
    instance: int = 0
    nodes: tuple[Node, ...] = ()
    """All nodes of a multi-instance task, in the order of its instances."""

    @property
    def counts(self) -> bool:
        """Whether it takes slots of its node. The coordination command on the first node has those of its task."""
        return self.kind == "task" or (self.kind == "coordination" and self.instance > 0)

    def of(self, run_id: str | None) -> bool:
        """Whether it is this run of a task, or that of its coordination command on a node."""
        return run_id is not None and (self.id == run_id or self.id.startswith(f"{run_id}."))


class Executor(Protocol):
    """Executes runs. The end of each is said to `SimulatedAccount.run_ended`, with the run's id, as a piece of work of
    the loop; of what was killed, nothing is to be said any more."""

    lasting: bool
    """Whether its runs go on when the emulator is started again. Those that do not are requeued then, and are started
    only when it is committed that they run."""

    def start(self, run: Run) -> None: ...

    def kill(self, run: Run) -> None:
        """It is to end now: its task was terminated, deleted or requeued, or its node is gone. It may have ended."""
        ...

    def forget(self) -> None:
        """The state was loaded anew; what runs is told by `resume`, or is started or killed."""
        ...

    def resume(self, run: Run) -> None:
        """One of a state that was loaded, which runs already. For those that last."""
        ...
