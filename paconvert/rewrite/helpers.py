"""The helper injector: writes just the helpers that an output needs, with what they depend on."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from paconvert.frontend.parse import collector_held_off

_PACKAGE = "paconvert.helpers"
_DIRECTORY = Path(__file__).resolve().parent.parent / "helpers"
MODULE_NAME = "paddle_utils"
_DEFINED = re.compile(
    r"^(?:async def|def|class)[ ]+(\w+)|^(\w+(?:, \w+)*)(?::[^=\n]*)?[ ]*=(?!=)", re.MULTILINE
)
_HEADER = '''"""Helpers that give PyTorch's semantics in Paddle, written by paconvert."""

from __future__ import annotations
'''


@dataclass
class _Definition:
    """A top-level definition of a helper module."""

    name: str
    source: str
    module: str
    order: tuple[str, int]
    node: ast.stmt

    @cached_property
    def uses(self) -> set[str]:
        """The names that it reads from its module."""
        return _global_names(self.source)

    @cached_property
    def runs(self) -> set[str]:
        """The names that executing the definition reads."""
        return set(_names_run(self.node))


class _Library:
    """All helpers; a module is parsed when one of its definitions is needed.

    Attributes:
        modules: name of a definition → its module.
    """

    def __init__(self, directory: Path) -> None:
        self._texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.py"))}
        self._imports: dict[str, dict[str, str]] = {}
        self._definitions: dict[str, _Definition] = {}
        self.modules = {
            name: module
            for module, text in self._texts.items()
            for match in _DEFINED.finditer(text)
            for name in (match.group(1) or match.group(2)).replace(" ", "").split(",")
        }

    def definition(self, name: str) -> _Definition:
        """The definition of a name.

        Raises:
            KeyError: there is none.
        """
        module = self.modules[name]
        if module not in self._imports:
            self._imports[module] = {}
            with collector_held_off():
                _read(module, self._texts[module], self._definitions, self._imports[module])
        return self._definitions[name]

    def imports(self, definition: _Definition) -> dict[str, str]:
        """What its module imports from elsewhere: local name → import statement."""
        return self._imports[definition.module]


@lru_cache(maxsize=1)
def _library() -> _Library:
    return _Library(_DIRECTORY)


def _read(module: str, text: str, definitions: dict[str, _Definition], imports: dict[str, str]) -> None:
    """Adds what a module defines and imports."""
    lines = text.splitlines(keepends=True)
    for position, node in enumerate(ast.parse(text).body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                clause = alias.name + (f" as {alias.asname}" if alias.asname else "")
                imports[alias.asname or alias.name.partition(".")[0]] = f"import {clause}"
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").startswith(_PACKAGE) or node.module == "__future__":
                continue
            for alias in node.names:
                clause = alias.name + (f" as {alias.asname}" if alias.asname else "")
                imports[alias.asname or alias.name] = f"from {node.module} import {clause}"
        else:
            for name in _defined(node):
                start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
                start = _with_comments(lines, start)
                source = "".join(lines[start - 1 : node.end_lineno]).rstrip() + "\n"
                definitions[name] = _Definition(name, source, module, (module, position), node)


# Types and functions of Python, which a star import of a library of numbers may replace.
_BUILTINS = frozenset(name for name in dir(builtins) if name.islower() and not name.startswith("_"))


def _global_names(source: str) -> set[str]:
    """The names that the definition reads from its module, which parameters and local variables are not."""

    def visit(table: symtable.SymbolTable) -> Iterator[str]:
        at_top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (at_top or symbol.is_global()):
                yield symbol.get_name()
        for child in table.get_children():
            yield from visit(child)

    return set(visit(symtable.symtable(source, "<helper>", "exec")))


def _renamed(definition: _Definition, changes: Mapping[str, str]) -> str:
    """The definition with other names for itself and for the helpers that it uses."""
    source = definition.source
    inner = changes.keys() & definition.uses
    if not inner and definition.name not in changes:
        return source
    lines = source.splitlines(keepends=True)
    places = []
    tree = ast.parse(source)
    for name in _reads(tree, inner):
        places.append((name.lineno, name.col_offset, name.id))
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in changes:
            if match := re.match(r"(?:def|class)\s+", lines[node.lineno - 1]):
                places.append((node.lineno, match.end(), node.name))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in changes and target.id not in inner:
                    places.append((target.lineno, target.col_offset, target.id))
    for line, column, old in sorted(set(places), reverse=True):
        text = lines[line - 1].encode()
        end = column + len(old.encode())
        lines[line - 1] = (text[:column] + changes[old].encode() + text[end:]).decode()
    return "".join(lines)


def _reads(node: ast.AST, names: Set[str]) -> Iterator[ast.Name]:
    """Where names of the module are read: not where a parameter or a local variable is called the same."""
    if isinstance(node, ast.Name):
        if node.id in names:
            yield node
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        inside = [node.body] if isinstance(node, ast.Lambda) else node.body
        outside = [item for item in ast.iter_child_nodes(node) if item not in inside]
        own = {item.arg for item in ast.walk(node.args) if isinstance(item, ast.arg)}
        own.update(
            item.id
            for part in inside
            for item in ast.walk(part)
            if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)
        )
        for part in outside:
            yield from _reads(part, names)
        for part in inside:
            yield from _reads(part, names - own)
        return
    for child in ast.iter_child_nodes(node):
        yield from _reads(child, names)


def _with_comments(lines: list[str], start: int) -> int:
    while start > 1 and lines[start - 2].startswith("#"):
        start -= 1
    return start


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [item.id for target in node.targets for item in ast.walk(target) if isinstance(item, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def helper_names() -> frozenset[str]:
    """The names of all helpers."""
    return frozenset(_library().modules)


def closure(names: Iterable[str]) -> list[str]:
    """The helpers with all that they depend on, in an order in which each comes after what its definition
    runs.

    Raises:
        KeyError: there is no helper of that name.
    """
    library = _library()
    needed: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            pending.extend(library.definition(name).uses & library.modules.keys())
    ordered: dict[str, None] = {}
    entered: set[str] = set()

    def place(name: str) -> None:
        if name in entered:
            return
        entered.add(name)
        for used in _by_place(library.definition(name).runs & needed - {name}):
            place(used)
        ordered.setdefault(name)

    for name in _by_place(needed):
        place(name)
    return list(ordered)


def definitions_of(names: Iterable[str]) -> str:
    """The definitions of helpers and of all that they depend on, as they are written.

    Raises:
        KeyError: there is no helper of that name.
    """
    return "\n".join(_library().definition(name).source for name in closure(names))


def _by_place(names: Iterable[str]) -> list[str]:
    library = _library()
    return sorted(names, key=lambda name: library.definition(name).order)


def _names_run(node: ast.AST) -> Iterator[str]:
    """The names that a definition reads when it is executed: bases, decorators, defaults; no function's
    body."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        parts: list[ast.AST | None] = [*node.args.defaults, *node.args.kw_defaults]
        parts.extend(getattr(node, "decorator_list", []))
        for part in parts:
            if part is not None:
                yield from _names_run(part)
        return
    if isinstance(node, ast.Name):
        yield node.id
    for name, value in ast.iter_fields(node):
        if name == "annotation":
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                yield from _names_run(item)


def _with_quoted_annotations(source: str, names: Set[str]) -> str:
    """The source with those annotations as strings that mention other helpers, which may not be defined
    yet."""
    places = []
    for node in ast.walk(ast.parse(source)):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(annotation, ast.expr) and any(
                isinstance(item, ast.Name) and item.id in names for item in ast.walk(annotation)
            ):
                places.append(annotation)
    lines = source.splitlines(keepends=True)
    for annotation in sorted(places, key=lambda item: (item.lineno, item.col_offset), reverse=True):
        if annotation.lineno == annotation.end_lineno:
            text = lines[annotation.lineno - 1].encode()
            quoted = '"' + ast.unparse(annotation).replace('"', "'") + '"'
            before, after = text[: annotation.col_offset], text[annotation.end_col_offset :]
            lines[annotation.lineno - 1] = (before + quoted.encode() + after).decode()
    return "".join(lines)


def helper_source(
    names: Iterable[str],
    activate: Iterable[str] = (),
    *,
    header: bool = True,
    rename: Callable[[str], str] = str,
    shadowed: bool = False,
) -> str:
    """The source text of the helpers.

    Args:
        names: the helpers that are needed.
        activate: those of them that are called once, at the end.
        header: whether it is a module of its own, with a docstring and `from __future__`.
        rename: what a helper is called in the output.
        shadowed: whether Python's own names, such as `sum` and `bool`, may mean something else in the output.

    Raises:
        KeyError: there is no helper of that name.
    """
    library = _library()
    wanted = closure({*names, *activate})
    changes = {name: rename(name) for name in wanted if rename(name) != name}
    imports: set[str] = set()
    written: set[str] = set()
    bodies = []
    for name in wanted:
        definition = library.definition(name)
        imports.update(
            statement
            for local, statement in library.imports(definition).items()
            if _mentions(definition.source, local)
        )
        if definition.source not in written:
            written.add(definition.source)
            body = _renamed(definition, changes)
            bodies.append(body if header else _with_quoted_annotations(body, set(wanted)))
    if shadowed and written:
        read = sorted(_BUILTINS & set().union(*map(_global_names, written)))
        imports.add(f"from builtins import {', '.join(read)}")
    plain = sorted(item for item in imports if item.startswith("import "))
    others = sorted(item for item in imports if not item.startswith("import "))
    parts = []
    if header:
        parts.append(_HEADER)
    if plain or others:
        parts.append("\n".join([*plain, *others]) + "\n")
    parts.extend("\n" + body for body in bodies)
    if activate:
        parts.append("\n" + "".join(f"{rename(name)}()\n" for name in sorted(set(activate))))
    return "\n".join(parts)


def _mentions(source: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}\b", source) is not None
