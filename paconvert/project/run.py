"""One run over a folder: reads it, plans it, converts its files, and hands the results to an output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from paconvert.project.cache import Cache, digest
from paconvert.project.engine import Engine
from paconvert.project.imports import imports_package, mentions
from paconvert.project.layout import root_package
from paconvert.project.outcome import Outcome, failure
from paconvert.project.output import Folder, Output
from paconvert.project.plan import Plan
from paconvert.project.records import FileReport, Status
from paconvert.project.requirements import COMPANIONS, FRAMEWORK, is_requirements, rewrite_requirements
from paconvert.project.text import DecodeError, Source, decode
from paconvert.project.walk import Entry, Kind, Tree
from paconvert.project.work import Job, Setting, run_jobs
from paconvert.project.write import ReadError
from paconvert.records import Diagnostic, Level, Options

Progress = Callable[[int, int, str], None]
_FILES = (Kind.PYTHON, Kind.OTHER)
_BUILD_FILES = {"setup.py", "setup.cfg", "pyproject.toml"}


@dataclass
class Run:
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
    _unfinished: list[str] = field(default_factory=list)
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
        self._note_rest()
        if isinstance(output, Folder):
            output.finish(self.tree.entries)
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
            if self.cache is not None:
                self.cache.trim()

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

    def _write(
        self, entry: Entry, outcome: Outcome | None, output: Output, status: Status = Status.CONVERTED
    ) -> None:
        """Writes a Python file: its outcome, or itself; `status` is what a change means."""
        if entry.path not in self._digests:
            return  # could not be read
        raw = self._bytes(entry.path)
        outcome = outcome or self._failed.get(entry.path) or Outcome(None)
        data = raw
        if outcome.code is not None:
            try:
                data = self._sources[entry.path].encode(outcome.code)
            except UnicodeEncodeError as error:
                outcome = failure(
                    entry.path,
                    f"the converted text cannot be written in the file's encoding {error.encoding}; "
                    "it is copied unchanged",
                    "save it as UTF-8",
                )
        self._note_imports(entry.path, outcome, data)
        output.write(entry.path, data, entry.mode, raw)
        if outcome.is_failed:
            status = Status.FAILED
        elif data == raw:
            status = Status.UNCHANGED
        self._report(entry.path, status, True, outcome.diagnostics)

    def _write_requirements(self, entry: Entry, outcome: Outcome | None, output: Output) -> None:
        """Writes a file that names requirements; `setup.py` may have been converted before."""
        version = self.options.paddle_version
        if entry.kind is Kind.PYTHON:
            source = self._sources.get(entry.path)
            if source is not None and not (outcome and outcome.is_failed):
                outcome = outcome or Outcome(None)
                before = source.text if outcome.code is None else outcome.code
                text = rewrite_requirements(entry.path, before, self._needed, version)
                outcome = replace(outcome, code=None if text == source.text else text)
            self._write(entry, outcome, output, Status.REQUIREMENTS)
            return
        try:
            raw = (self.source / entry.path).read_bytes()
            file = decode(raw)
            data = file.encode(rewrite_requirements(entry.path, file.text, self._needed, version))
        except (OSError, DecodeError, UnicodeEncodeError):
            self._copy(entry, output)
            return
        output.write(entry.path, data, entry.mode, raw)
        self._report(entry.path, Status.UNCHANGED if data == raw else Status.REQUIREMENTS)

    def _note_imports(self, path: str, outcome: Outcome, data: bytes) -> None:
        """Remembers what an output still imports of torch and the packages around it."""
        for name in (*sorted(COMPANIONS - self._needed), FRAMEWORK):
            if name.encode() in data:
                text = outcome.code if outcome.code is not None else data.decode("latin-1")
                if imports_package(text, name):
                    if name == FRAMEWORK:
                        self._unfinished.append(path)
                    else:
                        self._needed.add(name)

    def _copy(self, entry: Entry, output: Output) -> None:
        try:
            output.copy(entry)
        except ReadError as error:
            message = f"cannot be read: {error}; it is left out"
            self._report(entry.path, Status.FAILED, False, self._error(entry.path, message))
        else:
            self._report(entry.path, Status.UNCHANGED)

    def _note_rest(self) -> None:
        """Says what is left to do by hand."""
        notebooks = sum(path.endswith(".ipynb") for path in self._reports)
        if notebooks:
            self.notes.append(f"notebooks are copied as they are: {notebooks}")
        changed = any(file.status is Status.REQUIREMENTS for file in self._reports.values())
        if self._unfinished and changed:
            self.notes.append(
                f"the requirements name Paddle only, but {FRAMEWORK} is still imported in "
                f"{len(self._unfinished)} of the files, such as {min(self._unfinished)}"
            )

    def _error(self, path: str, message: str) -> tuple[Diagnostic, ...]:
        return (Diagnostic(Level.ERROR, "", 1, 0, message, "make it readable", path),)

    def _report(
        self, path: str, status: Status, python: bool = False, diagnostics: tuple[Diagnostic, ...] = ()
    ) -> None:
        self._reports[path] = FileReport(path, status, python, diagnostics)
        if self.progress is not None and status is not Status.HELPERS:
            self._done += 1
            self.progress(self._done, self._count, path)
