"""What is known about an API, as one record; the terminal, JSON and the pages only render it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any

from paconvert.catalog.data import Proofs
from paconvert.rewrite.helpers import MODULE_NAME
from paconvert.rules.load import Rules
from paconvert.rules.model import Kind, Overload, Rule
from paconvert.rules.signature import Parameter, ParameterKind

_PLACEHOLDER = re.compile(r"\{(\*?\w+|\.\.\.)\}")
_BARE = re.compile(r"[\w.]+")


class Difference(str, Enum):
    """How an API's Paddle form differs from torch's."""

    SAME = "same name"
    RENAMED = "renamed call"
    ARGUMENTS = "arguments differ"
    TEMPLATE = "template"
    HELPER = "helper"
    DROPPED = "dropped"
    UNSUPPORTED = "unsupported"


class ProofStatus(str, Enum):
    """What the proofs of an API have shown."""

    PROVEN = "proven"
    MISSING = "not run: a package was not installed"
    UNPROVEN = "not proven"
    NOT_NEEDED = "nothing to prove"


@dataclass(frozen=True, slots=True)
class Argument:
    """What becomes of one argument.

    Attributes:
        torch: the parameter as it stands in torch's signature (`dim=None`); empty for one that is added.
        paddle: the keyword that takes it; empty when it is left out or is a part of an expression.
        note: why it is left out, what is passed when it is not given, and so on.
    """

    torch: str
    paddle: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of calling an API, and what it becomes.

    Attributes:
        torch: torch's call (`torch.cat(tensors, dim=0, *, out=None)`).
        condition: when it applies; empty when always.
        difference: the kind of difference.
        paddle: Paddle's form; empty when nothing is needed or possible.
        arguments: what becomes of the arguments.
        returns: the type of the result, in the words of docs/rules.md.
        reason, advice: why it is dropped or unsupported, and what to do.
        helpers: the helpers that are in the output for it, by the names they have there.
        since: the Paddle release that is needed, when not the oldest supported one.
    """

    torch: str
    condition: str
    difference: Difference
    paddle: str
    arguments: tuple[Argument, ...] = ()
    returns: str = ""
    reason: str = ""
    advice: str = ""
    helpers: tuple[str, ...] = ()
    since: str = ""

    @property
    def changed(self) -> tuple[Argument, ...]:
        """The arguments that do not simply keep their names."""
        return tuple(a for a in self.arguments if a.note or a.paddle != _parameter_name(a.torch))


@dataclass(frozen=True, slots=True)
class Example:
    """A line of torch code and what it becomes."""

    torch: str
    paddle: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether an API is proven, by how many programs, on which releases."""

    status: ProofStatus
    forms: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """All that is known about an API.

    Attributes:
        name: the qualified name.
        alias: the name whose rule it has, when that is another.
        ways: the ways of calling it, in the order in which they are tried.
        proof: what its proofs have shown.
        notes: known small differences.
        example: a use, converted.
    """

    name: str
    alias: str
    ways: tuple[Way, ...]
    proof: Proof
    notes: tuple[str, ...] = ()
    example: Example | None = None

    @property
    def differences(self) -> tuple[str, ...]:
        """The kinds of difference, each once."""
        return tuple(dict.fromkeys(way.difference.value for way in self.ways))

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON types."""
        return {**asdict(self), "differences": list(self.differences)}


def describe(name: str, rules: Rules, proofs: Proofs, example: Example | None = None) -> Description:
    """The record of a name that has an entry.

    Raises:
        LookupError: the name has no entry.
    """
    rule = rules.find(name)
    if rule is None:
        raise LookupError(name)
    ways = tuple(_distinct([_way(name, rule, overload, rules) for overload in rule.overloads]))
    proof = _proof(rule, proofs) if not _is_package(rule, rules) else Proof(ProofStatus.NOT_NEEDED)
    notes = tuple(
        dict.fromkeys(overload.text("note") for overload in rule.overloads if overload.text("note"))
    )
    alias = rule.name if rule.name != name else ""
    return Description(name, alias, ways, proof, notes, example)


def _distinct(ways: list[Way]) -> Iterator[Way]:
    """The ways without those that do the same as the unconditional one right behind them."""
    for way, after in zip(ways, [*ways[1:], None], strict=True):
        if after is None or after.condition or replace(way, condition="") != after:
            yield way


def is_member(name: str, rules: Rules) -> bool:
    """Whether a name is that of a class's member, which a receiver stands before."""
    owner = name.rpartition(".")[0]
    rule = rules.find(owner)
    is_class = owner in rules.facts["owners"].values() or (rule is not None and bool(rule.instance))
    own = rules.find(name)
    return is_class and not (own is not None and own.general.data.get("static"))


def _is_package(rule: Rule, rules: Rules) -> bool:
    """Whether a rule is that of a module, whose names have rules of their own."""
    return rule.name in rules.namespaces and rule.data.keys() <= {"to", "namespace"}


def _proof(rule: Rule, proofs: Proofs) -> Proof:
    if all(overload.kind is not Kind.TARGET for overload in rule.overloads):
        return Proof(ProofStatus.NOT_NEEDED)
    record = proofs.names.get(rule.name)
    if record is None or not record.key:
        return Proof(ProofStatus.UNPROVEN)
    if not record.forms:
        return Proof(ProofStatus.MISSING, detail=record.missing)
    releases = ", ".join(f"{name} {release}" for name, release in sorted(proofs.releases.items()))
    return Proof(ProofStatus.PROVEN, record.forms, releases)


