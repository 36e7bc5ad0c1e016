"""Converts the packages, runs the trials of both sides in their own processes, and compares the results."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.corpora.packages import PINNED, cache_folder, package

from .cases import CASES, Case

HERE = Path(__file__).parent
NEEDS = {
    "vit_pytorch": ("vit_pytorch", "torchvision"),
    "x_transformers": ("x_transformers", "torch_einops_utils"),
    "timm": ("timm", "torchvision"),
    "torchvision": ("torchvision",),
    "linformer": ("linformer",),
    "local_attention": ("local_attention", "hyper_connections", "torch_einops_utils"),
    "g_mlp_pytorch": ("g_mlp_pytorch",),
    "segmentation_models_pytorch": ("segmentation_models_pytorch", "timm", "torchvision"),
}
TIMEOUT = 300
# Relative differences above these mean that a model is not the same.
LIMITS = {"eval": 1e-4, "gradient": 1e-2, "statistics": 1e-4, "sgd": 1e-3, "adamw": 1e-3}


def python(side: str) -> str:
    """The interpreter of a side; both frameworks may also be installed in this one."""
    return os.environ.get(f"PACONVERT_{side.upper()}_PYTHON", sys.executable)


@dataclass
class Outcome:
    """The comparison of one model: the worst relative difference of each kind, or an error."""

    name: str
    error: str = ""
    differences: dict[str, float] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        return not self.error and all(value <= LIMITS[kind] for kind, value in self.differences.items())


def convert(source: Path, target: Path) -> None:
    """Runs the command line as a user would."""
    command = [
        sys.executable,
        "-m",
        "paconvert",
        "-i",
        str(source),
        "-o",
        str(target),
        "--log_level",
        "ERROR",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 1:  # a file could not be converted; the others were
        print(done.stdout.partition("failed:")[2], done.stderr, file=sys.stderr)
    elif done.returncode:
        raise RuntimeError(done.stderr)


def convert_packages(names: Iterable[str], folder: Path) -> None:
    """Writes `folder/NAME` for each package, and the converted trial beside them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in names:
        convert(package(name), folder / name)
    with tempfile.TemporaryDirectory() as scripts:
        for script in ("trial.py", "cases.py"):
            shutil.copy(HERE / script, scripts)
        convert(Path(scripts), folder / "scripts")


def run_side(side: str, cases: Sequence[Case], folder: Path, path: Sequence[Path]) -> None:
    """Runs the cases one after the other in one process, and in a new one after a crash or time-out."""
    script = (HERE if side == "torch" else folder / "converted" / "scripts") / "trial.py"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "OMP_NUM_THREADS": "1"}
    left = [case.name for case in cases]
    while left:
        command = [python(side), str(HERE / "launch.py"), side, str(script), str(folder), side, *left]
        with (folder / f"{cases[0].package}.{side}.log").open("a+") as log:
            process = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
            current = _follow(process, left)
            if process.returncode == 0:
                return
            log.seek(0)
            reason = f"exit code {process.returncode} (or no progress for {TIMEOUT} s)\n{log.read()[-2000:]}"
        if current is None:  # it did not get to the first case: the others would fail alike
            for name in left:
                (folder / f"{name}.{side}.error").write_text(reason)
            return
        (folder / f"{current}.{side}.error").write_text(reason)


def _follow(process: subprocess.Popen[str], left: list[str]) -> str | None:
    """Reads the trial's progress until it ends; takes what began off `left`. Returns the case it died in."""
    assert process.stdout is not None
    current = None
    timer = threading.Timer(TIMEOUT, process.kill)
    timer.start()
    for line in process.stdout:
        word, _, rest = line.partition(" ")
        if word == "start":
            current = rest.strip()
            left.remove(current)
        elif word in ("done", "failed"):
            current = None
            timer.cancel()
            timer = threading.Timer(TIMEOUT, process.kill)
            timer.start()
    process.wait()
    timer.cancel()
    return current


def relative(actual: np.ndarray, expected: np.ndarray) -> float:
    """The worst difference, relative to the largest expected value."""
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return float("inf")
    difference = float(np.max(np.abs(actual.astype("float64") - expected), initial=0.0))
    scale = float(np.max(np.abs(expected), initial=0.0))
    return difference / max(scale, 1e-12) if np.isfinite(difference) else float("inf")


