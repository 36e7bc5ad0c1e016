"""The new text of a call, made from the source text of its arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import libcst as cst

from paconvert.frontend.spans import Span, Spans
from paconvert.frontend.text import is_broken, skip_forward
from paconvert.inference.uses import Use
from paconvert.rewrite.buffer import EditBuffer
from paconvert.rules.model import Overload
from paconvert.rules.signature import ParameterKind

_PLACEHOLDER = re.compile(r"\{(\*?\w+|\.\.\.)\}")
_OPENED = re.compile(r"(?:[(\[,]|(?<![=!<>])=)\s*$")
_COMMA = re.compile(r"\A((?:[^#,]|#[^\n]*(?:\n|\Z))*),")  # the first one outside comments
_ATOMS = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float, cst.SimpleString,
cst.List, cst.Dict, cst.Set, cst.ListComp, cst.FormattedString)  # fmt: skip

_COMPOUND = (cst.GeneratorExp, cst.NamedExpr, cst.Tuple, cst.Yield)  # arguments in parentheses of their own


@dataclass(slots=True)
class Argument:
    """An argument of the new call: its source node and the keyword it is passed by (empty when
    positional)."""

    node: cst.Arg
    parameter: str
    keyword: str = ""
    kept: bool = True


@dataclass(slots=True)
class ArgumentPlan:
    """How a call's arguments reach the target."""

    arguments: list[Argument] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    out: cst.Arg | None = None
    problem: str = ""

    @property
    def is_structural(self) -> bool:
        """Whether arguments are left out."""
        return any(not argument.kept for argument in self.arguments)


def plan_arguments(
    use: Use, overload: Overload, nodes: Sequence[cst.Arg], *, skip: frozenset[str] = frozenset()
) -> ArgumentPlan:
    """Decides for each argument by which keyword it is passed, which are left out, which are added.

    Args:
        use: the call with its bound arguments.
        overload: the overload that applies.
        nodes: the arguments in their order.
        skip: parameters that a template places by itself.
    """
    plan = ArgumentPlan()
    if use.bound is None or overload.signature is None:
        for node in nodes:
            name = node.keyword.value if node.keyword else ""
            keyword = overload.arguments.get(name, name)
            plan.arguments.append(Argument(node, name, keyword, kept=name not in overload.ignore))
        return plan
    names = {id(argument): name for name, argument in use.bound.single.items()}
    extra = {id(argument) for argument in (use.bound.extra or {}).values()}
    variadic = {id(argument) for argument in use.bound.variadic}
    order = [
        parameter.name
        for parameter in overload.signature.parameters
        if parameter.kind is not ParameterKind.KEYWORDS
    ]
    limit = overload.positional if overload.positional is not None else len(order)
    contiguous = True
    for node in nodes:
        name = names.get(id(node), "")
        if id(node) in variadic or id(node) in extra:
            plan.arguments.append(Argument(node, name, node.keyword.value if node.keyword else ""))
            continue
        if name == "out" and overload.text("out") != "native":
            if not (isinstance(node.value, cst.Name) and node.value.value == "None"):
                plan.out = node
            plan.arguments.append(Argument(node, name, kept=False))
            contiguous = contiguous and node.keyword is not None
            continue
        if name in overload.ignore or name in skip:
            plan.arguments.append(Argument(node, name, kept=False))
            contiguous = False
            continue
        target = overload.arguments.get(name, name)
        if node.keyword is None and contiguous and order.index(name) < limit:
            plan.arguments.append(Argument(node, name))
            continue
        if node.keyword is None:
            contiguous = False
        plan.arguments.append(Argument(node, name, target))
    given = {argument.parameter for argument in plan.arguments}
    for name, value in overload.defaults.items():
        if name not in given:
            plan.added.append(f"{overload.arguments.get(name, name)}={value}")
    plan.added.extend(f"{name}={value}" for name, value in overload.add.items())
    return plan


