"""The Python API: `convert`, `convert_selection`, `convert_file`, `convert_project`, `inspect_source`."""

from __future__ import annotations

import os
from pathlib import Path

from paconvert.conversion import convert, convert_selection
from paconvert.inspection import inspect_source
from paconvert.project.convert import convert_project
from paconvert.project.single import convert_path
from paconvert.records import Conversion, Options

__all__ = ["convert", "convert_file", "convert_project", "convert_selection", "inspect_source"]


def convert_file(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    options: Options = Options(),  # noqa: B008  a frozen record
    force: bool = False,
) -> Conversion:
    """Converts one file, taking the project around it into account; helpers are written into the output.

    Args:
        path: the file.
        out: where the output goes: a file, or a folder that keeps the name. `None` writes nothing.
        options: how to convert.
        force: whether a file that exists is replaced.

    Raises:
        UsageError: the file cannot be read, or the target cannot be used.
        WriteError: the output cannot be written; nothing was.
    """
    return convert_path(Path(path), None if out is None else os.fspath(out), options=options, force=force)
