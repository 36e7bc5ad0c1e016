"""Results kept by content: what has the same key would give the same result, and is not run again."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / ".proof_cache"


def digest(*parts: object) -> str:
    """A key made from texts and plain values."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def digest_files(paths: Iterable[Path]) -> str:
    """A key made from the names and contents of files."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


class Cache:
    """A folder of pickles; safe for several processes, since files appear whole or not at all."""

    def __init__(self, folder: Path = DEFAULT) -> None:
        self.folder = folder

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / kind / key[:2] / key[2:]

    def get(self, kind: str, key: str) -> Any:
        """What is kept under the key, else `None`."""
        try:
            return pickle.loads(self._path(kind, key).read_bytes())
        except (OSError, EOFError, pickle.UnpicklingError):
            return None

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keeps a value under the key."""
        path = self._path(kind, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            pickle.dump(value, file, protocol=4)
        os.replace(temporary, path)
