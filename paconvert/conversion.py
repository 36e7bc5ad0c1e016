"""The centre: from source text to edits and diagnostics. Reads no file, prints nothing, keeps no state."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import replace
from itertools import pairwise

from paconvert.frontend.fragment import fragment, read
from paconvert.frontend.imports import (
    ImportedName,
    absolute_module,
    import_context,
    imported_names,
    quick_names,
)
from paconvert.frontend.parse import ParseError, collector_held_off
from paconvert.frontend.spans import Spans, locate, record_spans
from paconvert.frontend.text import STRING, SourceText, word
from paconvert.frontend.units import Unit, UnitKind, split_units
from paconvert.inference.calls import UNKNOWN_RECEIVER
from paconvert.inference.declarations import ModuleDeclaration
from paconvert.inference.evaluate import Evaluator
from paconvert.inference.project import ProjectIndex
from paconvert.inference.scope import ScopeKind
from paconvert.inference.types import K, Type
from paconvert.inference.uses import Findings, Use, UseKind
from paconvert.records import Conversion, Diagnostic, Edit, ImportContext, Level, Mark, Options
from paconvert.rewrite.buffer import EditBuffer, apply_edits
from paconvert.rewrite.engine import Rewriter, problem_of, wanted_nodes
from paconvert.rewrite.helpers import MODULE_NAME, helper_source
from paconvert.rewrite.imports import ImportRewriter, helpers_module
from paconvert.rewrite.names import Speller
from paconvert.rules.load import Rules

MARK = "# paconvert: "
_BOM = "\ufeff"
_IDENTIFIER = re.compile(r"(?<![\w.])[^\W\d]\w*")
_NO_VALUES = frozenset(
    {K.NAMESPACE, K.CLASS, K.FUNCTION, K.STR, K.BYTES, K.INT, K.FLOAT, K.BOOL, K.NONE, K.DTYPE, K.DEVICE}
)
_IMPORT = re.compile(r"[ \t]*(?:from|import)\b")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_PROSE = re.compile(rf"(\w{{0,2}})(?:{STRING})|#[^\n]*", re.DOTALL)
_TARGET = re.compile(r"[ \t]*([^\W\d]\w*)[ \t]*\Z")
_ASSIGNED = re.compile(r"[\s\\]*(?:=(?!=)|:[^=\n]*=)")
_DECLARED = re.compile(r"\b(?:class|def|as|for)\s+\Z")


def may_hold_apis(source: str, rules: Rules) -> bool:
    """Whether a text mentions a package that rules are about, or takes names from modules that may."""
    return any(package in source for package in rules.packages)


def module_name(filename: str) -> tuple[str, bool]:
    """The dotted module name of a file path relative to its project, and whether it is a package's
    `__init__`."""
    parts = filename.replace("\\", "/").removesuffix(".py").strip("/").split("/")
    is_package = parts[-1] == "__init__"
    if is_package:
        parts.pop()
    return ".".join(part for part in parts if part and part != "."), is_package


def convert(
    source: str,
    *,
    filename: str = "",
    context: ImportContext | None = None,
    options: Options = Options(),  # noqa: B008  a frozen record
    project: ProjectIndex | None = None,
) -> Conversion:
    """Converts PyTorch source to Paddle source.

    Args:
        source: a module's text.
        filename: its path relative to the project, for relative imports and in diagnostics.
        context: what names mean that the source does not import itself; by default the conventional ones.
        options: see `Options`.
        project: the other modules of the project.

    Returns:
        The conversion. Source that is not Python comes back unchanged with an error among the diagnostics.
    """
    if source.startswith(_BOM):
        return _behind_mark(
            convert(source[1:], filename=filename, context=context, options=options, project=project)
        )
    rules = Rules.load().until(options.paddle_version).without(options.exclude_packages)
    if _is_target_code(source, rules, project):
        return Conversion(source)
    if not may_hold_apis(source, rules) and not _takes_from_project(source, filename, project):
        return Conversion(source)
    try:
        index = project or ProjectIndex()
        try:
            return _convert_once(source, filename, context, options, index, rules)
        except _LeftBehind as left:
            # Names that nothing was found out about: their imports stay, and the places are reported.
            return _convert_once(source, filename, context, options, index, rules, left.names)
    except ParseError as error:
        return _failed(source, filename, error.message, error.line, error.column)
    except RecursionError:
        return _failed(source, filename, "expression is nested too deeply to be converted", 1, 0)


def convert_selection(
    source: str,
    start: int,
    end: int,
    *,
    filename: str = "",
    context: ImportContext | None = None,
    options: Options = Options(),  # noqa: B008  a frozen record
    project: ProjectIndex | None = None,
) -> Conversion:
    """Converts a selection of a file: any piece of it, also when the file is unfinished.

    Args:
        source: the whole file's text.
        start, end: the selection, in characters.
        filename, context, options, project: as for `convert`.

    Returns:
        The conversion of the selection alone: `code` is its new text, `edits` and diagnostics have offsets
        of `source`,
        none of them outside the selection. Helpers are spelled as `paddle_utils.NAME` and listed in
        `helpers`; no import
        is added.

    Raises:
        ValueError: the selection is not within the source.
    """
    if not 0 <= start <= end <= len(source):
        raise ValueError(f"the selection {start}..{end} is not within the source of {len(source)} characters")
    rules = Rules.load().until(options.paddle_version).without(options.exclude_packages)
    selected = source[start:end]
    part = fragment(source, start, end)
    if part is None:
        line, column = SourceText(source).position(start)
        return _failed(selected, filename, "the selection cannot be read as Python", line, column)
    if context is None:
        context = _context_of(source, filename)
    helpers_import = options.helpers_import or f"import {MODULE_NAME}"
    converter = _Converter(
        part.text,
        filename,
        context,
        replace(options, helpers_import=helpers_import),
        project or ProjectIndex(),
        rules,
    )
    try:
        if part.tree is not None:
            converter.module.units = split_units(converter.source, part.tree)
        with collector_held_off():
            whole = converter.run((part.start, part.end))
    except ParseError as error:
        return _failed(selected, filename, error.message, error.line, error.column)
    text = SourceText(source)
    edits = tuple(
        replace(edit, start=edit.start - part.shift, end=edit.end - part.shift) for edit in whole.edits
    )
    relative = tuple(replace(edit, start=edit.start - start, end=edit.end - start) for edit in edits)
    diagnostics = []
    for item in whole.diagnostics:
        moved = item.start - part.shift
        line, column = text.position(moved)
        diagnostics.append(replace(item, start=moved, end=item.end - part.shift, line=line, column=column))
    return Conversion(apply_edits(selected, relative), edits, tuple(diagnostics), whole.helpers)


def conventional_names(source: str, bound: Container[str], rules: Rules) -> Mapping[str, str]:
    """The names that a text uses and that, where nothing binds them, conventionally mean something.

    Args:
        source: the text.
        bound: the names that its imports bind.
        rules: the rules, which know the conventions.
    """
    names: Mapping[str, str] = rules.facts["conventions"]["names"]
    found: dict[str, str] = {}
    for local in names:
        if local in bound or local not in source:
            continue
        places = [match.span() for match in word(local).finditer(source)]
        is_read = any(source[start - 1 : start] != "." for start, _ in places)
        if is_read and not any(_is_bound_at(source, start, end) for start, end in places):
            found[local] = names[local]
    return found


def _is_bound_at(source: str, start: int, end: int) -> bool:
    """Whether a name looks as if it were bound where it stands."""
    return bool(_ASSIGNED.match(source, end) or _DECLARED.search(source[max(0, start - 16) : start]))


def _context_of(source: str, filename: str) -> ImportContext:
    """What the whole file's imports say, for a piece of it."""
    name, is_package = module_name(filename)
    return import_context(source, module=name, is_package=is_package)


