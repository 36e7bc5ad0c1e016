"""Results kept by content, so that an unchanged tree is not converted twice."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

LIMIT = 256 * 1024 * 1024
VARIABLE = "PACONVERT_CACHE_DIR"


def default_folder() -> Path:
    """The folder named by `PACONVERT_CACHE_DIR`, else the user's cache folder for paconvert."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("paconvert", appauthor=False))


def digest(*parts: bytes | str) -> str:
    """A name for content: the same for the same parts only."""
    state = hashlib.blake2b(digest_size=20)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()


class Cache:
    """A folder of results. It never fails: what cannot be read, or fails its checksum, is not there."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    def get(self, key: str) -> bytes | None:
        """What was kept under a key."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)  # what is used stays longest
        except OSError:
            return None
        checksum, content = data[:16], data[16:]
        return content if checksum == _checksum(content) else None

    def put(self, key: str, content: bytes) -> None:
        """Keeps content under a key; does nothing where that is impossible."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent)
        except OSError:
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_checksum(content) + content)
            os.replace(name, path)
        except BaseException as error:
            _remove(name)
            if not isinstance(error, OSError):
                raise

    def trim(self) -> None:
        """Removes what was not used for longest until the folder is well below its limit."""
        files: list[tuple[float, int, str]] = []
        try:
            for folder in os.scandir(self.folder):
                if folder.is_dir(follow_symlinks=False):
                    for item in os.scandir(folder):
                        status = item.stat(follow_symlinks=False)
                        files.append((status.st_mtime, status.st_size, item.path))
        except OSError:
            return
        total = sum(size for _, size, _ in files)
        if total <= self.limit:
            return
        for _, size, path in sorted(files):
            _remove(path)
            total -= size
            if total <= self.limit * 3 // 4:
                return


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)
