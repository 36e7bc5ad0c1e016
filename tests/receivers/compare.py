"""Compares traced receivers with what `paconvert inspect` says of the same places."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from paconvert.api import inspect_source
from paconvert.inference.project import ProjectIndex
from paconvert.records import Access
from tests.corpora.packages import PINNED, cache_folder, package, python_files
from tests.models.run import HERE as MODELS
from tests.models.run import NEEDS, python

TRACE = Path(__file__).with_name("trace.py")
NAMES = tuple(dict.fromkeys(name for needed in NEEDS.values() for name in needed))

TORCH_KINDS = {"Tensor", "Module", "Optimizer", "Size", "dtype", "device"}
PYTHON_KINDS = {"bool", "int", "float", "str", "tuple", "list", "dict", "set", "class", "function", "module"}
NAMED = {"module", "class", "function"}
KINDS = TORCH_KINDS | PYTHON_KINDS | {"ndarray", "unknown"}

# (file, line, column, attribute, types)
Record = tuple[str, int, int, str, list[str]]


@dataclass(frozen=True)
class Place:
    """One traced receiver: what it was when the program ran, and what was inferred (`None`: nothing)."""

    file: str
    line: int
    column: int
    attribute: str
    types: tuple[str, ...]
    access: Access | None

    @property
    def inferred(self) -> str:
        return self.access.type if self.access else "unknown"

    @property
    def known(self) -> bool:
        return self.inferred != "unknown"

    @property
    def wrong(self) -> bool:
        """No type that was seen is the inferred one. A Size is a tuple, too."""
        inferred = word(self.inferred)
        seen = {word(found) for found in self.types}
        return self.known and inferred not in seen and not (inferred == "tuple" and "Size" in seen)

    @property
    def harmful(self) -> bool:
        """Wrong, and a rule was applied because of it, or one for torch's objects could not be."""
        torch_types = {"Tensor", "Module", "Optimizer"}
        return self.wrong and bool(
            (self.access and self.access.rule) or torch_types & {word(t) for t in self.types}
        )


def word(name: str) -> str:
    """The kind without the class; whatever has no word of its own in the trace is an object."""
    kind = name.partition("[")[0]
    return kind if kind in KINDS else "object"


def trace() -> list[Record]:
    """Runs all models on torch once; kept between runs, as it depends on pinned releases only."""
    scripts = (TRACE, MODELS / "cases.py", MODELS / "trial.py")
    recipe = "".join([*PINNED.values(), *(script.read_text() for script in scripts)])
    out = cache_folder() / "receivers" / f"{hashlib.sha256(recipe.encode()).hexdigest()[:20]}.json"
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        path = os.pathsep.join([*(str(package(name).parent) for name in NAMES), str(MODELS)])
        environment = {
            **os.environ,
            "PYTHONPATH": path,
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        part = out.with_suffix(".part")
        command = [python("torch"), str(MODELS / "launch.py"), "torch", str(TRACE), str(part)]
        subprocess.run(command, env=environment, check=True)
        part.rename(out)
    return json.loads(out.read_text())


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def places_of(name: str, records: list[Record]) -> list[Place]:
    """The traced places of one package with what is inferred for them."""
    root = package(name).parent
    files = {module_name(path, root): path for path in python_files(name)}
    packages = frozenset(module for module, path in files.items() if path.stem == "__init__")
    project = ProjectIndex({module: path.read_text("utf-8") for module, path in files.items()}, packages)
    places: list[Place] = []
    by_file: dict[str, list[Record]] = {}
    for record in records:
        by_file.setdefault(record[0], []).append(record)
    for file, found in sorted(by_file.items()):
        text, relative = Path(file).read_text("utf-8"), str(Path(file).relative_to(root))
        accesses = inspect_source(text, filename=relative, project=project)
        index = {(a.line, a.column, a.attribute): a for a in accesses}
        for _, line, column, attribute, types in found:
            access = index.get((line, column, attribute))
            places.append(
                Place(str(Path(file).relative_to(root)), line, column, attribute, tuple(types), access)
            )
    return places


def compare(jobs: int = 2) -> dict[str, list[Place]]:
    """All traced places by package."""
    grouped: dict[str, list[Record]] = {}
    roots = {
        str(package(name)) + os.sep: name
        for name in dict.fromkeys(n for need in NEEDS.values() for n in need)
    }
    for record in trace():
        name = next(name for root, name in roots.items() if record[0].startswith(root))
        grouped.setdefault(name, []).append(record)
    with ProcessPoolExecutor(jobs) as pool:
        return dict(zip(grouped, pool.map(places_of, grouped, grouped.values()), strict=True))


def report(by_package: dict[str, list[Place]]) -> Iterator[str]:
    """The table, the wrong ones, and what is most often unknown."""
    everything = [place for places in by_package.values() for place in places]
    yield f"{'package':22}{'receivers':>10}{'known':>8}{'share':>8}{'wrong':>7}{'harmful':>9}"
    for name, places in [*by_package.items(), ("all", everything)]:
        known, wrong = sum(p.known for p in places), sum(p.wrong for p in places)
        harmful = sum(p.harmful for p in places)
        yield f"{name:22}{len(places):10}{known:8}{known / len(places):8.1%}{wrong:7}{harmful:9}"
    kinds = Counter(word(found) for place in everything for found in place.types)
    for kind, count in kinds.most_common():
        known = sum(place.known for place in everything if kind in map(word, place.types))
        yield f"    {kind:18}{count:10}{known:8}{known / count:8.1%}"
    for place in everything:
        if place.wrong:
            fault = "HARMFUL" if place.harmful else "wrong"
            where = f"{place.file}:{place.line}:{place.column} .{place.attribute}"
            yield f"{fault} {where} is {', '.join(place.types)}, inferred {place.inferred}"
    unknown = Counter((word(place.types[0]), place.attribute) for place in everything if not place.known)
    for (found, attribute), count in unknown.most_common(30):
        yield f"unknown {count:5} times: {found}.{attribute}"
