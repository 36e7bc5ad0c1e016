"""Starting several processes with torch's interface."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any


class ProcessContext:
    """The processes that `spawn_processes` started."""

    def __init__(self, processes: list[Any]) -> None:
        self.processes = processes

    def pids(self) -> list[Any]:
        """The numbers of the processes."""
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None) -> bool:
        """Waits for the processes; raises when one failed; says whether all are done."""
        for index, process in enumerate(self.processes):
            process.join(timeout)
            if process.exitcode:
                for other in self.processes:
                    other.kill()
                raise RuntimeError(f"process {index} terminated with exit code {process.exitcode}")
        return not any(process.is_alive() for process in self.processes)


def spawn_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Calls `fn(index, *args)` in `nprocs` processes."""
    context: Any = multiprocessing.get_context(start_method)
    processes = [context.Process(target=fn, args=(index, *args), daemon=daemon) for index in range(nprocs)]
    for process in processes:
        process.start()
    started = ProcessContext(processes)
    if not join:
        return started
    started.join()
    return None
