"""Rewrites import statements: the user's aliases and order stay, names go to where Paddle has them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

import libcst as cst

from paconvert.frontend.fragment import read
from paconvert.frontend.spans import Spans
from paconvert.frontend.text import SourceText
from paconvert.inference.scope import Scope, ScopeKind
from paconvert.inference.uses import ImportUse
from paconvert.rewrite.buffer import EditBuffer
from paconvert.rewrite.names import Speller, counterpart, value_target
from paconvert.rules.load import Rules
from paconvert.rules.model import is_class_name

_COMMENT = re.compile(r"#[^\n\r]*")


@dataclass(slots=True)
class _Statement:
    """The statements that replace one import statement."""

    plain: list[str] = field(default_factory=list)  # clauses of `import …`
    groups: dict[str, list[str]] = field(default_factory=dict)  # module → clauses of `from module import …`
    kept: list[str] = field(default_factory=list)  # clauses that stay torch's
    local: dict[str, str] = field(default_factory=dict)  # the local names of those, with what they stand for


class ImportRewriter:
    """Writes the edits of import statements.

    Attributes:
        unsupported: imports that stay although nothing here uses them: statement → qualified names.
    """

    def __init__(
        self,
        source: SourceText,
        spans: Spans,
        rules: Rules,
        buffer: EditBuffer,
        speller: Speller,
        keeps: Callable[[Scope, str], bool],
        helpers_import: str | None,
        shared: frozenset[str],
        at_once: Set[tuple[int, str]],
        is_mapped: Callable[[str], bool],
    ) -> None:
        """
        Args:
            source, spans, rules, buffer, speller: of the conversion.
            keeps: whether something unsupported needs what an import in a scope binds to a local name.
            helpers_import: the statement that imports the helpers, `None` when they are in the output itself.
            shared: names that other modules of the project import from this one.
            is_mapped: whether rules are about a qualified name.
            at_once: kept names, each with the `id` of the scope whose import binds it, that are needed
                whenever the code of that scope runs: a failing import is then the clearer error.
        """
        self.source = source
        self.spans = spans
        self.rules = rules
        self.buffer = buffer
        self.speller = speller
        self.keeps = keeps
        self.helpers_module = helpers_module(helpers_import)
        self.shared = shared
        self.at_once = at_once
        self.is_mapped = is_mapped
        self.unsupported: list[tuple[ImportUse, str]] = []
        self._roots: list[int] = []  # where statements bind `paddle`

    def rewrite(self, imports: Iterable[ImportUse]) -> None:
        """Edits for all import statements."""
        for imported in sorted(imports, key=lambda item: self.spans.inner[id(item.node)].start):
            node = imported.node
            statement = (
                self._plain(imported, node) if isinstance(node, cst.Import) else self._from(imported, node)
            )
            self._write(imported, statement)

    @property
    def binds_root(self) -> bool:
        """Whether an import at module level binds the Paddle package's name."""
        return self._module_root

    _module_root = False

    def _bind_root(self, imported: ImportUse) -> bool:
        """Notes that a statement binds `paddle`; whether its scope had it already."""
        place = self.spans.inner[id(imported.node)].start
        known = any(self._reaches(earlier, place) for earlier in self._roots)
        self._roots.append(place)
        if imported.scope.kind is ScopeKind.MODULE:
            self._module_root = True
        return known

    def _reaches(self, earlier: int, place: int) -> bool:
        """Whether a statement has run where a later one does: the block that it stands in has not ended."""
        depth = len(self.source.indent_at(earlier).lstrip("\f"))
        between = self.source.text[earlier : self.source.line_end(place)].splitlines()[1:]
        return all(len(line) - len(line.lstrip()) >= depth for line in between if line.strip())

    # -- import a.b as c ----------------------------------------------------------------------------

    def _plain(self, imported: ImportUse, node: cst.Import) -> _Statement:
        result = _Statement()
        root = self.speller.root
        for alias in node.names:
            name = _dotted(alias.name)
            local = (
                alias.asname.name.value
                if alias.asname is not None and isinstance(alias.asname.name, cst.Name)
                else ""
            )
            text = name + (f" as {local}" if local else "")
            if not self.is_mapped(name):
                result.plain.append(text)
                continue
            top = local or name.partition(".")[0]
            if self.keeps(imported.scope, top):
                if not self.rules.is_complete(name):  # most of the package is not torch's
                    result.plain.append(text)
                    continue
                result.kept.append(text)
                result.local[top] = name if local else top
                if local:
                    continue
            module = counterpart(self.rules, name)
            if local:
                if module:
                    clause = f"{module} as {local}"
                    if module == root and local == root:
                        clause = root
                    result.plain.append(clause)
                elif namespace := self._namespace(name, local):
                    result.groups.setdefault(self.helpers_module, []).append(f"{namespace} as {local}")
                continue
            if not self.rules.is_complete(name):
                result.plain.append(module or text)
            elif not self._bind_root(imported):
                plain = not module or "." not in module or self.keeps(imported.scope, top)
                result.plain.append(root if plain else module)
        return result

    # -- from a import b as c -----------------------------------------------------------------------

    def _from(self, imported: ImportUse, node: cst.ImportFrom) -> _Statement:
        result = _Statement()
        if isinstance(node.names, cst.ImportStar):
            module = counterpart(self.rules, imported.module)
            if module:
                result.groups[module] = ["*"]
            return result
        for alias in node.names:
            name = _dotted(alias.name)
            local = (
                alias.asname.name.value
                if alias.asname is not None and isinstance(alias.asname.name, cst.Name)
                else name
            )
            clause = name + (f" as {local}" if local != name else "")
            qualified = f"{imported.module}.{name}"
            # Most names of another package are not torch's; what is left alone needs its import.
            stays = self.keeps(imported.scope, local) and not self.rules.is_complete(qualified)
            if stays or not self.is_mapped(qualified):
                result.groups.setdefault(imported.module, []).append(clause)
                continue
            if self.keeps(imported.scope, local):
                result.kept.append(clause)
                result.local[local] = qualified
                continue
            target = self._target(imported, qualified, local)
            if target is None or (not target and self._has_substitute(node, local)):
                result.kept.append(clause)
                result.local[local] = qualified
            elif target:
                module, _, last = target.rpartition(".")
                if not module:
                    result.plain.append(target if target == local else f"{target} as {local}")
                else:
                    result.groups.setdefault(module, []).append(
                        last + (f" as {local}" if last != local else "")
                    )
        return result

    def _target(self, imported: ImportUse, qualified: str, local: str) -> str | None:
        """What the name is imported as: a dotted target, empty for nothing, `None` when it stays torch's."""
        module = counterpart(self.rules, qualified)
        rule = self.rules.find(qualified)
        if module and (rule is None or not rule.is_callable) and (qualified in self.rules.namespaces):
            return module
        if rule is None:
            if qualified in self.rules.namespaces:
                return ""
            self.unsupported.append((imported, qualified))
            return None
        if rule.general.text("unsupported"):
            self.unsupported.append((imported, qualified))
            return None
        if namespace := self._namespace(qualified, local):
            return f"{self.helpers_module}.{namespace}"
        target = value_target(rule)
        if target.startswith("helpers."):
            helper = target.removeprefix("helpers.")
            taken = helper in self.speller.imported or local in self.shared or self._is_rebound(local)
            if not self.helpers_module or not taken:
                return ""
            self.speller.helpers.add(helper)
            return f"{self.helpers_module}.{helper}"
        return target if re.fullmatch(r"\w+(\.\w+)+", target) else ""

    def _namespace(self, qualified: str, local: str) -> str:
        """The helper that stands for a module whose name others import from here, or which is bound again."""
        rule = self.rules.find(qualified)
        helper = rule.general.text("namespace").removeprefix("helpers.") if rule is not None else ""
        if not (helper and self.helpers_module and (local in self.shared or self._is_rebound(local))):
            return ""
        self.speller.helpers.add(helper)
        return helper

    # -- writing ------------------------------------------------------------------------------------

    def _has_substitute(self, node: cst.ImportFrom, local: str) -> bool:
        """Whether the source defines the name itself where the import fails, which it then has to do."""
        place = self.spans.inner[id(node)].start
        defined = re.compile(rf"^[ \t]+(?:(?:async )?def|class) {local}\b|^[ \t]+{local} *=", re.MULTILINE)
        return self._is_tried(place) and defined.search(self.source.text, place) is not None

    def _is_rebound(self, local: str) -> bool:
        """Whether the source binds an imported name again, so that not all its uses are known."""
        return self._bound[local] > 1

    @cached_property
    def _bound(self) -> Counter[str]:
        """How often the source imports each name or assigns to it, in whatever scope."""
        found: Counter[str] = Counter()
        for node in ast.walk(read(self.source.text) or ast.Module([], [])):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found[node.id] += 1
            elif isinstance(node, ast.alias):
                found[node.asname or node.name] += 1
        return found

    def _is_tried(self, place: int) -> bool:
        """Whether a `try` around a statement sees to an import that fails."""
        lines = self.source.text[: self.source.line_start(place)].splitlines()
        depth = place - self.source.line_start(place)
        for line in reversed(lines):
            code = line.lstrip()
            if code and not code.startswith("#") and len(line) - len(code) < depth:
                depth = len(line) - len(code)
                if code.startswith("try"):
                    return True
        return False

    def _write(self, imported: ImportUse, result: _Statement) -> None:
        node = imported.node
        span = self.spans.inner[id(node)]
        old = self.source.text[span.start : span.end]
        if isinstance(node, cst.ImportFrom) and self._in_place(node, result):
            return
        lines = []
        if result.plain:
            lines.append("import " + ", ".join(result.plain))
        lines.extend(
            f"from {module} import {', '.join(clauses)}" for module, clauses in result.groups.items()
        )
        start, end = self.source.line_start(span.start), self.source.line_end(span.end)
        indent = self.source.text[start : span.start]
        rest = self.source.text[span.end : end].strip()
        alone = not indent.strip() and (not rest or rest.startswith("#"))
        if result.kept:
            original = f"from {imported.module} import " if imported.module else "import "
            kept = original + ", ".join(result.kept)
            needed = any((id(imported.scope), name) in self.at_once for name in result.local)
            guarded = not needed and not (indent and self._is_tried(span.start))
            if alone and guarded:
                inner = indent + ("\t" if indent.startswith("\t") else "    ")
                newline = self.source.newline
                missing = newline.join(inner + line for line in self._missing(result.local))
                lines.append(
                    f"try:{newline}{inner}{kept}{newline}{indent}except ImportError:{newline}{missing}"
                )
            else:
                lines.append(kept)
        if alone:
            # The comments between the names of a long import stand above what it becomes.
            text = (self.source.newline + indent).join([*_COMMENT.findall(old), *lines])
        else:
            text = "; ".join(lines)
        if text == old:
            return
        if not text:
            self._remove(imported, span.start, span.end, alone, rest)
            return
        self.buffer.add(span.start, span.end, text)

    def _missing(self, names: Mapping[str, str]) -> list[str]:
        """Statements that bind names where torch is not there: what may be a class to one that can be named
        in annotations and `isinstance`, but not made."""
        classes = [local for local, name in names.items() if self.helpers_module and self._is_class(name)]
        others = [local for local in names if local not in classes]
        lines = [f"{' = '.join(others)} = None"] if others else []
        return lines + [f"{local} = {self.speller.missing(names[local])}" for local in classes]

    def _is_class(self, qualified: str) -> bool:
        rule = self.rules.find(qualified)
        return bool(rule and rule.instance) or (
            is_class_name(qualified) and qualified not in self.rules.namespaces
        )

    def _in_place(self, node: cst.ImportFrom, result: _Statement) -> bool:
        """One module, the same names: only the module's name changes."""
        if result.plain or result.kept or len(result.groups) != 1 or isinstance(node.names, cst.ImportStar):
            return False
        module, clauses = next(iter(result.groups.items()))
        old = []
        for alias in node.names:
            local = (
                alias.asname.name.value
                if alias.asname is not None and isinstance(alias.asname.name, cst.Name)
                else ""
            )
            old.append(
                _dotted(alias.name) + (f" as {local}" if local and local != _dotted(alias.name) else "")
            )
        if old != clauses or node.module is None:
            return False
        span = self.spans.inner[id(node.module)]
        self.buffer.add(span.start, span.end, module)
        return True

    def _remove(self, imported: ImportUse, start: int, end: int, alone: bool, rest: str) -> None:
        text = self.source.text
        if alone and imported.scope.kind is ScopeKind.MODULE and not self.source.indent_at(start):
            if rest:
                self.buffer.add(start, text.index("#", end), "")
            else:
                self.buffer.add(self.source.line_start(start), self.source.line_end(end), "")
        else:
            self.buffer.add(start, end, "pass")


def helpers_module(statement: str | None) -> str:
    """The module that `from . import paddle_utils` or `import paddle_utils` means in a `from … import`.

    Empty where names cannot be imported from it: without a statement, or with one that tries several places.
    """
    if statement is None:
        return ""
    match = re.fullmatch(r"from\s+(\S+)\s+import\s+(\w+)", statement)
    if match:
        package, name = match.groups()
        return f"{package}{name}" if package.endswith(".") else f"{package}.{name}"
    match = re.fullmatch(r"import\s+([\w.]+)", statement)
    return match.group(1) if match else ""


def _dotted(node: cst.BaseExpression | None) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
