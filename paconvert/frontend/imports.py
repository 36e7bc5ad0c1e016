"""Import analysis on its own: what the names of a module mean, read from its text alone.

Works also on text that does not parse (unfinished code in an editor): import statements are found by their
shape,
outside strings and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from paconvert.frontend.text import STRING
from paconvert.records import ImportContext

_SKIP_OR_IMPORT = re.compile(
    rf"(?P<skip>{STRING}|\#[^\n]*)"
    r"|(?P<import>(?:(?<=\n)|(?<=\r)|\A\ufeff?|(?<=[;:]))[ \t\f]*(?:import[ \t\\]|from[ \t.\\]))",
    re.DOTALL,
)
_CONTINUATION = re.compile(r"\\\r?\n")
_COMMENT_OR_CONTINUATION = re.compile(rf"#[^\n]*|{_CONTINUATION.pattern}")
_DOT = re.compile(r"\s*\.\s*")
_FROM = re.compile(r"\s*from\b\s*(\.*\s*[\w.]*)\s*\bimport\b\s*\(?([^)]*)\)?\s*\Z", re.DOTALL)
_CLAUSE = re.compile(r"\s*([\w.]+|\*)(?:\s+as\s+(\w+))?\s*\Z")


@dataclass(frozen=True, slots=True)
class ImportedName:
    """One name of an import statement.

    Attributes:
        module: the module after `from`, with its leading dots; empty for `import`.
        name: the imported name, dotted for `import a.b`.
        asname: the name after `as`.
    """

    module: str
    name: str
    asname: str = ""


def imported_names(text: str) -> Iterator[ImportedName]:
    """All names that import statements anywhere in the text bring in, in order."""
    text = _joined(text)
    # Behind the last of these nothing need be looked at, and imports are mostly at the top.
    last = max((at for at, _ in _candidates(text)), default=-1)
    for match in _SKIP_OR_IMPORT.finditer(text):
        if match.start() > last:
            break
        if match.lastgroup == "import":
            yield from parse_import(_logical_line(text, match.start("import")))


# What stands before the word `import` in its line: the begin of a statement, or its `from`
_BEFORE = re.compile(r"(?:^|(?<=[\n\r;:]))[ \t\f\ufeff]*(from[ \t\f.][\w. \t\f]*(?<=[ \t\f.]))?\Z")
_STATEMENT = re.compile(r"(?:from[\w. \t\f]+)?import\b(?:\((?:#[^\n]*|[^)#])*\)|\\\r?\n|[^\n\r#;\\(])*")


def quick_names(text: str) -> Iterator[ImportedName]:
    """Like `imported_names`, ten times as fast, but statements inside docstrings count as well."""
    text = _joined(text)
    for at, before in _candidates(text):
        statement = _STATEMENT.match(text, at if before.group(1) is None else before.start(1))
        if statement:
            yield from parse_import(statement.group())


def _candidates(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Where the word `import` stands as in a statement, and what stands before it in its line."""
    at = text.find("import")
    while at >= 0:
        line = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
        before = _BEFORE.search(text, line, at)
        if before:
            yield at, before
        at = text.find("import", at + len("import"))


def _joined(text: str) -> str:
    """The text with its continued lines made one; a backslash that ends a comment continues nothing."""
    if "\\\n" not in text and "\\\r\n" not in text:
        return text
    pieces, done = [], 0
    for match in _CONTINUATION.finditer(text):
        at = match.start()
        line = max(text.rfind("\n", done, at), text.rfind("\r", done, at), done - 1) + 1
        if text.find("#", line, at) < 0:
            pieces.append(text[done:at])
            done = match.end()
    return " ".join([*pieces, text[done:]])


def _logical_line(text: str, start: int) -> str:
    """The import statement that begins at `start`, to the end of its line or of its brackets."""
    end = start
    depth = 0
    while end < len(text):
        character = text[end]
        if character == "#":
            newline = text.find("\n", end)
            end = len(text) if newline < 0 else newline
            continue
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth <= 0:
                end += 1
                break
        elif character in "\r\n":
            if depth == 0:
                break
            rest = text[end + 1 :].lstrip()[:7]
            if depth and (rest.startswith(("import ", "from ", "class ", "def "))):
                break  # the bracket was never closed
        elif character == ";" and depth == 0:
            break
        end += 1
    return text[start:end]


def parse_import(statement: str) -> Iterator[ImportedName]:
    """The names of one import statement, given as text."""
    text = _DOT.sub(".", _COMMENT_OR_CONTINUATION.sub(" ", statement).lstrip("\ufeff"))
    match = _FROM.match(text)
    if match:
        module = match.group(1).replace(" ", "")
        for clause in match.group(2).split(","):
            part = _CLAUSE.match(clause)
            if part and module:
                yield ImportedName(module, part.group(1), part.group(2) or "")
    elif text.lstrip().startswith("import"):
        for clause in text.strip().removeprefix("import").split(","):
            part = _CLAUSE.match(clause)
            if part:
                yield ImportedName("", part.group(1), part.group(2) or "")


def absolute_module(module: str, importer: str, is_package: bool) -> str:
    """The absolute name of `module` as imported from the module `importer` (`..a` from `p.q.r` is `p.a`)."""
    dots = len(module) - len(module.lstrip("."))
    if not dots:
        return module
    parts = importer.split(".") if importer else []
    if not is_package:
        parts = parts[:-1]
    parts = parts[: len(parts) - (dots - 1)] if dots > 1 else parts
    tail = module.lstrip(".")
    return ".".join([*parts, tail] if tail else parts) or module


def bindings(imported: ImportedName, importer: str = "", is_package: bool = False) -> Mapping[str, str]:
    """Local name → qualified name for one imported name (empty for a wildcard)."""
    if not imported.module:
        if imported.asname:
            return {imported.asname: imported.name}
        top = imported.name.partition(".")[0]
        return {top: top}
    if imported.name == "*":
        return {}
    module = absolute_module(imported.module, importer, is_package)
    return {imported.asname or imported.name: f"{module}.{imported.name}"}


def import_context(
    text: str, *, module: str = "", is_package: bool = False, conventions: Mapping[str, str] | None = None
) -> ImportContext:
    """The import context of a module, from its text, whether it parses or not.

    Args:
        text: the source of the module, or any piece of it.
        module: the module's dotted name, for relative imports.
        is_package: whether it is a package's `__init__`.
        conventions: names to assume when the text imports nothing of them (`{"F": "torch.nn.functional"}`).
    """
    return context_of(imported_names(text), module, is_package, conventions)


def context_of(
    imports: Iterable[ImportedName],
    module: str = "",
    is_package: bool = False,
    conventions: Mapping[str, str] | None = None,
) -> ImportContext:
    """The import context that imports make; the other arguments are `import_context`'s."""
    names: dict[str, str] = {}
    wildcards: list[str] = []
    for imported in imports:
        if imported.name == "*":
            wildcards.append(absolute_module(imported.module, module, is_package))
        for local, qualified in bindings(imported, module, is_package).items():
            names.setdefault(local, qualified)
    for local, qualified in (conventions or {}).items():
        names.setdefault(local, qualified)
    return ImportContext(names, module, is_package, tuple(wildcards))
