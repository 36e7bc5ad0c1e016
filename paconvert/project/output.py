"""Where the files of the output go."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from paconvert.project.walk import Entry, Kind
from paconvert.project.write import copy_file, copy_link, write_file


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
