"""One file, together with the files of the project around it that it imports."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paconvert.project.engine import Engine, default_engine
from paconvert.project.errors import UsageError
from paconvert.project.format import check_formatter
from paconvert.project.imports import absolute, candidates, scan_imports
from paconvert.project.outcome import Outcome, failure
from paconvert.project.records import FileReport, ProjectReport, Status
from paconvert.project.text import DecodeError, Source, decode
from paconvert.project.work import Job, Setting, run_job
from paconvert.project.write import check_target, replace_file
from paconvert.records import Conversion, Options

# A file's types hang on what it imports; beyond this many files they hardly do.
MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A file's place in its project: its name from the root of imports, and the modules it imports."""

    filename: str
    sources: dict[str, str]
    packages: frozenset[str] = frozenset()


def surroundings(path: Path, text: str) -> Surroundings:
    """Reads the modules of the project that a file imports, directly or by way of others.

    The root is the folder above the outermost package around the file.
    """
    place = Path(os.path.abspath(path))
    root = place.parent
    while (root / "__init__.py").is_file() and root != root.parent:
        root = root.parent
    if root == place.parent and any(found.level for found in scan_imports(text)):
        root = root.parent  # relative imports: its folder is a package without `__init__.py`
    module, is_package = _module(place.relative_to(root).as_posix())
    sources = {module: text}
    packages = {module} if is_package else set()
    pending = [(module, is_package, text)]
    while pending and len(sources) < MOST_FILES:
        importer, is_package, content = pending.pop(0)
        for name in _imported(importer, is_package, content):
            found = None if name in sources else _find(root, name)
            if found is None:
                continue
            try:
                loaded = decode(found.read_bytes()).text
            except (OSError, DecodeError):
                continue
            sources[name] = loaded
            if found.name == "__init__.py":
                packages.add(name)
            pending.append((name, name in packages, loaded))
    return Surroundings(place.relative_to(root).as_posix(), sources, frozenset(packages))


def _imported(module: str, is_package: bool, text: str) -> Iterator[str]:
    for item in scan_imports(text):
        yield from candidates(absolute(item, module, is_package))


def _find(root: Path, module: str) -> Path | None:
    if not re.fullmatch(r"\w+(\.\w+)*", module):
        return None
    base = root.joinpath(*module.split("."))
    for path in (base / "__init__.py", base.with_name(base.name + ".py")):
        if path.is_file():
            return path
    return None


def _module(filename: str) -> tuple[str, bool]:
    parts = re.sub(r"\.py[wi]?$", "", filename).split("/")
    is_package = parts[-1] == "__init__" and len(parts) > 1
    return ".".join(parts[:-1] if is_package else parts), is_package


def read_source(path: Path) -> tuple[bytes, Source]:
    """A file's bytes and text.

    Raises:
        UsageError: when it cannot be read.
        DecodeError: when it is no text.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror or error}") from None
    return data, decode(data)


def convert_bytes(
    data: bytes,
    name: str,
    *,
    options: Options,
    format: bool = False,
    path: Path | None = None,
    engine: Engine | None = None,
) -> tuple[bytes, ProjectReport]:
    """Converts the content of one file; the helpers it needs are put into it.

    Args:
        data: the content, in its own encoding.
        name: what it is called in the report.
        options: how to convert.
        format: format the changed lines with black.
        path: where the file is, to take the files around it into account.
        engine: the converter.

    Returns:
        The converted content and the report.

    Raises:
        UsageError: when black is not there to format.
    """
    if format:
        check_formatter()
    engine = engine or default_engine()
    outcome, result = _convert(data, name, options, format, path, engine)
    status = Status.FAILED if outcome.is_failed else Status.CONVERTED if result != data else Status.UNCHANGED
    return result, ProjectReport(name, "", (FileReport(name, status, True, outcome.diagnostics),))


def _convert(
    data: bytes, name: str, options: Options, format: bool, path: Path | None, engine: Engine
) -> tuple[Outcome, bytes]:
    try:
        source = decode(data)
    except DecodeError as error:
        return failure(name, f"cannot be decoded: {error}", "correct its coding line"), data
    around = surroundings(path, source.text) if path is not None else Surroundings("", {})
    setting = Setting(
        engine.convert,
        options,
        engine.index(around.sources, around.packages) if around.sources else None,
        format,
    )
    outcome = run_job(Job(name, around.filename or name, source.text, None), setting)
    if outcome.code is None:
        return outcome, data
    try:
        return outcome, source.encode(outcome.code)
    except UnicodeEncodeError as error:
        message = f"the converted text cannot be written in the file's encoding {error.encoding}"
        return failure(name, message, "save it as UTF-8"), data


def file_target(source: Path, target: str) -> Path:
    """Where the output of one file goes: a folder, or a target without a suffix, holds it under its name."""
    place = Path(target)
    is_folder = place.is_dir() or target.endswith(("/", os.sep)) or (not place.suffix and bool(source.suffix))
    return place / source.name if is_folder else place


def write_converted(source: Path, target: Path, data: bytes, force: bool) -> None:
    """Writes the output of one file as a whole.

    Raises:
        UsageError: when the target is the input, or exists and `force` is not given.
        WriteError: when writing fails; the target is as it was.
    """
    check_target(source, target, force)
    replace_file(target, data, source.stat().st_mode & 0o7777)


def convert_path(path: Path, out: str | None, *, options: Options, force: bool) -> Conversion:
    """Converts one file and writes it when `out` says where; the conversion."""
    source = read_source(path)[1]
    around = surroundings(path, source.text)
    engine = default_engine()
    index = engine.index(around.sources, around.packages) if around.sources else None
    conversion = engine.convert(
        source.text, filename=around.filename or path.name, options=options, project=index
    )
    if out is not None:
        write_converted(path, file_target(path, out), source.encode(conversion.code), force)
    return conversion