def gradient_difference(actual: np.ndarray, expected: np.ndarray, floor: float) -> float:
    """As `relative`, but gradients that are nothing but rounding do not count."""
    if actual.shape == expected.shape and np.max(np.abs(expected), initial=0.0) < floor:
        return 0.0 if np.max(np.abs(actual), initial=0.0) < 10 * floor else float("inf")
    return relative(actual, expected)


def compare(case: Case, folder: Path) -> Outcome:
    """Compares the results of both sides."""
    for side in ("torch", "paddle"):
        error = folder / f"{case.name}.{side}.error"
        if error.exists():
            return Outcome(case.name, f"{side}: {error.read_text().strip()}")
    expected = dict(np.load(folder / f"{case.name}.torch.npz"))
    actual = dict(np.load(folder / f"{case.name}.paddle.npz"))
    missing = expected.keys() ^ actual.keys()
    if missing:
        return Outcome(case.name, f"only on one side: {sorted(missing)[:5]}")
    largest = max(
        np.max(np.abs(value), initial=0.0) for name, value in expected.items() if name.startswith("gradient/")
    )
    differences: dict[str, float] = {}
    for name, value in expected.items():
        kind = name.partition("/")[0]
        if kind == "gradient":
            difference = gradient_difference(actual[name], value, 1e-5 * float(largest))
        else:
            difference = relative(actual[name], value)
        differences[kind] = max(differences.get(kind, 0.0), difference)
    return Outcome(case.name, differences=differences)


def torch_folder(cases: Sequence[Case], path: Sequence[Path], work: Path) -> None:
    """Puts torch's results into `work`: from the cache where nothing changed, else by running."""
    recipe = "".join(
        [
            *sorted(PINNED.values()),
            python("torch"),
            *((HERE / f).read_text() for f in ("trial.py", "launch.py")),
        ]
    )
    cache = cache_folder() / "models"
    cache.mkdir(parents=True, exist_ok=True)

    def stem(case: Case) -> Path:
        return cache / hashlib.sha256((recipe + repr(case)).encode()).hexdigest()[:20]

    kinds = ("weights", "torch")
    missing = []
    for case in cases:
        kept = [stem(case).with_suffix(f".{kind}.npz") for kind in kinds]
        if all(file.exists() for file in kept):
            for kind, file in zip(kinds, kept, strict=True):
                shutil.copy(file, work / f"{case.name}.{kind}.npz")
        else:
            missing.append(case)
    if missing:
        run_side("torch", missing, work, path)
    for case in missing:
        if (work / f"{case.name}.torch.npz").exists():
            for kind in kinds:
                shutil.copy(work / f"{case.name}.{kind}.npz", stem(case).with_suffix(f".{kind}.npz"))


def run_models(
    cases: Sequence[Case] = CASES, *, work: Path, jobs: int = 2, reuse: bool = False
) -> list[Outcome]:
    """Everything for these cases, in the folder `work`; `reuse` takes the conversions that are there."""
    work.mkdir(parents=True, exist_ok=True)
    for pattern in ("*.npz", "*.error", "*.log"):
        for stale in work.glob(pattern):
            stale.unlink()
    groups = [[case for case in cases if case.package == name] for name in NEEDS]
    groups = [group for group in groups if group]
    needed = dict.fromkeys(name for group in groups for name in NEEDS[group[0].package])
    converted = work / "converted"
    if not reuse:
        convert_packages(needed, converted)
    sources = [package(name).parent for name in needed]

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda group: torch_folder(group, [*sources, HERE], work), groups))
        paths = [converted, converted / "scripts"]
        list(pool.map(lambda group: run_side("paddle", group, work, paths), groups))
    return [compare(case, work) for case in cases]


def table(outcomes: Sequence[Outcome]) -> str:
    """One line for each model, and the count."""
    kinds = list(LIMITS)
    lines = [f"{'model':52}" + "".join(f"{kind:>12}" for kind in kinds) + "  result"]
    for outcome in outcomes:
        cells = "".join(
            f"{outcome.differences[k]:12.1e}" if k in outcome.differences else f"{'-':>12}" for k in kinds
        )
        word = "equal" if outcome.equal else "error" if outcome.error else "DIFFERS"
        lines.append(f"{outcome.name:52}{cells}  {word}")
        if outcome.error:
            lines.append("    " + outcome.error.splitlines()[-1][:160])
    equal = sum(outcome.equal for outcome in outcomes)
    silent = sum(not outcome.equal and not outcome.error for outcome in outcomes)
    lines.append(f"{equal} of {len(outcomes)} models compute the same; {silent} run but differ")
    return "\n".join(lines)
