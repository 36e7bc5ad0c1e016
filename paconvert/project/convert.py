"""Converts a folder into a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from paconvert.project.cache import Cache
from paconvert.project.engine import Engine, default_engine
from paconvert.project.errors import UsageError
from paconvert.project.format import check_formatter
from paconvert.project.output import Folder, Nowhere, Output
from paconvert.project.records import ProjectReport
from paconvert.project.run import Progress, Run
from paconvert.project.walk import compile_patterns, walk
from paconvert.project.write import check_target, staged_folder
from paconvert.records import Options

DEFAULT = Options()


def convert_project(
    in_dir: str | os.PathLike[str],
    out_dir: str | os.PathLike[str] | None,
    *,
    options: Options = DEFAULT,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
    executor: Executor | None = None,
    cache: Cache | None = None,
    force: bool = False,
    format: bool = False,
    progress: Progress | None = None,
    output: Output | None = None,
    engine: Engine | None = None,
) -> ProjectReport:
    """Converts a folder; the input is only read.

    Args:
        in_dir: the project.
        out_dir: where the converted project goes: a new or empty folder outside of it. `None` writes nothing.
        options: how to convert.
        exclude: regular expressions; what they are found in (paths relative to `in_dir`) is left out.
        jobs: number of processes; by default as many as there are processors for this one.
        executor: used in place of own processes.
        cache: where results are kept for the next run.
        force: write into a folder that is not empty; files of the same names are replaced, others stay.
        format: format the changed lines with black.
        progress: called with files done, files in all, and a path, as files get done.
        output: takes the files in place of `out_dir`, when that is `None`.
        engine: the converter.

    Raises:
        UsageError: for places that cannot be used; nothing was written.
        WriteError: when writing fails; nothing was written.
    """
    source = Path(in_dir)
    if format:
        check_formatter()
    if not source.is_dir():
        raise UsageError(f"the input folder '{source}' does not exist")
    patterns = compile_patterns(exclude)
    target = None if out_dir is None else Path(out_dir)
    if target is not None:
        check_target(source, target, force)
    tree = walk(source, patterns)
    run = Run(source, tree, options, engine or default_engine(), cache, format, progress)
    staged: AbstractContextManager[Path | None] = (
        staged_folder(target) if target is not None else nullcontext()
    )
    with staged as place:
        files = run.execute(
            Folder(source, place) if place is not None else output or Nowhere(),
            jobs or default_jobs(),
            executor,
        )
    return ProjectReport(
        str(in_dir), "" if out_dir is None else str(out_dir), files, tree.left_out, tuple(run.notes)
    )


def default_jobs() -> int:
    """The number of processors that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
