"""Writing the output so that it is either there and whole, or not there."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from paconvert.project.errors import UsageError, WriteError

_CHUNK = 1 << 20


class ReadError(Exception):
    """A file of the input cannot be read."""


def check_target(source: Path, target: Path, force: bool) -> None:
    """Refuses a target that would endanger the input or what is there already.

    Raises:
        UsageError: says why.
    """
    inner, outer = Path(os.path.realpath(source)), Path(os.path.realpath(target))
    if inner == outer or (target.exists() and os.path.samefile(source, target)):
        raise UsageError(f"the output '{target}' is the input itself; choose another place")
    if source.is_dir() and inner in outer.parents:
        raise UsageError(
            f"the output '{target}' lies inside the input '{source}'; choose a place outside of it"
        )
    if source.is_dir() and outer in inner.parents:
        raise UsageError(
            f"the input '{source}' lies inside the output '{target}'; choose another output folder"
        )
    if not os.path.lexists(target):
        return
    if source.is_dir():
        if not target.is_dir():
            raise UsageError(f"the output '{target}' is a file; a folder is needed")
        if not force and any(target.iterdir()):
            raise UsageError(f"the output folder '{target}' is not empty; use --force to write into it")
    elif target.is_dir():
        raise UsageError(f"the output '{target}' is a folder; a file is needed")
    elif not force and target.stat().st_size:
        raise UsageError(f"the output '{target}' exists; use --force to replace it")


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside the target, which takes the target's place at the end of the block.

    Whatever ends the block early, the temporary folder is removed and the target is as it was. A target with
    files in it keeps those that the new tree does not have.

    Raises:
        WriteError: when writing fails.
    """
    target = Path(os.path.realpath(target))
    created = _make_parents(target.parent)
    stage: Path | None = None
    try:
        with _writing(target):
            # Nothing can be renamed to a mount point, or across its border.
            place = target if os.path.ismount(target) else target.parent
            stage = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".paconvert", dir=place))
            yield stage
            _move(stage, target)
    except BaseException:
        if stage is not None:
            _remove_tree(stage)
        for folder in created:
            with suppress(OSError):
                folder.rmdir()
        raise


def replace_file(target: Path, data: bytes, mode: int) -> None:
    """Writes a file as a whole: until it is complete, the target is as it was.

    Raises:
        WriteError: when writing fails.
    """
    created = _make_parents(target.parent)
    name = ""
    try:
        with _writing(target):
            handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".paconvert", dir=target.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, mode)
            os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        for folder in created:
            with suppress(OSError):
                folder.rmdir()
        raise


def write_file(path: Path, data: bytes, mode: int) -> None:
    """Writes a new file with these permission bits."""
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)


def copy_file(source: Path, target: Path, mode: int) -> None:
    """Copies a file with these permission bits.

    Raises:
        ReadError: when the source cannot be opened.
    """
    try:
        reader = source.open("rb")
    except OSError as error:
        raise ReadError(error.strerror or str(error)) from None
    with reader, open(target, "wb") as writer:
        shutil.copyfileobj(reader, writer, _CHUNK)
    os.chmod(target, mode)


def copy_link(root: Path, path: str, target: Path) -> None:
    """Makes the same link again. One that names a place inside the tree absolutely names its copy instead."""
    text = os.readlink(root / path)
    if os.path.isabs(text):
        inside = os.path.relpath(os.path.realpath(os.path.dirname(text)), os.path.realpath(root))
        if inside != os.pardir and not inside.startswith(os.pardir + os.sep):
            place = os.path.join(inside, os.path.basename(text))
            text = os.path.relpath(place, os.path.dirname(path) or os.curdir)
    os.symlink(text, target)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(
            f"cannot write '{target}': {error.strerror or error}; nothing was written"
        ) from error


def _make_parents(folder: Path) -> list[Path]:
    """Makes a folder and those above it; gives those that were made, the innermost first."""
    missing = [place for place in (folder, *folder.parents) if not os.path.lexists(place)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"cannot make the folder '{folder}': {error.strerror or error}") from error
    return missing


def _move(stage: Path, target: Path) -> None:
    if not os.path.lexists(target) or not any(target.iterdir()):
        if os.path.lexists(target) and os.name == "nt":
            target.rmdir()
        os.rename(stage, target)
        return
    _check_merge(stage, target)
    with _uninterrupted():
        for folder, folders, files in os.walk(stage):
            place = target / os.path.relpath(folder, stage)
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            for name in folders:
                if name not in links:
                    (place / name).mkdir(exist_ok=True)
            for name in (*files, *links):
                os.replace(os.path.join(folder, name), place / name)
        for folder, folders, _ in os.walk(stage):
            for name in folders:
                mode = stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode)
                os.chmod(target / os.path.relpath(os.path.join(folder, name), stage), mode)
        _remove_tree(stage)


def _check_merge(stage: Path, target: Path) -> None:
    """Finds out beforehand whether each file can take its place."""
    for folder, folders, files in os.walk(stage):
        place = target / os.path.relpath(folder, stage)
        for name in (*folders, *files):
            is_folder = name in folders and not os.path.islink(os.path.join(folder, name))
            there = place / name
            if os.path.lexists(there) and is_folder != (there.is_dir() and not there.is_symlink()):
                kind = "folder" if is_folder else "file"
                raise UsageError(f"'{there}' is in the way of a {kind} of the same name; remove it first")


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Puts Ctrl-C off until the end of the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        caught.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if caught:
        raise KeyboardInterrupt


def _remove_tree(folder: Path) -> None:
    """Removes a folder, also where the copied permission bits forbid it."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                with suppress(OSError):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
