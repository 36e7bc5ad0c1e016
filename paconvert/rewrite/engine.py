"""Turns uses into edits: decides what can be converted, writes its new text, reports all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import libcst as cst

from paconvert.frontend.spans import Span, Spans
from paconvert.frontend.text import TOKEN, SourceText, skip_back, skip_forward
from paconvert.inference.calls import NO_RULE, UNKNOWN_RECEIVER
from paconvert.inference.lookups import NO_MODULE
from paconvert.inference.uses import Block, Findings, StringUses, Use, UseKind
from paconvert.records import Diagnostic, Level
from paconvert.rewrite.buffer import EditBuffer
from paconvert.rewrite.calls import ArgumentPlan, CallWriter, lambda_text, plan_arguments
from paconvert.rewrite.names import Speller, counterpart, module_target, value_target
from paconvert.rules.load import Rules
from paconvert.rules.model import Kind, Overload

NOT_A_VALUE = "it can be called, but not be passed on as a value"
NOT_ASSIGNABLE = "it cannot be assigned to"
_LATER = re.compile(r"^from __future__ import .*\bannotations\b", re.MULTILINE)
_OPENED = re.compile(r"(?:[(\[{,]|\breturn|(?<![=!<>])=)$")
_CLOSING = "),]}:;"
ADVICE_NO_RULE = "write this part by hand, or add a rule (see CONTRIBUTING)"


def problem_of(use: Use, rules: Rules) -> str:
    """Why a use cannot be converted; empty when it can."""
    if use.problem:
        return use.problem
    if use.kind is UseKind.PRESENCE:
        return ""
    if use.kind is UseKind.NAME:
        return "" if module_target(rules, use.name) else NO_MODULE
    if use.rule is None:
        return NO_RULE
    overload = use.overload or use.rule.general
    if overload.kind is Kind.UNSUPPORTED:
        return overload.reason
    if use.kind is UseKind.ASSIGN:
        renamed = (
            overload.kind is Kind.DROP
            or overload.text("assign")
            or (overload.to and not overload.is_template and not overload.to.startswith("helpers."))
        )
        if not renamed:
            return NOT_ASSIGNABLE
        return "" if use.statement or overload.to.startswith(".") else NOT_ASSIGNABLE
    if (
        use.kind in (UseKind.VALUE, UseKind.LOOKUP)
        and overload.kind is Kind.TARGET
        and not overload.to
        and not use.rule.value
    ):
        return NOT_A_VALUE if use.rule.is_callable else NO_RULE
    return ""


def advice_of(use: Use) -> str:
    """What the user can do about a use that stays."""
    if use.advice:
        return use.advice
    overload = use.overload or (use.rule.general if use.rule else None)
    return (overload.text("advice") if overload else "") or ("" if use.rule else ADVICE_NO_RULE)


class Rewriter:
    """Writes the edits of one conversion."""

    def __init__(
        self,
        source: SourceText,
        spans: Spans,
        rules: Rules,
        buffer: EditBuffer,
        speller: Speller,
        filename: str,
    ) -> None:
        self.source = source
        self.filename = filename
        self.spans = spans
        self.rules = rules
        self.buffer = buffer
        self.speller = speller
        self.writer = CallWriter(buffer, spans)
        self.diagnostics: list[Diagnostic] = []
        self.marks: dict[int, list[tuple[str, str]]] = {}
        self.comments: dict[int, dict[int, str]] = {}  # line → place of a lost comment → its text
        self.blocks: Mapping[int, Block] = {}
        self._level = Level.CONVERTED

    # -- uses ------------------------------------------------------------------------------------

    def rewrite(self, uses: Iterable[Use]) -> None:
        """Edits for all uses, inner ones first."""
        unsupported: dict[int, tuple[cst.BaseExpression, str]] = {}
        for use in uses:
            problem = problem_of(use, self.rules)
            if problem:
                self._report(use, Level.UNSUPPORTED, problem, advice_of(use))
                if use.stands:
                    self._level = Level.UNSUPPORTED
                    self._replace(self.spans.inner[id(use.node)], self.speller.missing(use.name), use)
                if use.annotation is not None and id(use.annotation) in self.spans.inner:
                    unsupported[id(use.annotation)] = (use.annotation, use.name)
                continue
            self._level = Level.ASSUMED if use.likely else Level.CONVERTED
            if use.overload is not None and use.kind is not UseKind.OPERATOR:
                use.overload = use.overload.named(use.name)
            {
                UseKind.CALL: self._call,
                UseKind.VALUE: self._value,
                UseKind.ASSIGN: self._assign,
                UseKind.OPERATOR: self._operator,
                UseKind.PRESENCE: self._presence,
                UseKind.LOOKUP: self._lookup,
                UseKind.NAME: self._module_name,
            }[use.kind](use)
            overload = use.overload
            self._report(use, self._level, overload.text("note") if overload else "")
        for annotation, name in unsupported.values():
            self._quote(self.spans.inner[id(annotation)], name)

    def _quote(self, span: Span, name: str) -> None:
        """Makes an annotation with a name that the output may lack a string, which nothing evaluates."""
        text = self.buffer.text(span.start, span.end)
        quote = "'" if '"' in text else '"'
        if not (_LATER.search(self.source.text) or quote in text or "\n" in text or "\\" in text):
            self.buffer.add(span.start, span.end, f"{quote}{text}{quote}", name, Level.UNSUPPORTED)

    def _report(self, use: Use, level: Level, message: str = "", advice: str = "") -> None:
        span = self.spans.inner[id(use.node)]
        start = span.start
        if use.kind is UseKind.ASSIGN and use.callee is not None:
            start = self.spans.inner[id(use.callee)].start
        self._say(level, use.name, start, span, message, advice)
        if level is Level.UNSUPPORTED and message != UNKNOWN_RECEIVER:
            self._mark(start, use.name, message)

    def refuse(self, span: Span, api: str, reason: str) -> None:
        """Reports and marks something unsupported that is no use."""
        self._say(Level.UNSUPPORTED, api, span.start, span, reason)
        self._mark(span.start, api, reason)

    def _say(self, level: Level, api: str, at: int, span: Span, message: str, advice: str = "") -> None:
        line, column = self.source.position(at)
        self.diagnostics.append(Diagnostic(level, api, line, column, message, advice, self.filename, *span))

    def _mark(self, offset: int, api: str, reason: str) -> None:
        """Notes that the statement at an offset keeps something unsupported."""
        statement = self.spans.enclosing_statement(offset)
        place = self.source.logical_line_start(statement.start if statement is not None else offset)
        entry = (api, reason)
        if entry not in self.marks.setdefault(place, []):
            self.marks[place].append(entry)

    def _replace(self, span: Span, text: str, use: Use) -> None:
        self._save_comments(span, text)
        self.buffer.add(span.start, span.end, self._quoted(span, text), use.name, self._level)

    def _quoted(self, span: Span, text: str) -> str:
        """A text with the quotes that it can have in its place: those of an f-string would end it."""
        source = self.source.text
        old = source[span.start : span.end]
        if not any(quote in text and quote not in old for quote in "\"'"):
            return text
        statement = self.spans.enclosing_statement(span.start)
        for match in TOKEN.finditer(source, statement.start if statement is not None else 0):
            if match.start() >= span.start:
                break
            if match.end() > span.start:
                quote = match.group().lstrip("rRbBuUfFtT")[0]
                other = "'" if quote == '"' else '"'
                return text.replace(quote, other) if other not in text else text
        return text

    def _save_comments(self, span: Span, text: str) -> None:
        """Notes the comments that a new text has no place for: they go above the statement."""
        old = self.source.text[span.start : span.end]
        if "#" not in old:
            return
        statement = self.spans.enclosing_statement(span.start)
        place = self.source.logical_line_start(statement.start if statement is not None else span.start)
        for match in TOKEN.finditer(old):
            if match.group().startswith("#") and match.group() not in text:
                self.comments.setdefault(place, {})[span.start + match.start()] = match.group().rstrip()

    # -- names -----------------------------------------------------------------------------------

    def _chain(self, node: cst.BaseExpression) -> tuple[cst.Name, list[str]] | None:
        names: list[str] = []
        while isinstance(node, cst.Attribute):
            names.append(node.attr.value)
            node = node.value
        return (node, list(reversed(names))) if isinstance(node, cst.Name) else None

    def _name_text(self, node: cst.BaseExpression, target: str, use: Use) -> str:
        """How a target is spelled in the place of `node`."""
        chain = self._chain(node)
        prefer = ""
        if chain is not None:
            local = chain[0].value
            origin = self._origin(local, use)
            if not chain[1] and origin and local not in self.speller.kept and self._binds(origin, target):
                return local
            prefer = self.speller.preferred(local, use.scope)
            root = self.speller.root
            # `torch.nn.Module` stays as long as it is where `nn` is bound, too.
            if origin == local and target == ".".join([root, *chain[1]]):
                prefer = self.speller.preferred(root, use.scope)
        return self.speller.spell(target, use.scope, prefer)

    def _origin(self, local: str, use: Use) -> str:
        scope = use.scope
        while scope is not None:
            found = scope.names.get("import " + local)
            if found is not None:
                return "" if found.likely else found.name  # likely: it came with `import *`
            scope = scope.parent  # type: ignore[assignment]
        return ""

    def _binds(self, origin: str, target: str) -> bool:
        """Whether the output's import binds the local name to just this target."""
        if target.startswith("helpers.") and not self.speller.importable:
            return False
        if "." not in target:
            return False  # a builtin is not imported
        if value_target(self.rules.find(origin)) != target:
            return False
        if target.startswith("helpers."):
            self.speller.imported.add(target.removeprefix("helpers."))
        return True

    def _rename(self, node: cst.BaseExpression, text: str, use: Use) -> None:
        """Replaces a dotted name by as small an edit as can be."""
        span = self.spans.inner[id(node)]
        old = self.source.text[span.start : span.end]
        start, end = 0, 0
        old_parts, new_parts = old.split("."), text.split(".")
        while start < min(len(old_parts), len(new_parts)) and old_parts[start] == new_parts[start]:
            start += 1
        while (
            end < min(len(old_parts), len(new_parts)) - start and old_parts[-1 - end] == new_parts[-1 - end]
        ):
            end += 1
        if start + end >= len(old_parts) or start + end >= len(new_parts):
            self._replace(span, text, use)
            return
        head = len(".".join(old_parts[:start])) + (1 if start else 0)
        tail = len(".".join(old_parts[len(old_parts) - end :])) + (1 if end else 0)
        middle = ".".join(new_parts[start : len(new_parts) - end])
        self._replace(Span(span.start + head, span.end - tail), middle, use)

    # -- calls -----------------------------------------------------------------------------------

    def _call(self, use: Use) -> None:
        node, overload, callee = use.node, use.overload, use.callee
        assert isinstance(node, cst.Call) and overload is not None and callee is not None
        if overload.kind is Kind.DROP:
            self._drop(use, overload)
            return
        span = self.spans.inner[id(node)]
        nodes = list(node.args)
        if use.receiver is not None and nodes and use.receiver is nodes[0].value:
            nodes = nodes[1:]  # an unbound method: its first argument is the receiver
        template = overload.is_template
        plan = plan_arguments(use, overload, nodes, skip=overload.placeholders if template else frozenset())
        plan.added = [self.speller.expand(item, use.scope) for item in plan.added]
        unbound = len(nodes) != len(node.args)
        gives_list = overload.text("gives") == "list" and not use.iterated
        if template:
            text = self._template(use, overload, plan, span)
        elif use.receiver is not None and overload.to.startswith(".") and not unbound:
            name = overload.to[1:]
            assert isinstance(callee, cst.Attribute)
            if not plan.is_structural and not gives_list and plan.out is None:
                attribute = self.spans.inner[id(callee.attr)]
                self._replace(attribute, name, use)
                self._edit_arguments(use, node, plan)
                return
            owner = self.spans.inner[id(callee)]
            attribute = self.spans.inner[id(callee.attr)]
            head = self.buffer.text(owner.start, attribute.start) + name
            text = f"{head}({self.writer.arguments(node, plan)})"
        elif use.receiver is not None:
            target = overload.to
            if target.startswith("."):
                arguments = ", ".join(
                    [*(self.writer.argument(item) for item in plan.arguments if item.kept), *plan.added]
                )
                receiver = self.writer.operand(use.receiver, enclosed=False, before_dot=True)
                text = f"{receiver}{target}({arguments})"
            else:
                if unbound:
                    arguments = ", ".join(
                        [*(self.writer.argument(item) for item in plan.arguments if item.kept), *plan.added]
                    )
                else:
                    arguments = self.writer.arguments(node, plan)
                comma = "" if not arguments.strip() else ("," if arguments[:1] in "\r\n" else ", ")
                receiver = self.writer.operand(use.receiver)
                text = f"{self._name_text(callee, target, use)}({receiver}{comma}{arguments})"
        else:
            name = self._name_text(callee, overload.to, use)
            if not plan.is_structural and not gives_list:
                self._rename(callee, name, use)
                self._edit_arguments(use, node, plan)
                return
            text = f"{name}({self.writer.arguments(node, plan)})"
        if plan.out is not None:
            helper = self.speller.helper("write_out", use.scope)
            text = f"{helper}({text}, {self.writer.operand(plan.out.value)})"
        if gives_list:
            text = f"iter({text})"
        self._replace(span, text, use)

    def _edit_arguments(self, use: Use, node: cst.Call, plan: ArgumentPlan) -> None:
        for argument in plan.arguments:
            start = self.spans.outer[id(argument.node)].start
            if argument.node.keyword is not None:
                if argument.keyword and argument.node.keyword.value != argument.keyword:
                    keyword = self.spans.inner[id(argument.node.keyword)]
                    self._replace(keyword, argument.keyword, use)
            elif argument.keyword and not argument.node.star:
                self._replace(Span(start, start), f"{argument.keyword}=", use)
        if plan.added:
            region = self.writer.region(node)
            if not plan.arguments:
                self._replace(Span(region.end, region.end), ", ".join(plan.added), use)
                return
            last = self.spans.outer[id(plan.arguments[-1].node.value)].end
            self._replace(Span(last, last), "".join(f", {item}" for item in plan.added), use)

    def _template(self, use: Use, overload: Overload, plan: ArgumentPlan, span: Span) -> str:
        prefer = self._prefer(use)
        text = self.speller.expand(overload.to, use.scope, prefer)
        filled = self.writer.template(use, overload, text, plan, use.receiver)
        if plan.out is None and self._needs_parentheses(span, filled, overload.is_atomic):
            filled = f"({filled})"
        return filled

    def _prefer(self, use: Use) -> str:
        chain = self._chain(use.callee) if use.callee is not None and use.receiver is None else None
        return self.speller.preferred(chain[0].value, use.scope) if chain is not None else ""

    def _needs_parentheses(self, span: Span, text: str, atomic: bool) -> bool:
        """Whether what stands around a place could bind more tightly than a text in it."""
        if text.isdigit() and self.source.text.startswith(".", skip_forward(self.source.text, span.end)):
            return True
        if atomic:
            return False
        source = self.source.text
        end = skip_back(self.source, span.start)
        before = source[max(0, end - 8) : end]
        if "\n" in text and not before.endswith(("(", "[", "{", ",")):
            return True
        after = skip_forward(source, span.end)
        statement = self.spans.enclosing_statement(span.start)
        opened = (
            (not before if statement is None else statement.start == span.start)
            or _OPENED.search(before) is not None
        )  # fmt: skip
        closed = (
            source[after : after + 1] in _CLOSING  # at the text's end, too
            or (statement is not None and after >= statement.end)
        )  # fmt: skip
        return not (opened and closed)

    # -- dropping --------------------------------------------------------------------------------

    def _drop(self, use: Use, overload: Overload) -> None:
        if use.statement:
            self._drop_statement(self.spans.outer[id(use.node)], use)
        elif use.decorates:
            self._drop_decorator(use)
        else:
            self._replace(self.spans.inner[id(use.node)], self._dropped_value(use, overload), use)

    def _dropped_value(self, use: Use, overload: Overload) -> str:
        """What stands in the place of something dropped; where it is not called, something to call."""
        assert use.rule is not None
        value = overload.text("value") or "None"
        text = self.speller.expand(value, use.scope)
        if use.kind is not UseKind.CALL and overload.signature is not None and use.annotation is None:
            if use.rule.value:
                return self.speller.expand(use.rule.value, use.scope)
            return self._lambda(use, overload.giving(value), text)
        if not overload.giving(value).placeholders:
            return text
        nodes = list(use.node.args) if isinstance(use.node, cst.Call) else []
        return self.writer.template(use, overload, text, plan_arguments(use, overload, nodes), use.receiver)

    def _drop_statement(self, span: Span, use: Use) -> None:
        """Removes a statement: its line, or `pass` in its place where something else needs the line."""
        text = self.source.text
        start, end = self.source.line_start(span.start), self.source.line_end(span.end)
        alone = not text[start : span.start].strip() and not text[span.end : end].strip()
        block = self.blocks.get(id(use.home))
        if alone and (start == span.start or (block is not None and block.dropped + 1 < block.size)):
            if block is not None:
                block.dropped += 1
            self._replace(Span(start, end), "", use)
        else:
            self._replace(span, "pass", use)

    def _drop_decorator(self, use: Use) -> None:
        text = self.source.text
        span = self.spans.outer[id(use.node)]
        at = skip_back(self.source, span.start) - 1
        start, end = self.source.line_start(at), self.source.line_end(span.end)
        if text[span.end : end].strip().startswith("#"):
            start, end = at, text.index("#", span.end)
        self._save_comments(Span(at, span.end), "")
        self.buffer.add(start, end, "", use.name, self._level)

    # -- values ----------------------------------------------------------------------------------

    def _value(self, use: Use) -> None:
        node, rule = use.node, use.rule
        assert rule is not None and isinstance(node, cst.BaseExpression)
        overload = use.overload or rule.general
        if use.decorates and overload.kind is not Kind.DROP and _returns_its_argument(overload):
            self._drop_decorator(use)
            return
        if overload.kind is Kind.DROP:
            self._drop(use, overload)
            return
        span = self.spans.inner[id(node)]
        if use.field and rule.is_callable and not rule.instance:
            # torch's functions are built in: as attributes of a class they do not become methods
            text = f"staticmethod({self._callable_value(use, overload)})"
        elif rule.is_callable or rule.instance:
            text = self._callable_value(use, overload)
        elif use.receiver is not None:
            if overload.to.startswith(".") and not overload.is_template:
                assert isinstance(node, cst.Attribute)
                self._replace(self.spans.inner[id(node.attr)], overload.to[1:], use)
                return
            if overload.is_template:
                expanded = self.speller.expand(overload.to, use.scope)
                text = self.writer.template(
                    use, overload, expanded, plan_arguments(use, overload, []), use.receiver
                )
                if self._needs_parentheses(span, text, overload.is_atomic):
                    text = f"({text})"
            else:
                text = f"{self.speller.spell(overload.to, use.scope)}({self.writer.operand(use.receiver)})"
        else:
            plain = re.fullmatch(r"[\w.]+", overload.to) is not None
            if plain:
                self._rename(node, self._name_text(node, overload.to, use), use)
                return
            text = self.speller.expand(overload.to, use.scope)
            if self._needs_parentheses(span, text, _is_atom(text)):
                text = f"({text})"
        if re.fullmatch(r"[\w.]+", text) and use.receiver is None:
            self._rename(node, text, use)
        else:
            self._replace(span, text, use)

    def _callable_value(self, use: Use, overload: Overload) -> str:
        """An expression for an API that is passed on: its target, or a lambda with torch's signature."""
        assert use.rule is not None and isinstance(use.node, cst.BaseExpression)
        if use.receiver is not None and overload.keeps_arguments and overload.to.startswith("."):
            return f"{self.writer.outer(use.receiver)}{overload.to}"
        if use.receiver is None or use.unbound:
            target = value_target(use.rule)
            if target and not target.startswith("."):
                return self._name_text(use.node, target, use)
            if use.rule.value:
                return self.speller.expand(use.rule.value, use.scope)
            if overload.signature is None:
                return self._name_text(use.node, overload.to, use)
            named = re.match(r"[\w.]+(?=\(|$)", overload.to)
            if use.annotation is not None and named is not None:
                return self._name_text(use.node, named.group(), use)  # a class, which is not called here
        return self._lambda(use, overload, self.speller.expand(overload.to, use.scope))

    def _lambda(self, use: Use, overload: Overload, to: str) -> str:
        span = self.spans.inner[id(use.node)]
        if use.receiver is not None and not use.unbound:
            target = value_target(use.rule)
            text = lambda_text(overload, to, method=True, bound=True)
            if target and not target.startswith("."):
                function = self.speller.spell(target, use.scope)
                text = f"lambda *args, **kwargs: {function}(self, *args, **kwargs)"
            receiver = self.writer.operand(use.receiver)
            # The receiver is what it is here, not what its name may mean later.
            return f"({text})" if receiver == "self" else f"(lambda self: {text})({receiver})"
        text = lambda_text(overload, to, method=use.unbound)
        # In an f-string what follows its colon would be a format.
        braced = self.source.text[max(0, span.start - 99) : span.start].rstrip().endswith("{")
        return f"({text})" if braced or self._needs_parentheses(span, "", False) else text

    def _presence(self, use: Use) -> None:
        overload = use.rule.general if use.rule is not None else None
        there = use.name in self.rules.namespaces
        if overload is not None:
            there = overload.compared().kind is not Kind.UNSUPPORTED
        self._replace(self.spans.inner[id(use.node)], str(there), use)

    def _lookup(self, use: Use) -> None:
        assert use.rule is not None
        text = self._lookup_text(use)
        self._replace(self.spans.inner[id(use.node)], text, use)

    def _module_name(self, use: Use) -> None:
        assert isinstance(use.node, cst.SimpleString)
        span = self.spans.inner[id(use.node)]
        quote = len(use.node.quote)
        inner = Span(span.start + len(use.node.prefix) + quote, span.end - quote)
        self._replace(inner, module_target(self.rules, use.name), use)

    def _lookup_text(self, use: Use) -> str:
        assert use.rule is not None
        overload = use.rule.general
        if overload.kind is Kind.DROP:
            return self._dropped_value(use, overload)
        target = value_target(use.rule) or use.rule.value
        if target:
            return self.speller.expand(target, use.scope)
        to = self.speller.expand(overload.to, use.scope)
        return to if overload.signature is None else self._lambda(use, overload, to)

    # -- assignments and operators ---------------------------------------------------------------

    def _assign(self, use: Use) -> None:
        overload, target = use.overload, use.callee
        assert overload is not None and isinstance(target, cst.Attribute)
        span = self.spans.inner[id(use.node)]
        if overload.kind is Kind.DROP:
            self._drop_statement(span, use)
            return
        template = overload.text("assign")
        if template and use.statement:
            text = self.speller.expand(template, use.scope)
            empty = plan_arguments(use, overload, [])
            self._replace(
                span, self.writer.template(use, overload, text, empty, use.receiver, use.value), use
            )
        elif overload.to.startswith("."):
            self._replace(self.spans.inner[id(target.attr)], overload.to[1:], use)
        else:
            self._rename(target, self._name_text(target, overload.to, use), use)

    def _operator(self, use: Use) -> None:
        overload, node = use.overload, use.node
        assert overload is not None
        span = self.spans.inner[id(node)]
        receiver = use.receiver
        text = self.speller.expand(overload.to, use.scope)
        if not overload.is_template:
            names = {
                "__getitem__": "{self}, {index}",
                "__setitem__": "{self}, {index}, {value}",
                "__contains__": "{self}, {other}",
            }
            member = use.name.rpartition(".")[2]
            unary = use.value is None and member not in names
            text = f"{text}({'{self}' if unary else names.get(member, '{self}, {other}')})"
        values: dict[str, str] = {}
        if isinstance(receiver, cst.Subscript) and use.name.endswith("__setitem__"):
            values["self"] = self.writer.operand(receiver.value)
            values["index"] = self._index_text(receiver)
            values["value"] = self.writer.operand(use.value) if use.value is not None else ""
        elif isinstance(node, cst.Subscript) and receiver is not None:
            values["self"], values["index"] = self.writer.operand(receiver), self._index_text(node)
        else:
            values["self"] = self.writer.operand(receiver) if receiver is not None else ""
            values["other"] = self.writer.operand(use.value) if use.value is not None else ""
        text = re.sub(r"\{(\w+)\}", lambda match: values.get(match.group(1), match.group()), text)
        if isinstance(node, cst.AugAssign) and receiver is not None:
            text = f"{self.writer.operand(receiver, enclosed=False)} = {text}"
        if (
            isinstance(node, cst.Comparison)
            and use.name.endswith("__contains__")
            and isinstance(node.comparisons[0].operator, cst.NotIn)
        ):
            text = f"(not {text})"
        self._replace(span, text, use)

    def _index_text(self, node: cst.Subscript) -> str:
        parts = []
        for element in node.slice:
            part = element.slice
            if isinstance(part, cst.Slice):
                bounds = [
                    self.writer.operand(item) if item is not None else "None"
                    for item in (part.lower, part.upper, part.step)
                ]
                if part.step is None:
                    bounds.pop()
                parts.append(f"slice({', '.join(bounds)})")
            elif isinstance(part, cst.Index):
                parts.append(("*" if part.star else "") + self.writer.operand(part.value))
        return parts[0] if len(parts) == 1 and not parts[0].startswith("*") else f"({', '.join(parts)},)"

    # -- strings and rebound names ---------------------------------------------------------------

    def rewrite_strings(self, strings: Iterable[StringUses], spans_of: Spans) -> None:
        """Edits inside string annotations."""
        for string in strings:
            text = string.node.raw_value
            inner = SourceText(text)
            buffer = EditBuffer(text)
            nested = Rewriter(inner, spans_of, self.rules, buffer, self.speller, self.filename)
            nested.rewrite(string.uses)
            outer = self.spans.inner[id(string.node)]
            quote = len(string.node.quote) + len(string.node.prefix)
            for edit in buffer.edits:
                self.buffer.add(
                    outer.start + quote + edit.start,
                    outer.start + quote + edit.end,
                    edit.text,
                    edit.rule,
                    edit.level,
                )
            line, column = self.source.position(outer.start)
            for item in nested.diagnostics:
                at = column + quote + item.column
                self.diagnostics.append(replace(item, line=line, column=at, start=outer.start, end=outer.end))

    def rewrite_rebinds(self, findings: Findings, kept: frozenset[str]) -> None:
        """Names of imported modules that are assigned to (`torch = None`) go with their import."""
        for node, qualified in findings.rebinds.values():
            if node.value not in kept and counterpart(self.rules, qualified):
                span = self.spans.inner[id(node)]
                name = self.speller.local_name(node.value, qualified)
                self.buffer.add(span.start, span.end, name, qualified)


