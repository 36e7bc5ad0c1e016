"""Converts a folder into a folder: reads it, plans it, converts its files in parallel, writes the result."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from paconvert.project.cache import Cache, digest
from paconvert.project.engine import Engine, default_engine
from paconvert.project.errors import UsageError
from paconvert.project.imports import imports_package, mentions
from paconvert.project.layout import root_package
from paconvert.project.outcome import Outcome, failure
from paconvert.project.plan import Plan
from paconvert.project.records import FileReport, ProjectReport, Status
from paconvert.project.requirements import COMPANIONS, is_requirements, rewrite_requirements
from paconvert.project.text import DecodeError, Source, decode
from paconvert.project.walk import Entry, Kind, Tree, compile_patterns, walk
from paconvert.project.work import Job, Setting, run_jobs
from paconvert.project.write import ReadError, check_target, copy_file, copy_link, staged_folder, write_file
from paconvert.records import Diagnostic, Level, Options

Progress = Callable[[int, int, str], None]
DEFAULT = Options()
_FILES = (Kind.PYTHON, Kind.OTHER)
_BUILD_FILES = {"setup.py", "setup.cfg", "pyproject.toml"}


class Output(Protocol):
    """Where the files of the output go."""

    def folder(self, entry: Entry) -> None:
        """A folder."""

    def link(self, entry: Entry) -> None:
        """A symbolic link, kept as it is."""

    def copy(self, entry: Entry) -> None:
        """A file that is not looked into; raises ReadError when it cannot be read."""

    def write(self, path: str, data: bytes, mode: int, before: bytes | None) -> None:
        """A file with its new content, and the content it had in the input (`None` when it is new)."""


class Nowhere:
    """Keeps nothing, but for the files that change: path → (content before, content after)."""

    def __init__(self) -> None:
        self.changes: dict[str, tuple[bytes, bytes]] = {}

    def folder(self, entry: Entry) -> None:
        """Nothing."""

    def link(self, entry: Entry) -> None:
        """Nothing."""

    def copy(self, entry: Entry) -> None:
        """Nothing."""

    def write(self, path: str, data: bytes, mode: int, before: bytes | None) -> None:
        """Keeps a change."""
        if data != before:
            self.changes[path] = (before or b"", data)


class Folder:
    """Writes into a folder."""

    def __init__(self, source: Path, target: Path) -> None:
        self.source = source
        self.target = target

    def folder(self, entry: Entry) -> None:
        """Makes a folder; its permission bits come last, since they may forbid to write into it."""
        os.mkdir(self.target / entry.path)

    def link(self, entry: Entry) -> None:
        """Makes the same link."""
        copy_link(self.source, entry.path, self.target / entry.path)

    def copy(self, entry: Entry) -> None:
        """Copies bytes and permission bits."""
        copy_file(self.source / entry.path, self.target / entry.path, entry.mode)

    def write(self, path: str, data: bytes, mode: int, before: bytes | None) -> None:
        """Writes a file."""
        write_file(self.target / path, data, mode)

    def finish(self, entries: Iterable[Entry]) -> None:
        """Sets the permission bits of folders, the innermost first."""
        folders = [entry for entry in entries if entry.kind is Kind.FOLDER]
        for entry in sorted(folders, key=lambda entry: entry.path, reverse=True):
            os.chmod(self.target / entry.path, entry.mode)
        os.chmod(self.target, self.source.stat().st_mode & 0o7777)


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
    if not source.is_dir():
        raise UsageError(f"the input folder '{source}' does not exist")
    patterns = compile_patterns(exclude)
    target = None if out_dir is None else Path(out_dir)
    if target is not None:
        check_target(source, target, force)
    tree = walk(source, patterns)
    run = _Run(source, tree, options, engine or default_engine(), cache, format, progress)
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


@dataclass
class _Run:
    """One run over a folder."""

    source: Path
    tree: Tree
    options: Options
    engine: Engine
    cache: Cache | None
    format: bool
    progress: Progress | None
    notes: list[str] = field(default_factory=list)
    _digests: dict[str, str] = field(default_factory=dict)
    _naming: list[str] = field(default_factory=list)
    _raw: dict[str, bytes] = field(default_factory=dict)
    _sources: dict[str, Source] = field(default_factory=dict)
    _failed: dict[str, Outcome] = field(default_factory=dict)
    _reports: dict[str, FileReport] = field(default_factory=dict)
    _needed: set[str] = field(default_factory=set)
    _done: int = 0

    def __post_init__(self) -> None:
        self._count = len(self.tree.problems) + sum(
            entry.kind is not Kind.FOLDER for entry in self.tree.entries
        )

    def execute(self, output: Output, workers: int, executor: Executor | None) -> tuple[FileReport, ...]:
        """Does everything; the files in order of their paths."""
        entries = {entry.path: entry for entry in self.tree.entries}
        for path, reason in self.tree.problems:
            self._report(
                path, Status.FAILED, False, self._error(path, f"cannot be read: {reason}; it is left out")
            )
        self._read()
        plan = self._plan()
        for entry in self.tree.entries:
            if entry.kind is Kind.FOLDER:
                output.folder(entry)
        late = {
            entry.path for entry in self.tree.entries if entry.kind in _FILES and is_requirements(entry.path)
        }
        for entry in self.tree.entries:
            if entry.kind is Kind.LINK:
                output.link(entry)
                self._report(entry.path, Status.UNCHANGED)
            elif entry.kind is Kind.OTHER and entry.path not in late:
                self._copy(entry, output)
            elif entry.kind is Kind.PYTHON and entry.path not in plan.helpers and entry.path not in late:
                self._write(entry, None, output)
        used: dict[str, set[str]] = {}
        kept: dict[str, Outcome] = {}
        for path, outcome in self._outcomes(plan, workers, executor):
            if outcome.helpers:
                used.setdefault(plan.helpers[path].host, set()).update(outcome.helpers)
            if path in late:
                kept[path] = outcome
            else:
                self._write(entries[path], outcome, output)
        for host, names in sorted(used.items()):
            output.write(host, self._helper_source(names).encode(), 0o644, None)
            self._report(host, Status.HELPERS, True)
            if "/" not in host and not plan.root_package and _BUILD_FILES & entries.keys():
                self.notes.append(
                    f"{host} lies beside the packages: add it to the modules that are installed"
                )
        for path in sorted(late):
            self._write_requirements(entries[path], kept.get(path), output)
        if isinstance(output, Folder):
            output.finish(self.tree.entries)
        if self.cache is not None:
            self.cache.trim()
        return tuple(self._reports[path] for path in sorted(self._reports))

    # Reading and planning

    def _read(self) -> None:
        pattern = mentions(self.engine.packages())
        for entry in self.tree.entries:
            if entry.kind is not Kind.PYTHON:
                continue
            try:
                data = (self.source / entry.path).read_bytes()
            except OSError as error:
                self._report(
                    entry.path,
                    Status.FAILED,
                    True,
                    self._error(entry.path, f"cannot be read: {error.strerror or error}; it is left out"),
                )
                continue
            self._digests[entry.path] = digest(data)
            if pattern.search(data):
                self._naming.append(entry.path)
            try:
                source = self._sources[entry.path] = decode(data)
            except DecodeError as error:
                self._raw[entry.path] = data
                self._failed[entry.path] = failure(
                    entry.path,
                    f"cannot be decoded: {error}; it is copied unchanged",
                    "correct its coding line",
                )
            else:
                if source.encode(source.text) != data:  # an encoding with several ways to write the same
                    self._raw[entry.path] = data

    def _bytes(self, path: str) -> bytes:
        """The content of a Python file; kept as text alone where that is enough, there may be many."""
        source = self._sources.get(path)
        return self._raw[path] if source is None or path in self._raw else source.encode(source.text)

    def _plan(self) -> Plan:
        """Which files to convert, and what their modules and helpers are."""
        key = digest("plan", self._content, self.engine.fingerprint(), str(self.source.absolute()))
        cached = self.cache.get(key) if self.cache else None
        if cached is not None:
            return Plan.from_bytes(cached)
        texts = {path: source.text for path, source in self._sources.items()}
        # Files that name a mapped package, or import a file that does: what they import may be Paddle's now
        naming = [path for path in self._naming if path in texts]
        plan = Plan.of(texts, root_package(self.source, texts), naming)
        if self.cache is not None:
            self.cache.put(key, plan.to_bytes())
        return plan

    @cached_property
    def _content(self) -> str:
        """Changes with any Python file."""
        return digest(*(part for item in sorted(self._digests.items()) for part in item))

    # Converting

    def _outcomes(self, plan: Plan, workers: int, executor: Executor | None) -> Iterable[tuple[str, Outcome]]:
        jobs = [self._job(path, plan) for path in plan.helpers]
        missing: list[Job] = []
        if self.cache is None:
            missing = jobs
        else:
            common = self._setting_key()
            for job in jobs:
                key = digest(common, job.filename, job.statement or "", job.text)
                cached = self.cache.get(key)
                if cached is None:
                    missing.append(replace(job, key=key))
                else:
                    yield job.path, Outcome.from_bytes(cached, job.path)
        if missing:
            sources = {plan.modules[path]: source.text for path, source in sorted(self._sources.items())}
            index = self.engine.index(sources, plan.packages)
            folder = self.cache.folder if self.cache else None
            setting = Setting(self.engine.convert, self.options, index, self.format, folder)
            yield from run_jobs(missing, setting, workers, executor)

    def _job(self, path: str, plan: Plan) -> Job:
        text, statement = self._sources[path].text, plan.helpers[path].statement
        if "\r\n" in text:
            statement = statement.replace("\n", "\r\n")
        return Job(path, plan.filenames[path], text, statement)

    def _setting_key(self) -> str:
        """Changes with whatever a file's result may depend on, but for the file itself."""
        version = ".".join(map(str, sys.version_info[:2]))
        return digest(self._content, self.engine.fingerprint(), repr(self.options), str(self.format), version)

    def _helper_source(self, names: set[str]) -> str:
        if self.cache is None:
            return self.engine.helper_source(sorted(names))
        key = digest("helpers", self.engine.fingerprint(), *sorted(names))
        cached = self.cache.get(key)
        if cached is not None:
            return cached.decode()
        text = self.engine.helper_source(sorted(names))
        self.cache.put(key, text.encode())
        return text

    # Writing

    def _write(self, entry: Entry, outcome: Outcome | None, output: Output) -> None:
        """Writes a Python file: its outcome, or itself when there is none."""
        if entry.path not in self._digests:
            return  # could not be read
        raw = self._bytes(entry.path)
        outcome = outcome or self._failed.get(entry.path)
        data, diagnostics = raw, outcome.diagnostics if outcome else ()
        if outcome is not None and outcome.code is not None:
            try:
                data = self._sources[entry.path].encode(outcome.code)
            except UnicodeEncodeError as error:
                outcome = failure(
                    entry.path,
                    f"the converted text cannot be written in the file's encoding {error.encoding}; "
                    "it is copied unchanged",
                    "save it as UTF-8",
                )
                diagnostics = outcome.diagnostics
        self._note_companions(entry.path, outcome, data)
        output.write(entry.path, data, entry.mode, raw)
        failed = outcome is not None and outcome.is_failed
        status = Status.FAILED if failed else Status.CONVERTED if data != raw else Status.UNCHANGED
        self._report(entry.path, status, True, diagnostics)

    def _write_requirements(self, entry: Entry, outcome: Outcome | None, output: Output) -> None:
        """Writes a file that names requirements; `setup.py` is Python as well and may have been converted."""
        is_python = entry.kind is Kind.PYTHON
        try:
            raw = self._bytes(entry.path) if is_python else (self.source / entry.path).read_bytes()
            before = decode(raw)
        except (KeyError, DecodeError, OSError):
            if is_python:
                self._write(entry, outcome, output)
            else:
                self._copy(entry, output)
            return
        if is_python:
            self._note_companions(entry.path, outcome, raw)
        text = outcome.code if outcome and outcome.code is not None else before.text
        text = rewrite_requirements(entry.path, text, self._needed, self.options.paddle_version)
        data = raw if text == before.text else before.encode(text)
        output.write(entry.path, data, entry.mode, raw)
        status = Status.REQUIREMENTS if data != raw else Status.UNCHANGED
        if outcome is not None and outcome.is_failed:
            status = Status.FAILED
        self._report(entry.path, status, is_python, outcome.diagnostics if outcome else ())

    def _note_companions(self, path: str, outcome: Outcome | None, data: bytes) -> None:
        """Remembers packages around torch that an output still imports."""
        for name in COMPANIONS - self._needed:
            if name.encode() in data:
                text = outcome.code if outcome and outcome.code is not None else data.decode("latin-1")
                if imports_package(text, name):
                    self._needed.add(name)

    def _copy(self, entry: Entry, output: Output) -> None:
        try:
            output.copy(entry)
        except ReadError as error:
            self._report(
                entry.path,
                Status.FAILED,
                False,
                self._error(entry.path, f"cannot be read: {error}; it is left out"),
            )
        else:
            self._report(entry.path, Status.UNCHANGED)

    def _error(self, path: str, message: str) -> tuple[Diagnostic, ...]:
        return (Diagnostic(Level.ERROR, "", 1, 0, message, "make it readable", path),)

    def _report(
        self, path: str, status: Status, python: bool = False, diagnostics: tuple[Diagnostic, ...] = ()
    ) -> None:
        self._reports[path] = FileReport(path, status, python, diagnostics)
        if self.progress is not None and status is not Status.HELPERS:
            self._done += 1
            self.progress(self._done, self._count, path)