class CallWriter:
    """Writes calls from planned arguments."""

    def __init__(self, buffer: EditBuffer, spans: Spans) -> None:
        self.buffer = buffer
        self.spans = spans

    def outer(self, node: cst.CSTNode) -> str:
        """A node's converted text with its parentheses."""
        return self.buffer.text(*self.spans.outer[id(node)])

    def inner(self, node: cst.CSTNode) -> str:
        """A node's converted text without its parentheses."""
        return self.buffer.text(*self.spans.inner[id(node)])

    def argument(self, argument: Argument) -> str:
        """An argument as it is passed."""
        start = self.spans.outer[id(argument.node)].start
        value = self.spans.outer[id(argument.node.value)]
        text = self.buffer.text(value.start, value.end)
        if argument.node.star:
            return self.buffer.text(start, value.end)
        if argument.keyword and argument.node.keyword is not None:
            keyword = self.spans.inner[id(argument.node.keyword)]
            return argument.keyword + self.buffer.text(keyword.end, value.end)
        if isinstance(argument.node.value, cst.GeneratorExp) and not text.startswith("("):
            text = f"({text})"
        return f"{argument.keyword}={text}" if argument.keyword else text

    def separator(self, argument: Argument) -> str:
        """What stands between an argument and the next, or the closing parenthesis."""
        return self.buffer.source[
            self.spans.outer[id(argument.node.value)].end : self.spans.outer[id(argument.node)].end
        ]

    def region(self, call: cst.Call) -> Span:
        """Between the parentheses of a call."""
        end = self.spans.inner[id(call)].end - 1
        if call.args:
            opening = skip_forward(self.buffer.source, self.spans.outer[id(call.func)].end)
            return Span(opening + 1, end)
        return Span(end, end)

    def arguments(self, call: cst.Call, plan: ArgumentPlan, *, drop_first: bool = False) -> str:
        """The text between the parentheses of the new call."""
        region = self.region(call)
        lead = (
            self.buffer.source[region.start : self.spans.outer[id(call.args[0])].start]
            if call.args and not drop_first
            else ""
        )
        pieces: list[str] = []
        separators: list[str] = []  # behind the last argument that stays
        for argument in plan.arguments:
            if argument.kept:
                if pieces:
                    pieces.append(_separator(separators, closes=False))
                pieces.append(self.argument(argument))
                separators = []
            separators.append(self.separator(argument))
        if pieces:
            pieces.append(_separator(separators, closes=True))
        if plan.added:
            added = ", ".join(plan.added)
            if pieces:
                pieces[-2] += f", {added}"
            else:
                pieces.append(added)
        return lead + "".join(pieces)

    def template(
        self,
        use: Use,
        overload: Overload,
        text: str,
        plan: ArgumentPlan,
        receiver: cst.BaseExpression | None,
        value: cst.CSTNode | None = None,
    ) -> str:
        """A template with its placeholders filled in. `text` has its targets spelled already."""

        def fill(match: re.Match[str]) -> str:
            before, after = text[: match.start()], text[match.end() :]
            enclosed = _OPENED.search(before) is not None and after.lstrip()[:1] in (")", ",", "]", "")
            filled = content(match.group(1), enclosed, after.startswith("."))
            inside = sum(map(before.count, "([{")) > sum(map(before.count, ")]}"))
            return filled if inside or not is_broken(filled) else f"({filled})"

        def content(name: str, enclosed: bool, before_dot: bool) -> str:
            if name == "...":
                return ", ".join(
                    [*(self.argument(item) for item in plan.arguments if item.kept), *plan.added]
                )
            if name == "self" and receiver is not None:
                return self.operand(receiver, enclosed, before_dot)
            if (
                name in ("value", "other", "index")
                and value is not None
                and (use.bound is None or name not in use.bound.single)
            ):
                return self.operand(value, enclosed, before_dot)
            return self._placeholder(use, overload, name, enclosed, before_dot)

        if not plan.added and not any(item.kept for item in plan.arguments):
            text = re.sub(r",\s*\{\.\.\.\}", "{...}", text)
        return _PLACEHOLDER.sub(fill, text)

    def _placeholder(self, use: Use, overload: Overload, name: str, enclosed: bool, before_dot: bool) -> str:
        spread = name.startswith("*")
        name = name.lstrip("*")
        bound = use.bound
        assert overload.signature is not None
        if bound is not None and name in bound.single:
            text = self.operand(bound.single[name].value, enclosed and not spread, before_dot)
            return f"*{text}" if spread else text
        parameter = next((item for item in overload.signature.parameters if item.name == name), None)
        if parameter is not None and parameter.kind is ParameterKind.VARIADIC and bound is not None:
            items = [argument.star + self.outer(argument.value) for argument in bound.variadic]
            if spread:
                return ", ".join(items)
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        return parameter.default if parameter is not None and parameter.default is not None else "None"

    def operand(self, node: cst.CSTNode, enclosed: bool = True, before_dot: bool = False) -> str:
        """A node's converted text with parentheses where it needs some.

        Args:
            node: an expression.
            enclosed: whether it stands by itself between brackets and commas.
            before_dot: whether a member of it is asked for.
        """
        inner = self.inner(node)
        if isinstance(node, _ATOMS):
            # In parentheses of its own it may have become an operation.
            start, end = span = self.spans.inner[id(node)]
            operation = span != self.spans.outer[id(node)] and inner != self.buffer.source[start:end]
            number = before_dot and isinstance(node, cst.Integer)
            bare = enclosed or not (operation or number or is_broken(inner))
        else:
            bare = enclosed and not isinstance(node, _COMPOUND)
        return inner if bare else f"({inner})"


