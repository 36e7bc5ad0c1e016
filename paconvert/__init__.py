"""paconvert turns PyTorch source code into PaddlePaddle source code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paconvert.api import convert, convert_file, convert_project, convert_selection, inspect_source
    from paconvert.records import (
        Access,
        Conversion,
        Diagnostic,
        Edit,
        ImportContext,
        Level,
        Mark,
        Options,
        Summary,
    )

__version__ = "0.1.0"
__all__ = [
    "Access",
    "Conversion",
    "Diagnostic",
    "Edit",
    "ImportContext",
    "Level",
    "Mark",
    "Options",
    "Summary",
    "convert",
    "convert_file",
    "convert_project",
    "convert_selection",
    "inspect_source",
]


def __getattr__(name: str) -> Any:
    # `import paconvert` loads nothing until something is asked for.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from paconvert import api, records

    return getattr(records, name) if hasattr(records, name) else getattr(api, name)