def _way(name: str, rule: Rule, overload: Overload, rules: Rules) -> Way:
    member = is_member(rule.name, rules)
    parameters = overload.signature.parameters if overload.signature else None
    way = Way(
        torch=name + ("" if parameters is None else str(overload.data["signature"])),
        condition=_condition(overload.when),
        difference=_difference(rule.name, overload, rules),
        paddle="",
        returns=overload.text("returns"),
        helpers=tuple(f"{MODULE_NAME}.{helper}" for helper in sorted(overload.helpers)),
        since=overload.text("paddle"),
    )
    if overload.kind is not Kind.TARGET:
        value = _spelled(overload.text("value")) if overload.kind is Kind.DROP else ""
        return replace(way, paddle=value, reason=overload.reason, advice=overload.text("advice"))
    arguments = tuple(_arguments(overload, parameters or ()))
    return replace(way, paddle=_form(rule.name, overload, member), arguments=arguments)


def _difference(name: str, overload: Overload, rules: Rules) -> Difference:
    if overload.kind is Kind.UNSUPPORTED:
        return Difference.UNSUPPORTED
    if overload.kind is Kind.DROP:
        return Difference.DROPPED
    if overload.to.startswith("helpers.") and not overload.is_template:
        return Difference.HELPER
    if overload.is_template:
        return Difference.TEMPLATE
    if not overload.keeps_arguments:
        return Difference.ARGUMENTS
    package, _, rest = name.partition(".")
    root = rules.facts["conventions"]["package"]
    member = name.rpartition(".")[2]
    same = {f"{root}.{rest}", root if not rest else "", f".{member}", "."}
    return Difference.SAME if overload.to in same and package != root else Difference.RENAMED


def _spelled(text: str) -> str:
    """A target's text as it stands in the output."""
    return re.sub(r"\bhelpers\.", f"{MODULE_NAME}.", text)


def _form(name: str, overload: Overload, member: bool) -> str:
    if overload.is_template:
        return _PLACEHOLDER.sub(lambda match: match[1], _spelled(overload.to))
    target = f"self{overload.to}" if overload.to.startswith(".") else _spelled(overload.to)
    if overload.to == ".":
        return "the operator as it is written"
    if overload.signature is None:
        is_function = member and not overload.to.startswith(".")
        return f"{target}(self)" if is_function else target
    parts = ["self"] if member and not overload.to.startswith(".") else []
    keyword_only = False
    for parameter in overload.signature.parameters:
        if parameter.name in overload.ignore or _is_engine_out(parameter, overload):
            continue
        if parameter.kind is ParameterKind.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            variadic = any(p.kind is ParameterKind.VARIADIC for p in overload.signature.parameters)
            parts += [] if variadic else ["*"]
        text = overload.arguments.get(parameter.name, parameter.name)
        prefix = {ParameterKind.VARIADIC: "*", ParameterKind.KEYWORDS: "**"}.get(parameter.kind, "")
        default = overload.defaults.get(parameter.name, parameter.default)
        parts.append(prefix + text + ("" if default is None else f"={_spelled(default)}"))
    added = [f"{keyword}={_spelled(expression)}" for keyword, expression in overload.add.items()]
    extra = [i for i, part in enumerate(parts) if part.startswith("**")]
    parts[extra[0] if extra else len(parts) : 0] = added
    return f"{target}({', '.join(parts)})"


def _arguments(overload: Overload, parameters: tuple[Parameter, ...]) -> list[Argument]:
    rows = [_argument(overload, parameter) for parameter in parameters]
    rows += [
        Argument("", keyword, f"always passed: `{_spelled(expression)}`")
        for keyword, expression in overload.add.items()
    ]
    return rows


def _argument(overload: Overload, parameter: Parameter) -> Argument:
    name = parameter.name
    prefix = {ParameterKind.VARIADIC: "*", ParameterKind.KEYWORDS: "**"}.get(parameter.kind, "")
    torch = prefix + name + ("" if parameter.default is None else f"={parameter.default}")
    if name in overload.ignore:
        return Argument(torch, "", f"left out: {overload.ignore[name]}")
    if _is_engine_out(parameter, overload):
        return Argument(torch, "", "the result is written into it")
    if overload.is_template and name in overload.placeholders:
        return Argument(torch, "", "in the expression")
    if overload.is_template and "{...}" not in overload.to:
        return Argument(torch, "", f"only: {_condition({name: overload.when.get(name, 'absent')})}")
    note = f"`{_spelled(overload.defaults[name])}` when not given" if name in overload.defaults else ""
    return Argument(torch, overload.arguments.get(name, name), note)


def _is_engine_out(parameter: Parameter, overload: Overload) -> bool:
    return parameter.name == "out" and overload.data.get("out") != "native"


def _parameter_name(torch: str) -> str:
    match = _BARE.match(torch.lstrip("*"))
    return match[0] if match else ""


def _condition(when: Mapping[str, Any]) -> str:
    """A condition in words."""
    parts = []
    for name, predicates in when.items():
        if name == "@same_kind":
            names = " and ".join(f"`{parameter}`" for parameter in predicates)
            parts.append(f"{names} need no dtype promotion")
        else:
            alternatives = [predicates] if isinstance(predicates, str) else predicates
            parts.append(f"`{name}` {' or '.join(_predicate(text) for text in alternatives)}")
    return "; ".join(parts)


def _predicate(text: str) -> str:
    words = {"given": "is given", "absent": "is not given", "literal": "is a literal"}
    if text.startswith("= "):
        return f"is {text[2:]}"
    if text.startswith("not "):
        return f"is not a {text[4:]}"
    return words.get(text, text)