def _separator(separators: list[str], *, closes: bool) -> str:
    """What stands behind an argument where those after it are left out: their comments stay.

    Args:
        separators: what stood behind it and behind each of those.
        closes: whether the last of them was the call's last argument.
    """
    if len(separators) < 2:
        return "".join(separators)
    if not any("#" in separator for separator in separators):
        return separators[-1] if closes else separators[0]
    comma = "," if not closes or _COMMA.match(separators[-1]) else ""
    bare = [_COMMA.sub(r"\1", separator) for separator in separators]
    parts = [text for text in bare[1:-1] if "#" in text]
    if closes or "#" in bare[-1]:
        parts.append(bare[-1])
    return comma + bare[0].rstrip(" ") + "".join(parts)


def lambda_text(overload: Overload, target: str, *, method: bool = False, bound: bool = False) -> str:
    """A lambda with torch's signature that calls the target, for use of an API as a value.

    Args:
        overload: the overload.
        target: its target, spelled.
        method: whether it is a method; its receiver is called `self`.
        bound: whether `self` is known where the lambda stands, so that it is no parameter.
    """
    assert overload.signature is not None
    parameters = ["self"] if method and not bound else []
    arguments = ["self"] if method and not target.startswith(".") else []
    if method and target.startswith("."):
        target = f"self{target}"
    keyword_only = False
    limit = overload.positional if overload.positional is not None else len(overload.signature.parameters)
    for index, parameter in enumerate(overload.signature.parameters):
        if parameter.name == "out":
            continue
        # An argument that makes no difference may have a default that only torch has.
        default = "None" if parameter.name in overload.ignore else parameter.default
        default = f"={default}" if parameter.default is not None else ""
        if parameter.kind is ParameterKind.VARIADIC:
            parameters.append("*" + parameter.name)
            keyword_only = True
        elif parameter.kind is ParameterKind.KEYWORDS:
            parameters.append("**" + parameter.name)
        else:
            if parameter.kind is ParameterKind.KEYWORD_ONLY and not keyword_only:
                parameters.append("*")
                keyword_only = True
            parameters.append(parameter.name + default)
        if parameter.name in overload.ignore or parameter.name in overload.placeholders:
            continue
        if parameter.kind is ParameterKind.VARIADIC:
            arguments.append("*" + parameter.name)
        elif parameter.kind is ParameterKind.KEYWORDS:
            arguments.append("**" + parameter.name)
        elif parameter.default is None and index < limit:
            arguments.append(parameter.name)
        else:
            arguments.append(f"{overload.arguments.get(parameter.name, parameter.name)}={parameter.name}")
    arguments.extend(f"{name}={value}" for name, value in overload.add.items())
    if overload.is_template:
        joined = ", ".join(arguments)
        body = _PLACEHOLDER.sub(lambda match: joined if match.group(1) == "..." else match.group(1), target)
        body = re.sub(r",\s*\)", ")", body)
    else:
        body = f"{target}({', '.join(arguments)})"
    return f"lambda{' ' if parameters else ''}{', '.join(parameters)}: {body}"
