"""`python -m benchmarks`: how long conversions take, how much memory they need, and what start-up costs.

Times of whole commands include the start of the interpreter. Each is the best of `--repeat` runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.corpora.packages import package, python_files

LOADED = "import sys, paconvert; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
NEVER = {"torch", "paddle", "numpy", "libcst", "rich", "black", "multiprocessing", "jsonschema", "packaging"}


def measured(what: str, argument: Path) -> float:
    """One figure of `benchmarks.measure`, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.measure", what, str(argument)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Command:
    """The command line as a user calls it, with a cache of its own."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(work / "cache")}

    def convert(self, source: Path, *options: str) -> tuple[float, int]:
        """Seconds of wall time and the peak memory of the process in KiB."""
        target = self.work / "output"
        shutil.rmtree(target, ignore_errors=True)
        command = [sys.executable, "-m", "paconvert", "-i", str(source), "-o", str(target), *options]
        start = time.perf_counter()
        with open(os.devnull, "w") as null:
            process = subprocess.Popen(command, stdout=null, stderr=null, env=self.environment)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
        return time.perf_counter() - start, usage.ru_maxrss

    def fresh(self, source: Path) -> float:
        """Default settings, nothing in the cache."""
        shutil.rmtree(self.work / "cache", ignore_errors=True)
        return self.convert(source)[0]

    def start_up(self) -> float:
        """`paconvert --version`."""
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "paconvert", "--version"], check=True, capture_output=True)
        return time.perf_counter() - start


def file_of_about(lines: int, paths: list[Path]) -> Path:
    """The file whose length is nearest to that many lines."""
    return min(paths, key=lambda path: abs(path.read_bytes().count(b"\n") - lines))


def row(name: str, value: str, limit: str, holds: bool | None) -> None:
    """Prints one line of the table."""
    word = "" if holds is None else "holds" if holds else "MISSED"
    print(f"{name:58}{value:>12}{limit:>12}  {word}", flush=True)


def main() -> int:
    """Prints the table; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="without the run over all of transformers")
    arguments = parser.parse_args()
    models = package("timm") / "models"
    missed = 0

    def check(name: str, value: float, limit: float, shown: str, limit_shown: str) -> None:
        nonlocal missed
        missed += value > limit
        row(name, shown, limit_shown, value <= limit)

    with tempfile.TemporaryDirectory() as folder:
        command = Command(Path(folder))
        timed: dict[str, Callable[[], float]] = {
            "floor": lambda: measured("parse", models),
            "one": lambda: command.convert(models, "--jobs", "1", "--no-cache")[0],
            "default": lambda: command.fresh(models),
            "second": lambda: command.convert(models)[0],
            "round trip": lambda: measured("round_trip", models),
        }
        # in turns, so that a busy moment of the machine hits all of them alike
        runs: dict[str, list[float]] = {name: [] for name in timed}
        for _ in range(arguments.repeat):
            for name, function in timed.items():
                runs[name].append(function())
        best = {name: min(seconds) for name, seconds in runs.items()}
        floor = best["floor"]

        lines = sum(path.read_bytes().count(b"\n") for path in models.rglob("*.py"))
        row(f"timm/models, {lines} lines", "measured", "at most", None)
        row("libcst.parse_module over whole files, one process", f"{floor:.2f} s", "", None)
        check(
            "conversion, one process, no cache / parsing",
            best["one"] / floor,
            1.0,
            f"{best['one'] / floor:.2f}",
            "1.00",
        )
        check(
            f"conversion, default settings, {os.cpu_count()} cores / parsing",
            best["default"] / floor,
            0.6,
            f"{best['default'] / floor:.2f}",
            "0.60",
        )
        check(
            "second run, nothing changed / parsing",
            best["second"] / floor,
            0.1,
            f"{best['second'] / floor:.2f}",
            "0.10",
        )
        row(
            "ast and astor round trip, comments lost / parsing", f"{best['round trip'] / floor:.2f}", "", None
        )

        file = file_of_about(2000, [*models.rglob("*.py")])
        seconds = min(measured("selection", file) for _ in range(arguments.repeat))
        check(
            f"a selection in {file.name} (about 2,000 lines)",
            seconds,
            0.05,
            f"{seconds * 1e3:.0f} ms",
            "50 ms",
        )

        seconds = min(command.start_up() for _ in range(10))
        check("paconvert --version", seconds, 0.15, f"{seconds:.3f} s", "0.150 s")
        loaded = subprocess.run(
            [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True
        ).stdout.split()
        needless = NEVER.intersection(loaded)
        missed += bool(needless)
        row(
            "import paconvert: packages that it should not load",
            ", ".join(sorted(needless)) or "none",
            "none",
            not needless,
        )

        if not arguments.quick:
            files = python_files("transformers")
            seconds, memory = command.convert(package("transformers"), "--jobs", "1", "--no-cache")
            name = f"peak memory, one process, transformers ({len(files)} files, {seconds:.0f} s)"
            check(name, memory / 1024, 600, f"{memory / 1024:.0f} MB", "600 MB")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
