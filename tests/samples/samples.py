"""torch's samples as cases: asks torch for them, and remembers them by content."""

from __future__ import annotations

import dataclasses
import io
import os
import pickle
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.paired.cache import Cache, digest, digest_files
from tests.paired.case import Case, Form
from tests.paired.run import interpreter, version

WRITER = Path(__file__).with_name("write.py")
FORMS = 60
"""How many forms make a program at most: a crash or a time-out ends a program."""

Key = tuple[str, str, str]


@dataclasses.dataclass(frozen=True)
class Samples:
    """The samples of an operator, module or optimizer with one dtype.

    Attributes:
        key: kind (`operator`, `module`, `optimizer`), name and dtype.
        cases: the programs.
        skipped: the number of a sample and why it is none; `private` where user code has no name for it.
    """

    key: Key
    cases: tuple[Case, ...]
    skipped: tuple[tuple[str, str], ...]


def keys(cache: Cache, wanted: Callable[[Key], bool]) -> list[Key]:
    """What torch has samples for."""
    place = digest("keys", version("torch"), digest_files([WRITER]))
    found = cache.get("samples", place)
    if found is None:
        found = next(_ask([], None))
        cache.put("samples", place, found)
    return [key for key in found if wanted(key)]


def samples(wanted: Sequence[Key], cache: Cache, limit: int | None = None) -> list[Samples]:
    """The samples of these keys, the first `limit` of each."""
    base = digest(version("torch"), digest_files([WRITER]), limit)
    places = {key: digest(base, *key) for key in wanted}
    answers = {key: cache.get("samples", place) for key, place in places.items()}
    if missing := [key for key, answer in answers.items() if answer is None]:
        for key, groups, skipped in _ask(missing, limit):
            answers[key] = ([_keep_data(group, cache) for group in groups], skipped)
            cache.put("samples", places[key], answers[key])
    return [
        Samples(key, tuple(_cases(key, groups)), tuple(skipped)) for key, (groups, skipped) in answers.items()
    ]


def _ask(wanted: Sequence[Key], limit: int | None) -> Iterator[Any]:
    done = subprocess.run(
        [interpreter("torch"), str(WRITER)],
        input=pickle.dumps({"keys": list(wanted), "limit": limit}),
        capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    if done.returncode:
        raise RuntimeError(f"torch's samples cannot be written: {done.stderr.decode()[-2000:]}")
    answers = io.BytesIO(done.stdout)
    while answers.tell() < len(done.stdout):
        yield pickle.load(answers)


def _keep_data(group: dict[str, Any], cache: Cache) -> dict[str, Any]:
    """Puts the arrays of a group into a file that the program can read on both sides."""
    data = pickle.dumps(group.pop("data"), protocol=4)
    path = cache.folder / "data" / f"{digest(data)}.pickle"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(data)
        temporary.replace(path)
    return {**group, "path": str(path)}


def _cases(key: Key, groups: Sequence[dict[str, Any]]) -> Iterator[Case]:
    index = 0
    for group in groups:
        imports = f"import pickle\nimport torch\n\nDATA = pickle.load(open({group['path']!r}, 'rb'))"
        forms = [Form(*form) for form in group["forms"]]
        for start in range(0, len(forms), FORMS):
            yield Case(
                " ".join(key),
                index,
                tuple(forms[start : start + FORMS]),
                compare=group["compare"],
                inputs=group["inputs"],
                imports=imports,
                random=group["random"],
                timeout=60.0,
            )
            index += 1
