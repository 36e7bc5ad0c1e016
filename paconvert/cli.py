"""The command line. Heavy modules are imported where they are used: `paconvert --version` must be quick."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from paconvert.project.cache import Cache
    from paconvert.project.engine import Engine
    from paconvert.project.records import ProjectReport
    from paconvert.project.run import Progress
    from paconvert.records import Access, Options

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
STDIN = "-"
_EPILOG = """\
`paconvert inspect FILE` shows what each attribute and call of a file is taken for.
`paconvert explain NAME` shows what an API of torch becomes.
`paconvert coverage` shows how many of torch's names there are rules for.
Exit codes: 0 done; 1 done, but something failed or was refused under --check or --strict; 2 wrong use."""


def main(arguments: Sequence[str] | None = None, engine: Engine | None = None) -> int:
    """Runs the command line and gives its exit code.

    Args:
        arguments: what stands after the program's name.
        engine: the converter.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        command = COMMANDS.get(given[0]) if given else None
        return command(given[1:]) if command else _convert(_parser().parse_args(given), engine)
    except KeyboardInterrupt:
        print("paconvert: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paconvert",
        description="Converts PyTorch source code to PaddlePaddle.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    option = parser.add_argument
    option("source", nargs="?", metavar="SRC", help="the file or folder to convert; - for standard input")
    option(*_both("in_dir", "-i"), metavar="SRC", help="the same, as an option")
    option(
        *_both("out_dir", "-o"), metavar="DST", help="where the output goes: for a folder, a new or empty one"
    )
    option(
        *_both("exclude", "-e"),
        metavar="REGEX,...",
        default="",
        help="leave out files and folders with a match of one of these in their path from SRC",
    )
    option(
        *_both("exclude_packages"),
        metavar="NAME,...",
        default="",
        help="leave the APIs of these packages alone",
    )
    option("--jobs", type=_count, metavar="N", help="number of processes (default: one for each core)")
    option(*_both("no_cache"), action="store_true", help="neither use nor keep results of other runs")
    option("--force", action="store_true", help="write also where something is: the same names are replaced")
    option("--diff", action="store_true", help="print the changes as a unified diff and write nothing")
    option("--check", action="store_true", help="exit with 1 if anything would stay unsupported")
    option("--strict", action="store_true", help="like --check, and also if anything is only assumed")
    option("--mark", choices=("comment", "arrow"), default="comment", help="how unsupported code is marked")
    option(*_both("paddle_version"), type=_release, metavar="X.Y.Z", help="the Paddle release to convert for")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", action="store_true", help="format the changed lines with black")
    form.add_argument(*_both("no_format"), action="store_true", help="do not (the default)")
    option("--report", metavar="FILE.json", help="write all that was found to a file")
    option(*_both("log_dir"), metavar="DIR", help="write a log file to this folder")
    option(*_both("log_level"), type=str.upper, choices=("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
    option(*_both("show_all_api"), action="store_true", help="list the APIs that SRC uses")
    option(*_both("show_unsupport_api"), action="store_true", help="list those of them that stay unsupported")
    option(
        *_both("run_check"), action="store_true", help="convert a small program to see that all is installed"
    )
    option("--version", action=_Version, nargs=0, help="print the version and exit")
    return parser


def _both(name: str, *short: str) -> tuple[str, ...]:
    """An option in the spelling with underscores and in that with dashes."""
    spellings = [f"--{name}"]
    if "_" in name:
        spellings.append(f"--{name.replace('_', '-')}")
    return (*short, *spellings)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _release(text: str) -> str:
    if not all(part.isdigit() for part in text.split(".")):
        raise ValueError
    return text


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *unused: object) -> NoReturn:
        from paconvert import __version__

        print(f"paconvert {__version__}")
        parser.exit()


class _Refused(Exception):
    """Wrong use; the message says how."""


def _convert(arguments: argparse.Namespace, engine: Engine | None) -> int:
    from paconvert.project.errors import UsageError, WriteError

    try:
        with _terminable():
            return run(arguments, engine)
    except (_Refused, UsageError) as error:
        print(f"paconvert: {error}", file=sys.stderr)
        return WRONG_USE
    except WriteError as error:
        print(f"paconvert: {error}", file=sys.stderr)
        return FAILED


@contextmanager
def _terminable() -> Iterator[None]:
    """Lets a request to terminate clean up like any other end."""

    def stop(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    try:
        before = [(number, signal.signal(number, stop)) for number in numbers]
    except ValueError:  # not the main thread
        before = []
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def run(arguments: argparse.Namespace, engine: Engine | None) -> int:
    """Converts as the arguments say."""
    if arguments.run_check:
        return _run_check()
    if arguments.source and arguments.in_dir:
        raise _Refused(f"two inputs are given: '{arguments.source}' and '{arguments.in_dir}'")
    source = arguments.source or arguments.in_dir
    if not source:
        raise _Refused("nothing to convert is given; usage: paconvert SRC -o DST (see --help)")
    if arguments.diff and arguments.out_dir:
        raise _Refused("--diff writes nothing: leave -o away")
    if source == STDIN:
        return _convert_stdin(arguments, engine)
    if not os.path.lexists(source):
        raise _Refused(f"the input '{source}' does not exist")
    return (
        _convert_folder(arguments, source, engine)
        if os.path.isdir(source)
        else _convert_file(arguments, source, engine)
    )


def _options(arguments: argparse.Namespace) -> Options:
    from paconvert.records import Mark, Options

    chosen = {"paddle_version": arguments.paddle_version} if arguments.paddle_version else {}
    return Options(
        mark=Mark(arguments.mark), exclude_packages=tuple(_listed(arguments.exclude_packages)), **chosen
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _writes_nothing(arguments: argparse.Namespace) -> bool:
    return bool(
        arguments.diff
        or arguments.check
        or arguments.strict
        or arguments.show_all_api
        or arguments.show_unsupport_api
    )


def _convert_folder(arguments: argparse.Namespace, source: str, engine: Engine | None) -> int:
    from paconvert.project.convert import convert_project
    from paconvert.project.output import Nowhere

    if not arguments.out_dir and not _writes_nothing(arguments):
        raise _Refused(f"'{source}' is a folder: say with -o where the output goes, or use --diff or --check")
    output = Nowhere()
    with _progress() as progress:
        report = convert_project(
            source,
            arguments.out_dir,
            options=_options(arguments),
            exclude=_listed(arguments.exclude),
            jobs=arguments.jobs,
            cache=None if arguments.no_cache else _cache(),
            force=arguments.force,
            format=arguments.format,
            progress=progress,
            output=output,
            engine=engine,
        )
    if arguments.diff:
        for path, (before, after) in sorted(output.changes.items()):
            _print_diff(path, before, after)
    return _finish(arguments, report)


def _convert_file(arguments: argparse.Namespace, source: str, engine: Engine | None) -> int:
    from paconvert.project.single import convert_bytes, file_target, write_converted
    from paconvert.project.write import check_target

    path = Path(source)
    target = file_target(path, arguments.out_dir) if arguments.out_dir else None
    if target is not None:
        check_target(path, target, arguments.force)
    try:
        data = path.read_bytes()
    except OSError as error:
        print(f"paconvert: cannot read '{source}': {error.strerror or error}", file=sys.stderr)
        return FAILED
    result, report = convert_bytes(
        data, source, options=_options(arguments), format=arguments.format, path=path, engine=engine
    )
    if target is not None:
        write_converted(path, target, result, arguments.force)
        report = _with_target(report, target)
    elif arguments.diff:
        _print_diff(source, data, result)
    elif not _writes_nothing(arguments):
        _write_stdout(result)
        return _finish(arguments, report, sys.stderr)
    return _finish(arguments, report)


def _convert_stdin(arguments: argparse.Namespace, engine: Engine | None) -> int:
    from paconvert.project.single import convert_bytes
    from paconvert.project.write import replace_file

    data = sys.stdin.buffer.read()
    result, report = convert_bytes(
        data, "<stdin>", options=_options(arguments), format=arguments.format, engine=engine
    )
    if arguments.out_dir:
        target = Path(arguments.out_dir)
        if target.is_dir() or (target.exists() and not arguments.force):
            raise _Refused(f"the output '{target}' exists; use --force to replace a file")
        replace_file(target, result, 0o644)
        return _finish(arguments, _with_target(report, target))
    if arguments.diff:
        _print_diff("<stdin>", data, result)
    elif not _writes_nothing(arguments):
        _write_stdout(result)
    return _finish(arguments, report, sys.stderr)


def _with_target(report: ProjectReport, target: Path) -> ProjectReport:
    from dataclasses import replace

    return replace(report, target=str(target))


def _write_stdout(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _print_diff(path: str, before: bytes, after: bytes) -> None:
    import difflib

    name = path.lstrip("/")
    old, new = (data.decode("utf-8", "surrogateescape").splitlines(keepends=True) for data in (before, after))
    for line in difflib.unified_diff(old, new, f"a/{name}" if old else os.devnull, f"b/{name}"):
        whole = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        sys.stdout.buffer.write(whole.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _cache() -> Cache:
    from paconvert.project.cache import Cache, default_folder

    return Cache(default_folder())


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A progress bar when standard error is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    # No refreshing thread: worker processes are forked while the bar is there.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, count: int, path: str) -> None:
            bar.update(task, completed=done, total=count, description=path)
            if done == count or done % 10 == 0:
                bar.refresh()

        yield show


def _finish(arguments: argparse.Namespace, report: ProjectReport, stream: object = None) -> int:
    """Prints and writes what is asked for, and gives the exit code."""
    from paconvert import __version__
    from paconvert.records import Level
    from paconvert.report.document import to_json
    from paconvert.report.log import write_log
    from paconvert.report.summary import api_lines, print_lines, summary_lines

    out = sys.stderr if arguments.diff or stream is sys.stderr else sys.stdout
    if arguments.show_all_api:
        for level in (Level.CONVERTED, Level.ASSUMED):
            print_lines(api_lines(f"{level.value}:", report.by_api(level), sys.maxsize), out)
    everything = arguments.show_all_api or arguments.show_unsupport_api
    print_lines(summary_lines(report, sys.maxsize) if everything else summary_lines(report), out)
    try:
        if arguments.report:
            from paconvert.project.write import replace_file

            replace_file(Path(arguments.report), to_json(report, __version__).encode(), 0o644)
        if arguments.log_dir:
            write_log(report, Path(arguments.log_dir), arguments.log_level)
    except OSError as error:
        print(f"paconvert: cannot write the log: {error.strerror or error}", file=sys.stderr)
        return FAILED
    summary = report.summary
    refused = (arguments.check or arguments.strict) and summary.unsupported
    refused = refused or (arguments.strict and summary.assumed)
    return FAILED if report.failed or refused else DONE


_SAMPLE = """\
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)  # this comment stays

    def forward(self, x):
        return self.layer(x)


print(Net()(torch.ones(1, 4)).shape)
"""


def _run_check() -> int:
    from paconvert.project.single import convert_bytes
    from paconvert.records import Options
    from paconvert.report.summary import print_lines, summary_lines

    result, report = convert_bytes(_SAMPLE.encode(), "sample", options=Options())
    code = result.decode()
    summary = report.summary
    if (
        report.failed
        or not summary.converted
        or "import paddle" not in code
        or "# this comment stays" not in code
    ):
        print_lines(summary_lines(report), sys.stderr)
        print("paconvert: the installation does not work: the sample was not converted", file=sys.stderr)
        return FAILED
    print("paconvert works: the sample was converted")
    return DONE


def _inspect(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="paconvert inspect",
        description="Shows what each attribute and call of a file is taken for, and why it converts or not.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="a list of records in JSON")
    arguments = parser.parse_args(given)
    return inspect(Path(arguments.file), arguments.json)


def inspect(path: Path, as_json: bool) -> int:
    """Prints one record for each attribute and call of a file, seen together with its project."""
    from paconvert.api import inspect_source
    from paconvert.inference.project import ProjectIndex
    from paconvert.project.errors import UsageError
    from paconvert.project.single import read_source, surroundings
    from paconvert.project.text import DecodeError

    try:
        source = read_source(path)[1]
    except UsageError as error:
        print(f"paconvert: {error}", file=sys.stderr)
        return WRONG_USE
    except DecodeError as error:
        print(f"paconvert: {path} cannot be decoded: {error}", file=sys.stderr)
        return FAILED
    around = surroundings(path, source.text)
    index = ProjectIndex(around.sources, around.packages)
    try:
        records = inspect_source(source.text, filename=around.filename, project=index)
    except Exception as error:  # a source that cannot be parsed, for one
        print(f"paconvert: {path}: {error}", file=sys.stderr)
        return FAILED
    _print_records(str(path), records, as_json)
    return DONE


def _print_records(path: str, records: Sequence[Access], as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        import json

        print(json.dumps([asdict(record) for record in records], indent=1))
        return
    for record in records:
        name = record.qualified_name or "-"
        print(
            f"{path}:{record.line}:{record.column}: .{record.attribute} of {record.type} "
            f"({record.confidence}): {name}: {record.decision}"
        )


def _explain(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="paconvert explain",
        description="Shows what an API of torch becomes: Paddle form, arguments, notes, an example, proof.",
        allow_abbrev=False,
    )
    parser.add_argument("name", metavar="NAME", help="as torch.nn.functional.relu, F.relu or Tensor.view")
    parser.add_argument("--json", action="store_true", help="the record in JSON")
    arguments = parser.parse_args(given)
    return explain(arguments.name, arguments.json)


def explain(text: str, as_json: bool) -> int:
    """Prints what is known about an API; for an unknown name the nearest ones."""
    from paconvert.catalog.data import load_proofs, load_public
    from paconvert.catalog.example import example_of
    from paconvert.catalog.names import find, nearest, qualified
    from paconvert.catalog.record import describe
    from paconvert.rules.load import Rules

    rules = Rules.load()
    wanted = qualified(text, rules)
    public = load_public()
    name = find(wanted, rules) or find(public.get(wanted) or wanted, rules)
    if not name:
        if wanted in public:
            print(
                f"paconvert: there is no rule for {wanted} yet: its uses are left and reported",
                file=sys.stderr,
            )
        else:
            print(f"paconvert: {wanted} is not known", file=sys.stderr)
        if near := nearest(wanted, rules.names()):
            print(f"  near it: {', '.join(near)}", file=sys.stderr)
        return FAILED
    proofs = load_proofs()
    description = describe(name, rules, proofs, example_of(name, rules, proofs.sample_of(name, rules)))
    if as_json:
        import json

        print(json.dumps(description.as_dict(), indent=1, ensure_ascii=False))
        return DONE
    from paconvert.catalog.terminal import console, print_description

    print_description(description, console())
    return DONE


def _coverage(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="paconvert coverage",
        description="Shows how much of torch's public API there are rules for, by namespace.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "prefix", nargs="?", metavar="NAMESPACE", default="", help="only this one and those below"
    )
    parser.add_argument("--json", action="store_true", help="the counts in JSON")
    arguments = parser.parse_args(given)
    return coverage(arguments.prefix, arguments.json)


def coverage(prefix: str, as_json: bool) -> int:
    """Prints counts of names by namespace and by what becomes of them."""
    from paconvert.catalog.coverage import load_entries, table, total
    from paconvert.catalog.data import load_proofs, load_public

    rows = table(load_entries(), load_public(), load_proofs().is_proven)
    rows = {
        space: row for space, row in rows.items() if f"{space}.".startswith(f"{prefix}." if prefix else "")
    }
    if not rows:
        print(f"paconvert: {prefix} is not a namespace that is known", file=sys.stderr)
        return FAILED
    if as_json:
        import json

        print(json.dumps({"total": total(rows), "namespaces": rows}, indent=1))
        return DONE
    from paconvert.catalog.terminal import console, print_coverage

    print_coverage(rows, total(rows), console())
    return DONE


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "inspect": _inspect,
    "explain": _explain,
    "coverage": _coverage,
}