def _returns_its_argument(overload: Overload) -> bool:
    return re.fullmatch(r"\{\w+\}", overload.to) is not None


def _is_atom(text: str) -> bool:
    try:
        return isinstance(
            ast.parse(text, mode="eval").body,
            (ast.Name, ast.Attribute, ast.Call, ast.Constant, ast.Subscript),
        )
    except SyntaxError:
        return False


def wanted_nodes(findings: Findings) -> dict[int, cst.CSTNode]:
    """All nodes whose places the rewriter needs, by `id`."""
    wanted: list[cst.CSTNode] = []
    for use in findings.uses.values():
        for node in (use.node, use.receiver, use.callee, use.value, use.annotation):
            if type(node) is cst.Subscript:
                wanted.append(node.value)
                wanted.extend(_index_parts(node))
            elif type(node) is cst.Call:
                wanted.append(node.func)
            if node is not None:
                wanted.append(node)
    wanted.extend(string.node for string in findings.strings.values())
    wanted.extend(imported.node for imported in findings.imports.values())
    wanted.extend(node for node, _ in findings.rebinds.values())
    return {id(node): node for node in wanted}


def _index_parts(node: cst.Subscript) -> Iterator[cst.BaseExpression]:
    for element in node.slice:
        part = element.slice
        if isinstance(part, cst.Slice):
            yield from (item for item in (part.lower, part.upper, part.step) if item is not None)
        elif isinstance(part, cst.Index):
            yield part.value
