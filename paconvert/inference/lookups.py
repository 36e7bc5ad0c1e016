"""Modules that are looked up by a name in a string: `find_spec("torch")`, `sys.modules["torch"]`.

Which functions and tables do that is data: `api_mapping/facts/lookups.json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import libcst as cst

from paconvert.rules.load import Rules

NO_MODULE = "no module of Paddle stands for it"
ANOTHER_PACKAGE = "Paddle is another package: what its metadata say does not hold for torch"
COMPUTED_NAME = "the module's name is not known before the program runs"


class Lookups:
    """The lookups of one module.

    Attributes:
        functions: qualified name → what is known of a function that takes a name.
        tables: qualified names of mappings whose keys are names.
        words: found in the text of all code with a lookup.
    """

    def __init__(self, text: str, names: Mapping[str, str], rules: Rules) -> None:
        """
        Args:
            text: the module's source.
            names: what its imports bind, local → qualified.
            rules: the rules.
        """
        facts = rules.facts["lookups"]
        self.functions: Mapping[str, Mapping[str, Any]] = facts["functions"]
        self.tables = frozenset(facts["tables"])
        last = {name.rpartition(".")[2] for name in (*self.functions, *self.tables)}
        self.words = re.compile(rf"\b(?:{'|'.join(sorted(last))})\b")
        self._text = text
        self._names = names
        self._rules = rules

    def qualified(self, node: cst.BaseExpression) -> str:
        """The qualified name that a dotted name stands for by the module's imports."""
        parts: list[str] = []
        while isinstance(node, cst.Attribute):
            parts.append(node.attr.value)
            node = node.value
        if not isinstance(node, cst.Name):
            return ""
        return ".".join([self._names.get(node.value, node.value), *reversed(parts)])

    def argument(self, node: cst.Call, entry: Mapping[str, Any]) -> cst.BaseExpression | None:
        """The argument of a call that is the name."""
        for argument in node.args:
            if argument.star:
                return None
            if argument.keyword is None or argument.keyword.value == entry["parameter"]:
                return argument.value
        return None

    def begins(self, node: cst.BaseExpression) -> bool:
        """Whether a string with parts to fill in begins with a package that the rules are about."""
        first = node.parts[0] if isinstance(node, cst.FormattedString) and node.parts else None
        text = first.value if isinstance(first, cst.FormattedStringText) else ""
        return "." in text and self._rules.is_complete(text)

    def is_asked_for(self, parameter: str) -> bool:
        """Whether the module calls a function of its own with such a package's name for a parameter."""
        return any(
            re.search(rf"\b{function}\(\s*{_package(self._rules)}", self._text)
            for function in re.findall(rf"\bdef (\w+)\([^)]*\b{parameter}\b", self._text)
        )


def lookups_of(text: str, names: Mapping[str, str], rules: Rules) -> Lookups | None:
    """The lookups of a module; `None` where no string in it is the name of a package with rules."""
    if re.search(_package(rules), text) is None:
        return None
    lookups = Lookups(text, names, rules)
    return lookups if lookups.words.search(text) else None


def _package(rules: Rules) -> str:
    return rf"[\"'](?:{'|'.join(rules.facts['conventions']['packages'])})[.\"']"
