"""What a conversion must never do to a file, counted: crash, lose a comment, change what is not torch's."""

from __future__ import annotations

import ast
import io
import time
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from paconvert import Conversion, Options, convert

KINDS = ("crashed", "unparsable", "comments lost", "unrecorded", "no API", "unstable")
OPTIONS = Options(helpers_import="import paddle_utils")


@dataclass(frozen=True)
class Finding:
    """The faults of one file by kind, each with a few words."""

    file: str
    lines: int = 0
    seconds: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)


def comments(source: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return Counter(token.string.strip() for token in tokens if token.type == tokenize.COMMENT)


def applied(source: str, conversion: Conversion) -> str:
    """The source with the recorded edits."""
    parts, position = [], 0
    for edit in conversion.edits:
        parts += [source[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, source[position:]])


def import_spans(source: str, tree: ast.AST) -> list[tuple[int, int]]:
    """First and last lines of the import statements."""
    return [
        (n.lineno, n.end_lineno or n.lineno)
        for n in ast.walk(tree)
        if isinstance(n, (ast.Import, ast.ImportFrom))
    ]


def without_api(source: str, tree: ast.AST, conversion: Conversion) -> str:
    """The first edit that replaces text and stands neither for an API nor in an import statement."""
    spans = import_spans(source, tree)
    for edit in conversion.edits:
        if edit.rule or edit.start == edit.end:
            continue
        line = source.count("\n", 0, edit.start) + 1
        if not any(first <= line <= last for first, last in spans):
            return f"line {line}: {source[edit.start : edit.end]!r} became {edit.text!r}"
    return ""


def faults_of(source: str, filename: str) -> dict[str, str]:
    """Converts the source twice and says what is wrong, by kind."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        tree = None  # newer syntax than this interpreter's, or not Python at all
    try:
        conversion = convert(source, filename=filename, options=OPTIONS)
    except Exception as error:
        return {"crashed": f"{type(error).__name__}: {error}"}
    faults = {}
    if applied(source, conversion) != conversion.code:
        faults["unrecorded"] = "the edits do not make the output"
    if tree is None:
        return faults
    try:
        ast.parse(conversion.code)
    except SyntaxError as error:
        return {**faults, "unparsable": f"line {error.lineno}: {(error.text or '').strip()[:100]}"}
    lost = comments(source) - comments(conversion.code)
    if lost:
        faults["comments lost"] = next(iter(lost))[:100]
    if stray := without_api(source, tree, conversion):
        faults["no API"] = stray[:160]
    try:
        again = convert(conversion.code, filename=filename, options=OPTIONS).code
    except Exception as error:
        again = f"{type(error).__name__}: {error}"
    if again != conversion.code:
        faults["unstable"] = first_difference(conversion.code, again)
    return faults


def first_difference(first: str, second: str) -> str:
    for number, (a, b) in enumerate(zip(first.splitlines(), second.splitlines(), strict=False), 1):
        if a != b:
            return f"line {number}: {a.strip()[:70]!r} became {b.strip()[:70]!r}"
    return "one is longer"


def check_file(path: Path) -> Finding:
    start = time.perf_counter()
    try:
        with tokenize.open(path) as file:
            source = file.read()
    except (SyntaxError, UnicodeDecodeError):
        return Finding(str(path))
    faults = faults_of(source, str(path))
    return Finding(str(path), source.count("\n") + 1, time.perf_counter() - start, faults)


def check_files(paths: Sequence[Path], *, jobs: int, seconds: float) -> Iterator[Finding]:
    """Checks the files in `jobs` processes, the longest first, until the time is over.

    A file that kills its process is a crash of that file alone.
    """
    deadline = time.monotonic() + seconds
    queue = sorted(paths, key=lambda path: path.stat().st_size)
    suspects: list[Path] = []
    while queue or suspects:
        with ProcessPoolExecutor(1 if suspects else jobs) as pool:
            running: dict[Future[Finding], Path] = {}
            try:
                while (queue or suspects or running) and time.monotonic() < deadline:
                    # after a crash the files that were running go one at a time: the guilty one stands alone
                    while (suspects and not running) or (not suspects and queue and len(running) < 4 * jobs):
                        path = suspects.pop() if suspects else queue.pop()
                        running[pool.submit(check_file, path)] = path
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
                        del running[future]
                return
            except BrokenProcessPool:
                if len(running) == 1:
                    yield Finding(str(next(iter(running.values()))), faults={"crashed": "the process died"})
                else:
                    suspects += running.values()


def table(by_package: dict[str, list[Finding]]) -> str:
    """One line for each package, then each fault with its place."""
    header = f"{'package':18}{'files':>7}{'lines':>10}{'seconds':>9}" + "".join(
        f"{kind:>15}" for kind in KINDS
    )
    rows, places = [header], []
    for name, findings in by_package.items():
        counts = [sum(kind in f.faults for f in findings) for kind in KINDS]
        lines, seconds = sum(f.lines for f in findings), sum(f.seconds for f in findings)
        rows.append(
            f"{name:18}{len(findings):7}{lines:10}{seconds:9.0f}" + "".join(f"{n:15}" for n in counts)
        )
        places += [f"{f.file}: {kind}: {what}" for f in findings for kind, what in f.faults.items()]
    return "\n".join([*rows, *places])


def sample(paths: Iterable[Path], count: int) -> list[Path]:
    """Evenly spread over the sorted files that name torch: the same ones in every run."""
    found = [path for path in paths if b"torch" in path.read_bytes()]
    step = max(1, len(found) // count)
    return found[::step][:count]
