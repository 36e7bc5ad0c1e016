"""torch.futures: results that come later."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any


class Future:
    """torch.futures.Future."""

    def __init__(self, *, devices: Any = None) -> None:
        self._ready = threading.Condition()
        self._done = False
        self._result: Any = None
        self._error: Exception | None = None
        self._callbacks: list[Callable[[Any], Any]] = []

    def done(self) -> bool:
        """Whether there is a result or an error."""
        return self._done

    def wait(self) -> Any:
        """The result, when it is there; raises the error."""
        with self._ready:
            while not self._done:
                self._ready.wait()
        if self._error is not None:
            raise self._error
        return self._result

    def value(self) -> Any:
        """The result, which must be there."""
        if not self._done:
            raise RuntimeError("the future is not completed")
        return self.wait()

    def set_result(self, result: Any) -> None:
        """Gives the result."""
        self._complete(result, None)

    def set_exception(self, result: Exception) -> None:
        """Gives an error."""
        if not isinstance(result, Exception):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._complete(None, result)

    def _complete(self, result: Any, error: Exception | None) -> None:
        with self._ready:
            if self._done:
                raise RuntimeError("Attempting to mark a completed Future as complete again.")
            self._result, self._error, self._done = result, error, True
            self._ready.notify_all()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Calls `callback` with the future when it is done; its errors are told only."""

        def guarded(future: Any) -> None:
            try:
                callback(future)
            except Exception as error:
                print(f"Got the following error when running the callback: {type(error).__name__}: {error}")

        self._when_done(guarded)

    def _when_done(self, callback: Callable[[Any], Any]) -> None:
        with self._ready:
            if not self._done:
                self._callbacks.append(callback)
                return
        callback(self)

    def then(self, callback: Callable[[Any], Any]) -> Any:
        """The future of what `callback` makes of this one."""
        following = Future()

        def run(future: Any) -> None:
            try:
                result = callback(future)
            except Exception as error:
                message = (
                    f"Got the following error when running the callback: {type(error).__name__}: {error}"
                )
                following.set_exception(RuntimeError(message))
            else:
                following.set_result(result)

        self._when_done(run)
        return following


def collect_all(futures: Sequence[Any]) -> Any:
    """The future of the list of futures, which is done when all of them are."""
    together = Future()
    waiting = threading.Lock()
    left = len(futures)

    def count(_: Any) -> None:
        nonlocal left
        with waiting:
            left -= 1
            last = left == 0
        if last:
            error = next((future._error for future in futures if future._error is not None), None)
            together._complete(list(futures), error)

    for future in futures:
        future._when_done(count)
    if not futures:
        together.set_result([])
    return together


def wait_all(futures: Sequence[Any]) -> list[Any]:
    """The results of all futures, when they are there."""
    return [future.wait() for future in collect_all(futures).wait()]