def _failed(source: str, filename: str, message: str, line: int, column: int) -> Conversion:
    diagnostic = Diagnostic(Level.ERROR, "", line, column, message, "the text is left as it is", filename)
    return Conversion(source, (), (diagnostic,))


def _is_target_code(source: str, rules: Rules, project: ProjectIndex | None) -> bool:
    """Whether a module is Paddle's already: it imports that (or helpers), and nothing of torch's."""
    root = str(rules.facts["conventions"]["package"])
    if root not in source:
        return False
    foreign = set(rules.facts["conventions"]["packages"])
    if project is not None:
        foreign -= project.packages_inside

    def is_target(imported: Iterable[ImportedName]) -> bool:
        names = tuple(imported)
        parts = {part for item in names for part in (item.module or item.name).split(".")}
        parts.update(item.name for item in names if not item.module.strip("."))
        tops = {(item.module or item.name).partition(".")[0] for item in names}
        tops.update(item.name for item in names if not item.module.strip("."))
        return any(part.startswith(root) for part in parts) and tops.isdisjoint(foreign)

    # The quick look takes imports in docstrings for real ones.
    return is_target(quick_names(source)) or is_target(imported_names(source))


def _takes_from_project(source: str, filename: str, project: ProjectIndex | None) -> bool:
    """Whether modules of the project are imported: what comes from there may be an API's, or a tensor."""
    if project is None or not project.sources:
        return False
    name, is_package = module_name(filename)
    for item in quick_names(source):
        module = absolute_module(item.module or item.name, name, is_package)
        if project.resolve(module) or project.resolve(f"{module}.{item.name}"):
            return True
    return False


