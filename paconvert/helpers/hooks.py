"""Handles of registered hooks."""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from typing import Any


class RemovableHandle:
    """Removes a hook from the dict that it was registered in.

    Args:
        hooks_dict: the dict; the hook stands there under `id`.
        extra_dict: another dict, or several, from which the hook is removed too.
    """

    _ids = itertools.count()

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.id = next(RemovableHandle._ids)
        extra = [] if extra_dict is None else extra_dict if isinstance(extra_dict, list) else [extra_dict]
        self._dicts = [weakref.ref(hooks) for hooks in (hooks_dict, *extra)]

    def remove(self) -> None:
        """Removes the hook; nothing happens when it is gone already."""
        for reference in self._dicts:
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.remove()


def register_post_accumulate_grad_hook(input: Any, hook: Any) -> RemovableHandle:
    """Calls `hook` with the tensor whenever its gradient has been added to."""
    if not input.is_leaf:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    hooks: dict[int, Any] = OrderedDict()
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook

    def run() -> None:
        for function in list(hooks.values()):
            function(input)

    input._register_backward_hook(run)
    return handle
