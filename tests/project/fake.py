"""A tiny converter: torch's name becomes Paddle's, and some words make it fail in known ways."""

import os
import re
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from paconvert.project.engine import Engine
from paconvert.records import Conversion, Diagnostic, Edit, Level, Options

LOG = "FAKE_LOG"  # names a file that gets one line for each conversion


def convert(source: str, *, filename: str, options: Options, project: Any) -> Conversion:
    if LOG in os.environ:
        with open(os.environ[LOG], "a") as file:
            file.write(filename + "\n")
    if "KILL_ME" in source:
        os.kill(os.getpid(), signal.SIGKILL)
    if "RAISE" in source:
        raise RuntimeError("no such rule")
    if "SLEEP" in source:
        time.sleep(30)
    if "SYNTAX" in source:
        return Conversion(source, diagnostics=(Diagnostic(Level.ERROR, "", 3, 1, "invalid syntax"),))
    edits, diagnostics, helpers = [], [], set()
    for match in re.finditer(r"(?<!['\"])\btorch(\.\w+)*", source):
        name = match.group()
        line = source.count("\n", 0, match.start()) + 1
        column = match.start() - (source.rfind("\n", 0, match.start()) + 1)
        if name.startswith("torch.fx"):
            diagnostics.append(
                Diagnostic(Level.UNSUPPORTED, name, line, column, "Paddle has none", "do without")
            )
            continue
        text = name.replace("torch", "paddle", 1)
        if name == "torch.helped":
            helpers.add("helped")
            text = "paddle_utils.helped"
        level = Level.ASSUMED if name.startswith("torch.maybe") else Level.CONVERTED
        edits.append(Edit(match.start(), match.end(), text, name, level))
        if name != "torch":
            note = "rounds otherwise" if name == "torch.differs" else ""
            diagnostics.append(Diagnostic(level, name, line, column, note))
    if helpers:
        newline = "\r\n" if "\r\n" in source else "\n"
        edits.insert(0, Edit(0, 0, (options.helpers_import or "# helpers") + newline))
    code, at = "", 0
    for edit in edits:
        code += source[at : edit.start] + edit.text
        at = edit.end
    return Conversion(code + source[at:], tuple(edits), tuple(diagnostics), frozenset(helpers))


def index(sources: Mapping[str, str], packages: frozenset[str]) -> Any:
    return {"sources": dict(sources), "packages": packages}


def helper_source(names: Iterable[str]) -> str:
    return "".join(f"def {name}(): ...\n" for name in names)


def packages() -> frozenset[str]:
    return frozenset({"torch"})


def fingerprint() -> str:
    return "fake"


ENGINE = Engine(convert, index, helper_source, packages, fingerprint)


def other_rules() -> Engine:
    return replace(ENGINE, fingerprint=lambda: "other")


def write_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files by path; gives the root."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def read_tree(root: Path) -> dict[str, bytes]:
    """All files of a folder by path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
