"""Downloading checkpoints, with torch's cache folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import urllib.parse
import urllib.request
from typing import Any

from paconvert.helpers.serialization import load_object


class HubFolder:
    """The folder that `set_dir` chose."""

    chosen: str | None = None


def hub_home() -> str:
    """The folder for all that is downloaded: `$TORCH_HOME`, or `~/.cache/torch`."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return os.path.expanduser(os.environ.get("TORCH_HOME", os.path.join(cache, "torch")))


def hub_get_dir() -> str:
    """The folder for downloads: as set, or `hub` in the folder for all of them."""
    return HubFolder.chosen if HubFolder.chosen is not None else os.path.join(hub_home(), "hub")


def hub_set_dir(d: Any) -> None:
    """Sets the folder for downloads."""
    HubFolder.chosen = os.path.expanduser(d)


def download_url_to_file(url: str, dst: Any, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Downloads a file; `hash_prefix` is what its SHA-256 must begin with."""
    dst = os.path.expanduser(dst)
    digest = hashlib.sha256()
    request = urllib.request.Request(url, headers={"User-Agent": "paddle.hub"})
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(dst) or ".", delete=False) as file:
        try:
            with urllib.request.urlopen(request) as response:
                while block := response.read(1 << 17):
                    file.write(block)
                    digest.update(block)
            if hash_prefix and not digest.hexdigest().startswith(hash_prefix):
                raise RuntimeError(
                    f'invalid hash value (expected "{hash_prefix}", got "{digest.hexdigest()}")'
                )
            file.close()
            shutil.move(file.name, dst)
        finally:
            if os.path.exists(file.name):
                os.remove(file.name)


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> Any:
    """Loads a checkpoint from a URL; it is downloaded once."""
    folder = os.path.join(hub_get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urllib.parse.urlparse(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        found = re.search(r"-([a-f0-9]*)\.", name) if check_hash else None
        download_url_to_file(url, path, found.group(1) if found else None, progress)
    return load_object(path, map_location, weights_only=weights_only)