def _behind_mark(conversion: Conversion) -> Conversion:
    """The conversion of a text without its byte order mark, as that of the text with it."""
    edits = tuple(replace(edit, start=edit.start + 1, end=edit.end + 1) for edit in conversion.edits)
    diagnostics = tuple(
        replace(item, start=item.start + 1, end=item.end + 1) for item in conversion.diagnostics
    )
    return Conversion(_BOM + conversion.code, edits, diagnostics, conversion.helpers)


def _convert_once(
    source: str,
    filename: str,
    context: ImportContext | None,
    options: Options,
    project: ProjectIndex,
    rules: Rules,
    kept: frozenset[str] = frozenset(),
) -> Conversion:
    with collector_held_off():
        converter = _Converter(source, filename, context, options, project, rules, kept)
        try:
            return converter.run()
        finally:
            converter.module.release()
            del converter  # its trees are freed before the collector looks at all that is there


class _LeftBehind(Exception):
    """The output still has names whose imports are gone."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(names)))
        self.names = names


class _Converter:
    """One conversion of one module."""

    def __init__(
        self,
        source: str,
        filename: str,
        context: ImportContext | None,
        options: Options,
        project: ProjectIndex,
        rules: Rules,
        kept: frozenset[str] = frozenset(),
    ) -> None:
        self.kept = kept
        self.source = SourceText(source)
        self.filename = filename
        self.options = options
        self.project = project
        self.rules = rules
        name, is_package = module_name(filename)
        if context is not None and context.module:
            name, is_package = context.module, context.is_package
        self.module = project.declare(name, source, rules, is_main=True)
        self.module.is_package = is_package
        given = context.names if context is not None else {}
        self.given = given
        self.module.assumed = {**conventional_names(source, self.module.context.names, rules), **given}
        self.evaluator: Evaluator = self.module.evaluator
        self.already_converted = MARK in source
        self._shadowed: list[Use] = []
        self._at_once: set[tuple[int, str]] = set()

    def run(self, window: tuple[int, int] | None = None) -> Conversion:
        """The conversion; of a window of the source alone, when one is given."""
        evaluate_module(self.module, self.rules, window=window)
        findings = self.evaluator.findings
        spans = self._spans(findings)
        uses = self._ordered(findings, spans)
        holders = self._kept_names(uses)
        kept = frozenset(name for _, name in holders) | self.kept
        buffer = EditBuffer(self.source.text)
        project_mode = self.options.helpers_import is not None
        speller = Speller(self.rules, kept, project_mode, self._taken(), self.given, self.module.assumed)
        if project_mode:
            speller.module_name = (self.options.helpers_import or MODULE_NAME).rpartition(" ")[2]
            speller.importable = bool(helpers_module(self.options.helpers_import))
        rewriter = Rewriter(self.source, spans, self.rules, buffer, speller, self.filename)
        rewriter.blocks = findings.blocks
        rewriter.rewrite(uses)
        rewriter.rewrite_strings(findings.strings.values(), self._string_spans(findings))
        rewriter.rewrite_rebinds(findings, kept)
        imports = ImportRewriter(
            self.source,
            spans,
            self.rules,
            buffer,
            speller,
            lambda scope, name: name in self.kept or (id(scope), name) in holders,
            self.options.helpers_import,
            self._shared(),
            self._at_once,
            self.evaluator.members.is_mapped,
        )
        imports.rewrite(findings.imports.values())
        for imported, qualified in imports.unsupported:
            span = spans.inner[id(imported.node)]
            rule = self.rules.find(qualified)
            reason = rule.general.reason if rule is not None else "there is no rule for it"
            rewriter.refuse(span, qualified, reason)
        # Where nothing is torch's, nothing is added either.
        requires = frozenset(findings.requires) if len(buffer) or findings.imports else frozenset()
        helpers = frozenset(speller.helpers) | requires
        diagnostics = tuple(sorted(rewriter.diagnostics, key=lambda item: (item.start, item.end, item.api)))
        if self.already_converted:
            return Conversion(
                self.source.text, (), tuple(item for item in diagnostics if item.level is Level.UNSUPPORTED)
            )
        if window is not None:
            self._marks(buffer, rewriter, window[0])
            edits = tuple(edit for edit in buffer.edits if window[0] <= edit.start and edit.end <= window[1])
            inside = tuple(
                item for item in diagnostics if window[0] <= item.start < max(window[1], window[0] + 1)
            )
            return Conversion("", edits, inside, helpers)
        self._insert(buffer, speller, imports, spans, findings, helpers, requires)
        self._marks(buffer, rewriter)
        edits = buffer.edits
        code = apply_edits(self.source.text, edits)
        left = self._check(code, edits, kept)
        return Conversion(code, edits, (*diagnostics, *left), helpers)

    # -- spans -------------------------------------------------------------------------------------

    def _spans(self, findings: Findings) -> Spans:
        parts = [part for unit in self.module.units for part in unit.walk() if id(part) in findings.homes]
        homes = [home for part in parts for home in findings.homes[id(part)].values()]
        return locate(self.source, parts, wanted_nodes(findings), homes)

    def _string_spans(self, findings: Findings) -> Spans:
        import libcst as cst

        spans = Spans()
        for string in findings.strings.values():
            module = cst.Module([cst.SimpleStatementLine([cst.Expr(string.tree)])])
            record_spans(module, 0, spans)
        return spans

    def _ordered(self, findings: Findings, spans: Spans) -> list[Use]:
        """Uses with a place, inner before outer; without those inside something that stays as it was."""
        uses = [use for use in findings.uses.values() if id(use.node) in spans.inner]
        uses.sort(key=lambda use: (spans.inner[id(use.node)].end, -spans.inner[id(use.node)].start))
        refused = [
            spans.inner[id(use.node)]
            for use in uses
            if use.problem != UNKNOWN_RECEIVER and use.kind is UseKind.CALL and problem_of(use, self.rules)
        ]
        if not refused:
            return uses
        refused.sort()
        result = []
        for use in uses:
            span = spans.inner[id(use.node)]
            inside = any(
                outer.start <= span.start and span.end <= outer.end and outer != span
                for outer in refused
                if outer.start <= span.start
            )
            if inside:
                self._shadowed.append(use)
            else:
                result.append(use)
        return result

    def _kept_names(self, uses: Iterable[Use]) -> frozenset[tuple[int, str]]:
        """Local names that keep meaning torch's, because something that stays needs them, each with the `id`
        of the scope whose import binds it."""
        import libcst as cst

        kept: set[tuple[int, str]] = set()
        for use in [*uses, *self._shadowed]:
            if use not in self._shadowed and (
                not problem_of(use, self.rules) or use.problem == UNKNOWN_RECEIVER or use.stands
            ):
                continue
            needed = not use.conditional and use.annotation is None
            node = use.callee if use.callee is not None else use.node
            if use.kind is UseKind.LOOKUP and isinstance(use.node, cst.Call):
                node = use.node.args[0].value
            while isinstance(node, (cst.Attribute, cst.Call)):
                node = node.value if isinstance(node, cst.Attribute) else node.func
            if isinstance(node, cst.Name) and use.receiver is None:
                origin = "import " + node.value
                holder = use.scope
                while holder.parent is not None and origin not in holder.names:
                    holder = holder.parent
                if holder.find(origin) is not None:
                    kept.add((id(holder), node.value))
                    if needed and (use.scope is holder or use.scope.kind is not ScopeKind.FUNCTION):
                        self._at_once.add((id(holder), node.value))
        return frozenset(kept)

    def _taken(self) -> frozenset[str]:
        """Identifiers of the source that a helper in the same file must not be called."""
        if self.options.helpers_import is not None:
            return frozenset()
        scope = self.module.scope
        imported = {key.removeprefix("import ") for key in scope.names if key.startswith("import ")}
        return frozenset(_IDENTIFIER.findall(self.source.text)) - imported

    def _shared(self) -> frozenset[str]:
        """Names that other modules of the project may take from this one."""
        if not self.project.sources or self.options.helpers_import is None:
            return frozenset()
        return self.project.imported_from(self.module.name)

    # -- what is added -----------------------------------------------------------------------------

    def _insert(
        self,
        buffer: EditBuffer,
        speller: Speller,
        imports: ImportRewriter,
        spans: Spans,
        findings: Findings,
        helpers: frozenset[str],
        requires: frozenset[str],
    ) -> None:
        newline = self.source.newline
        lines = []
        if speller.needs_root and not imports.binds_root:
            lines.append(f"import {speller.root}")
        if self.options.helpers_import is not None and (speller.module_used or requires):
            lines.append(self.options.helpers_import + ("" if speller.module_used else "  # noqa: F401"))
        for module, name in speller.others.items():
            statement = f"import {module}" if module == speller.root else self.options.helpers_import
            lines.append(f"{statement} as {name}")
        if lines:
            at = self._import_line(findings, spans)
            buffer.add(at, at, "".join(line + newline for line in lines))
        if self.options.helpers_import is None and helpers:
            at = self._after_imports()
            shadowed = any(map(self.evaluator.members.is_mapped, self.module.context.wildcards))
            text = helper_source(
                helpers, requires, header=False, rename=speller.helper_name, shadowed=shadowed
            )
            text = newline + newline.join(text.strip("\n").splitlines()) + newline + newline
            if at and self.source.text[at - 1] not in "\r\n":
                text = newline + text
            buffer.add(at, at, text)

    def _import_line(self, findings: Findings, spans: Spans) -> int:
        """Where an import is added: before the first import that was rewritten, or where imports begin."""
        starts = [
            spans.inner[id(item.node)].start
            for item in findings.imports.values()
            if item.scope is self.module.scope
        ]
        lines = [self.source.logical_line_start(start) for start in starts]
        starts = [
            line
            for line, start in zip(lines, starts, strict=True)
            if not self.source.text[line:start].strip("\f")
        ]
        return min(starts) if starts else self._imports_begin()

    def _imports_begin(self) -> int:
        for unit in self.module.units:
            text = unit.text.lstrip()
            if not (text.startswith(('"', "'", "r'", 'r"', "from __future__"))):
                return unit.start
        return len(self.source.text)

    def _after_imports(self) -> int:
        """The end of the block of imports at the top."""
        end = self._imports_begin()
        for unit in self.module.units:
            text = unit.text.lstrip()
            if unit.start < end:
                continue
            if (
                unit.kind is UnitKind.CODE
                and re.match(r"(import|from|try|if)\b", text)
                and re.search(r"^\s*(import|from)\b", unit.text, re.MULTILINE)
            ):
                end = unit.end
            else:
                break
        return end

    def _marks(self, buffer: EditBuffer, rewriter: Rewriter, first: int = 0) -> None:
        """Adds lines above statements: marks of what is not converted, comments that lost their place."""
        for place, lost in rewriter.comments.items():
            for _, comment in sorted(lost.items()):
                self._line_above(buffer, place, comment, first)
        for place, entries in rewriter.marks.items():
            if self.options.mark is Mark.ARROW:
                buffer.add(place, place, ">>>>>>")
                continue
            names = "; ".join(f"{api} is not converted: {_one_line(reason)}" for api, reason in entries)
            self._line_above(buffer, place, f"{MARK}{names}", first)

    def _line_above(self, buffer: EditBuffer, place: int, text: str, first: int) -> None:
        """Adds a line at the start of a line; behind its indentation where a selection begins only there."""
        newline, indent = self.source.newline, self.source.indent_at(place)
        if place < first and not self.source.text[place:first].strip():
            buffer.add(first, first, f"{text}{newline}{indent}")
        else:
            buffer.add(place, place, f"{indent}{text}{newline}")

    def _check(self, code: str, edits: tuple[Edit, ...], kept: frozenset[str]) -> list[Diagnostic]:
        """Looks at the output once more: it is Python, and no name in it has lost its import unnoticed.

        Returns:
            Diagnostics for names that keep torch's meaning although no use of them was found.

        Raises:
            ParseError: the output would not be Python although the source is.
            _LeftBehind: names have lost their import.
        """
        if self.options.mark is Mark.ARROW or code == self.source.text:
            return []
        if read(self._changed(edits)) is None and read(code) is None:
            if read(self.source.text) is None:
                return []
            raise ParseError("the conversion would not be valid Python; this is a fault of paconvert", 1, 0)
        imported = {
            key.removeprefix("import "): value.name
            for key, value in self.module.scope.names.items()
            if key.startswith("import ")
        }
        # Modules of packages that have names of their own, which stay.
        partly = {
            local
            for local, qualified in imported.items()
            if qualified in self.rules.namespaces
            and qualified not in self.rules
            and not self.rules.is_complete(qualified)
        }
        gone = {local for local, qualified in imported.items() if local == qualified} | partly
        # The import of another package stays, by its own name or by that of its part for Paddle.
        stay = {local for local in gone if local == imported[local] and not self.rules.is_complete(local)}
        gone -= kept | stay
        places = _named(code, gone | self.kept)
        if any(node.id in gone for node in places):
            raise _LeftBehind(self.kept | {node.id for node in places if node.id in gone})
        return [self._left_diagnostic(node, code, edits) for node in places if node.id not in partly]

    def _changed(self, edits: tuple[Edit, ...]) -> str:
        """The statements and methods of the output that could have become something else than Python; the
        others are as they were, or have names for names."""
        text = self.source.text
        units = [part for unit in self.module.units for part in unit.walk()]
        starts = [0, *(part.start for part in units[1:])]
        blocks = []
        first = 0
        for index, (start, end) in enumerate(pairwise([*starts, len(text) + 1])):
            last = first
            while last < len(edits) and edits[last].start < end:
                last += 1
            inside = edits[first:last]
            first = last
            if all(_renames(edit, text) for edit in inside):
                continue
            moved = (replace(edit, start=edit.start - start, end=edit.end - start) for edit in inside)
            block = apply_edits(text[start:end], tuple(moved))
            if index < len(units) and units[index].kind is UnitKind.CLASS:
                block += f"{self.source.indent_at(start)} pass"
            blocks.append(f"if 1:\n{block}" if text[start : start + 1] in (" ", "\t") else block)
        return "\n".join(blocks)

    def _left_diagnostic(self, node: ast.Name, code: str, edits: tuple[Edit, ...]) -> Diagnostic:
        offset = SourceText(code).offset(node.lineno, node.col_offset)
        for edit in reversed(edits):
            offset_of_edit = edit.start + sum(
                len(item.text) - (item.end - item.start) for item in edits if item.start < edit.start
            )
            if offset_of_edit <= offset:
                offset -= sum(
                    len(item.text) - (item.end - item.start) for item in edits if item.start <= edit.start
                )
                break
        offset = min(max(offset, 0), len(self.source.text))
        line, column = self.source.position(offset)
        message = "it was not understood what this means here"
        return Diagnostic(
            Level.UNSUPPORTED,
            node.id,
            line,
            column,
            message,
            "",
            self.filename,
            offset,
            offset + len(node.id),
        )


def _renames(edit: Edit, text: str) -> bool:
    """Whether an edit puts a dotted name in the place of another: what was Python still is."""
    return (
        _DOTTED.fullmatch(edit.text) is not None
        and edit.text not in ("True", "False", "None")
        and _DOTTED.fullmatch(text, edit.start, edit.end) is not None
        and text[edit.end : edit.end + 1] != "="
    )


def _named(code: str, names: Set[str]) -> list[ast.Name]:
    """Where names are read; a look at the text spares the parser in nearly all cases."""
    if not any(_may_read(code, name) for name in names):
        return []
    bare = _PROSE.sub(lambda match: match.group() if "f" in (match.group(1) or "").lower() else "", code)
    if not any(_may_read(bare, name) for name in names):
        return []  # it was in strings or comments, and so is cheaper to see than by parsing
    tree = read(code) or ast.Module([], [])
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in names]


def _may_read(code: str, name: str) -> bool:
    if name not in code:
        return False
    for match in word(name).finditer(code):
        start = match.start()
        line = max(code.rfind("\n", 0, start), code.rfind("\r", 0, start)) + 1
        if code[start - 1 : start] != "." and not _IMPORT.match(code, line):
            return True
    return False


def _one_line(text: str) -> str:
    return " ".join(text.split())


def evaluate_module(
    module: ModuleDeclaration,
    rules: Rules,
    *,
    everything: bool = False,
    window: tuple[int, int] | None = None,
) -> None:
    """Evaluates the units of a module that matter (or all), in order; functions after module-level code.

    Args:
        module: the module.
        rules: the rules.
        everything: whether units without a mapped name are evaluated too.
        window: offsets; units outside are only evaluated when a name leads there.

    Raises:
        ParseError: a unit is not Python.
    """
    units = module.units
    names = mapped_names(module, rules)
    names |= _namespace_variables(module, names)
    mapped = re.compile(rf"\b(?:{'|'.join(names)})\b" if names else r"(?!)")

    lookups = module.evaluator.lookups
    made: set[str] = set()  # the names that evaluated code has given to values, for operators, and to modules

    def is_made(value: Type | None) -> bool:
        is_mapped = module.evaluator.members.is_mapped
        is_module = value is not None and value.kind is K.NAMESPACE and is_mapped(value.name)
        return is_module or _is_value(value)

    def matters(unit: Unit) -> bool:
        if window is not None and (unit.end <= window[0] or window[1] < unit.start):
            return False
        if everything or mapped.search(unit.text):
            return True
        if lookups is not None and lookups.words.search(unit.text):
            return True
        if made and not made.isdisjoint(_IDENTIFIER.findall(unit.text)):
            return True
        return not rules.changing_members.isdisjoint(unit.members)

    wanted: set[int] = set()
    for unit in units:
        if unit.kind is UnitKind.CODE:
            if matters(unit) or (not unit.binds and len(units) == 1):
                unit.parsed  # noqa: B018  raises where it is not Python
                module.evaluate(unit)
                made.update(name for name in unit.binds if lookups or is_made(module.scope.names.get(name)))
            continue
        inside = list(unit.walk())
        if unit.kind is UnitKind.CLASS and matters(unit):
            # What its attributes are is not seen from a method's text.
            wanted.update(id(part) for part in inside if matters(part) or part.has_operators)
        elif any(matters(part) for part in inside):
            wanted.update(id(part) for part in inside if matters(part))
        else:
            continue
        module.evaluate(unit)
    for unit in units:  # made after the function
        if unit.kind is UnitKind.FUNCTION and id(unit) not in wanted and matters(unit):
            module.evaluate(unit)
            wanted.add(id(unit))
    for function in [item for item in module.evaluator.declarations if id(item.unit) in wanted]:
        function.result()
    for function in module.evaluator.nested:
        function.result()


def _is_value(value: Type | None) -> bool:
    """Whether something may be a tensor, or hold or give one."""
    return value is not None and value.kind not in _NO_VALUES


def _namespace_variables(module: ModuleDeclaration, names: Set[str]) -> frozenset[str]:
    """Variables that a line of its own makes another name of a mapped module: `F = torch.nn.functional`."""
    if not names:
        return frozenset()
    api = module.evaluator.members.api
    known = {**module.assumed, **module.context.names}
    text = module.source.text
    found = set()
    value = re.compile(rf"=[ \t]*({'|'.join(names)})((?:\.\w+)*)[ \t]*(?:#.*)?$", re.MULTILINE)
    for match in value.finditer(text):
        target = _TARGET.match(text, text.rfind("\n", 0, match.start()) + 1, match.start())
        name, path = match.groups()
        if target is not None and api(known.get(name, "") + path).kind is K.NAMESPACE:
            found.add(target.group(1))
    return frozenset(found)


def mapped_names(module: ModuleDeclaration, rules: Rules) -> frozenset[str]:
    """The local names of a module that stand for mapped packages or what is in them."""
    context = module.context
    is_mapped = module.evaluator.members.is_mapped
    mapped = {
        local
        for local, qualified in context.names.items()
        if is_mapped(qualified) or _comes_from(module, qualified)
    }
    mapped.update(
        name
        for name, qualified in module.assumed.items()
        if is_mapped(qualified) and name not in context.names
    )
    if context.wildcards:
        mapped.update(_wildcard_names(module, context.wildcards, rules))
    return frozenset(mapped)


def _comes_from(module: ModuleDeclaration, qualified: str) -> bool:
    """Whether a name that is imported from the project may be an API that is passed on."""
    owner, _, name = qualified.rpartition(".")
    return bool(owner) and module.project.resolve(owner) is not None and module.project.passes_on(owner, name)


def _wildcard_names(module: ModuleDeclaration, wildcards: Iterable[str], rules: Rules) -> set[str]:
    names: set[str] = set()
    is_mapped = module.evaluator.members.is_mapped
    for wildcard in wildcards:
        names.update(rules.members(wildcard))
        resolved = module.project.resolve(wildcard)
        if resolved is not None:
            context = module.project.context(resolved)
            names.update(local for local, qualified in context.names.items() if is_mapped(qualified))
    return names


__all__ = [
    "Edit",
    "convert",
    "convert_selection",
    "evaluate_module",
    "mapped_names",
    "may_hold_apis",
    "module_name",
]
