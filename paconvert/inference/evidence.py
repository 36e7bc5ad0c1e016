"""What a function's body says about its parameters: evidence where nothing is declared."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from paconvert.frontend.walk import meaningful_children
from paconvert.inference.members import Members
from paconvert.inference.types import K, Type

_KEEPING = frozenset(
    {"to", "cuda", "cpu", "float", "half", "double", "detach", "clone", "contiguous", "long"}
)
_ARRAY_MEMBERS = frozenset({"shape", "dtype", "ndim", "device", "T"})


_LEAVES = frozenset({cst.Name, cst.Integer, cst.Float, cst.SimpleString})


class _Collector:
    """Collects how names are used: members, subscripts, first arguments of calls."""

    def __init__(self, names: Sequence[str]) -> None:
        self.members: dict[str, set[str]] = {name: set() for name in names}
        self.indexed: set[str] = set()

    def walk(self, node: cst.CSTNode) -> None:
        stack: list[cst.CSTNode] = [node]
        while stack:
            current = stack.pop()
            if type(current) is cst.Attribute:
                if type(current.value) is cst.Name and current.value.value in self.members:
                    self.members[current.value.value].add(current.attr.value)
                    continue
                self._chained(current)
                stack.append(current.value)
                continue
            if (
                type(current) is cst.Subscript
                and type(current.value) is cst.Name
                and current.value.value in self.members
                and self._is_array_index(current)
            ):
                self.indexed.add(current.value.value)
            if type(current) not in _LEAVES:
                stack.extend(meaningful_children(current))

    def _chained(self, node: cst.Attribute) -> None:
        """`x.to(device).unsqueeze(0)`: a member of what a method gives that keeps the kind of its
        receiver."""
        receiver: cst.BaseExpression = node.value
        while isinstance(receiver, cst.Call) and isinstance(receiver.func, cst.Attribute):
            if receiver.func.attr.value not in _KEEPING:
                return
            receiver = receiver.func.value
        if isinstance(receiver, cst.Name) and receiver.value in self.members:
            self.members[receiver.value].add(node.attr.value)

    @staticmethod
    def _is_array_index(node: cst.Subscript) -> bool:
        return len(node.slice) > 1 or any(
            isinstance(element.slice, cst.Index) and isinstance(element.slice.value, cst.Ellipsis)
            for element in node.slice
        )


def parameter_evidence(
    node: cst.FunctionDef, text: str, names: Sequence[str], members: Members, tensor_name: str
) -> dict[str, Type]:
    """Likely types of parameters, by the members that the body uses and by how it indexes.

    Args:
        node: the function.
        text: source that it is part of.
        names: the parameters in question.
        members: what members types have.
        tensor_name: the parameter that is a tensor unless something else is seen (empty for none).
    """
    collector = _Collector(names)
    # a look at the text spares most walks
    if re.search(rf"\b(?:{'|'.join(names)})\b(?:[\s)\\]|#[^\n]*\n)*[.\[]", text):
        collector.walk(node.body)
    tensor_members = members.rules.members(members.owners["Tensor"])
    elsewhere = members.rules.foreign_members
    module_members = members.rules.members(members.owners["Module"])
    optimizer_members = members.rules.members(members.owners["Optimizer"])
    receivers = members.rules.facts["conventions"].get("receivers", {})
    found: dict[str, Type] = {}
    for name in names:
        if name == "self":
            continue  # a function that becomes a method: the members are those of a class
        used = collector.members[name]
        only_tensor = (used & tensor_members) - elsewhere - module_members - optimizer_members
        arrays = used & _ARRAY_MEMBERS
        if (
            only_tensor
            or (arrays and used <= tensor_members)
            or (name in collector.indexed and used <= tensor_members)
            or (name == tensor_name and used <= tensor_members)
        ):
            found[name] = Type(K.TENSOR, likely=True)
        elif name in receivers:
            found[name] = Type(K(receivers[name]), likely=True)
        elif (used & module_members) - tensor_members - elsewhere - optimizer_members:
            found[name] = Type(K.MODULE, likely=True)
    return found
