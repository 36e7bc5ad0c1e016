"""Rules as the engine sees them; docs/rules.md says what the fields mean."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from paconvert.rules.signature import Signature, parse_signature

_PLACEHOLDER = re.compile(r"\{(\*?\w+|\.\.\.)\}")
_NAME = re.compile(r"\.?[^\W\d][\w.]*|\.")
_HELPER = re.compile(r"\bhelpers\.([A-Za-z_]\w*)")
_ATOMS = (
    ast.Name,
    ast.Attribute,
    ast.Call,
    ast.Subscript,
    ast.Constant,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
)


class Kind(Enum):
    """What an overload does with a use."""

    TARGET = "target"
    DROP = "drop"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Overload:
    """One way of calling an API and what it becomes."""

    data: Mapping[str, Any]

    @cached_property
    def kind(self) -> Kind:
        """Converted, dropped or unsupported."""
        if "unsupported" in self.data:
            return Kind.UNSUPPORTED
        return Kind.DROP if "drop" in self.data else Kind.TARGET

    @cached_property
    def signature(self) -> Signature | None:
        """The parameters, `None` for what is not called."""
        text = self.data.get("signature")
        return parse_signature(text) if text is not None else None

    @cached_property
    def to(self) -> str:
        """The target: a name, a member with a leading dot, a helper or a template."""
        return str(self.data.get("to", ""))

    @cached_property
    def arguments(self) -> Mapping[str, str]:
        """torch parameter → Paddle keyword, where they differ."""
        return dict(self.data.get("arguments", {}))

    @cached_property
    def ignore(self) -> Mapping[str, str]:
        """Parameters that are left out, with the reason."""
        return dict(self.data.get("ignore", {}))

    @cached_property
    def defaults(self) -> Mapping[str, str]:
        """Parameters passed although the call leaves them out."""
        return dict(self.data.get("defaults", {}))

    @cached_property
    def add(self) -> Mapping[str, str]:
        """Paddle keywords that are always passed."""
        return dict(self.data.get("add", {}))

    @cached_property
    def positional(self) -> int | None:
        """How many leading parameters the target takes in the same places (`None`: all)."""
        value: int | None = self.data.get("positional")
        return value

    @cached_property
    def when(self) -> Mapping[str, Any]:
        """The condition."""
        return dict(self.data.get("when", {}))

    @cached_property
    def requires(self) -> tuple[str, ...]:
        """Helpers that must be present although they are not named."""
        return tuple(self.data.get("requires", ()))

    @cached_property
    def helpers(self) -> frozenset[str]:
        """The helpers that it needs."""
        texts = [self.text(field) for field in ("to", "value", "assign")]
        texts += [*self.defaults.values(), *self.add.values()]
        return frozenset(self.requires).union(*(helpers_in(text) for text in texts))

    @cached_property
    def reason(self) -> str:
        """Why it is dropped or unsupported."""
        return str(self.data.get("unsupported", self.data.get("drop", "")))

    def text(self, field: str) -> str:
        """A textual field (`returns`, `advice`, `note`, `value`, `assign`, `gives`, `call`), empty when
        absent."""
        return str(self.data.get(field, ""))

    @cached_property
    def is_template(self) -> bool:
        """Whether `to` is more than a name."""
        return bool(self.to) and (_NAME.fullmatch(self.to) is None or self.to in ("True", "False", "None"))

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """The names between the template's braces, without `*`."""
        return frozenset(name.lstrip("*") for name in _PLACEHOLDER.findall(self.to))

    @cached_property
    def is_atomic(self) -> bool:
        """Whether the template's text can stand anywhere without parentheses."""
        text = _PLACEHOLDER.sub("x", self.to.replace("{...}", "x"))
        return isinstance(ast.parse(text.strip(), mode="eval").body, _ATOMS)

    @cached_property
    def keeps_arguments(self) -> bool:
        """Whether any call's arguments reach the target exactly as they are written."""
        changed = ("arguments", "ignore", "defaults", "add", "positional")
        return not self.is_template and not any(field in self.data for field in changed)

    def takes_unpacked(self, double: bool) -> bool:
        """Whether a call with `*args` (and `**kwargs`, when `double`) reaches the target as it is written."""
        fixed = "add" in self.data or "defaults" in self.data or self.positional is not None
        return not (self.is_template or fixed or self.when or (double and self.arguments))

    def calling(self, target: str) -> Overload:
        """The overload for a call of `target` with the arguments as they are."""
        kept = {key: self.data[key] for key in ("signature", "returns", "requires") if key in self.data}
        return Overload({**kept, "to": target})

    def named(self, name: str) -> Overload:
        """The overload for a use by name of an operator that stays as written: `x.__getitem__(0)`."""
        return Overload({**self.data, "to": "." + name.rpartition(".")[2]}) if self.to == "." else self

    def giving(self, value: str) -> Overload:
        """The overload of something dropped as one that calls for the expression `value`."""
        names = () if self.signature is None else (item.name for item in self.signature.parameters)
        return Overload({**self.data, "to": value, "ignore": dict.fromkeys(names, self.reason)})

    def compared(self) -> Overload:
        """The overload for a use that is only compared with something."""
        value = self.text("compared")
        data = {key: item for key, item in self.data.items() if key != "unsupported"}
        return Overload(data).giving(value) if value else self

    def with_defaults(self, shared: Mapping[str, Any]) -> Overload:
        """The overload with the fields that its entry writes once for all."""
        return Overload({**shared, **self.data})


def is_class_name(qualified: str) -> bool:
    """Whether a qualified name looks like that of a class: its last part is in CamelCase."""
    return re.fullmatch(r"_?[A-Z]\w*[a-z]\w*", qualified.rpartition(".")[2]) is not None


def helpers_in(text: str) -> list[str]:
    """The names of helpers that a target, template or value mentions."""
    return _HELPER.findall(text)


@dataclass(frozen=True)
class Rule:
    """All that is known about one API."""

    name: str
    data: Mapping[str, Any]

    @cached_property
    def overloads(self) -> tuple[Overload, ...]:
        """The ways of calling it, in the order in which they are tried."""
        variants = self.data.get("overloads")
        if not variants:
            return (Overload(self.data),)
        shared = {key: value for key, value in self.data.items() if key not in ("overloads", "value")}
        return tuple(Overload(variant).with_defaults(shared) for variant in variants)

    @property
    def general(self) -> Overload:
        """The overload that serves where a call's arguments are not known."""
        return self.overloads[-1]

    @property
    def value(self) -> str:
        """The expression for use as a value, when the entry names one; of a dropped API with one signature,
        `value` is what a call gives."""
        if self.general.kind is Kind.DROP and "overloads" not in self.data:
            return ""
        return str(self.data.get("value", ""))

    @cached_property
    def instance(self) -> str:
        """What instances of a class are: `Module`, `Optimizer` or `instance`; empty for what is not a
        class."""
        returns = self.general.text("returns")
        return returns if returns in ("Module", "Optimizer", "instance") else ""

    @cached_property
    def is_callable(self) -> bool:
        """Whether any overload has a signature."""
        return any(overload.signature is not None for overload in self.overloads)
