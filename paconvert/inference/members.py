"""What a member of a type is: a rule's member, a project's, a builtin's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from paconvert.inference.returns import evaluate_returns
from paconvert.inference.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NDARRAY,
    NONE,
    NOT_TENSOR,
    OBJECT,
    STR,
    UNKNOWN,
    K,
    Type,
    element_of,
    iterator_of,
    list_of,
    tuple_of,
)
from paconvert.rules.load import Rules
from paconvert.rules.model import Rule


@dataclass(frozen=True, slots=True)
class Member:
    """A member that was looked up.

    Attributes:
        type: what it is.
        name: the qualified name, for members of APIs.
        found: whether the owner's type says anything about the member.
        api: whether it is an API that rules are about.
    """

    type: Type
    name: str = ""
    found: bool = False
    api: bool = False


ProjectMember = Callable[[Type, str], Member | None]

_STR_RESULTS = {
    "split": list_of(STR), "rsplit": list_of(STR), "splitlines": list_of(STR), "partition": tuple_of(STR,
    STR, STR),
    "rpartition": tuple_of(STR, STR, STR), "encode": BYTES, "count": INT, "find": INT, "index": INT, "rfind":
    INT, "rindex": INT,
    "startswith": BOOL, "endswith": BOOL,
}  # fmt: skip


_WITH_CLASS = (K.MODULE, K.OPTIMIZER, K.INSTANCE, K.CLASS)


class Members:
    """Finds members by the owner's type."""

    def __init__(self, rules: Rules, qualified: Callable[[str], Type], own_packages: frozenset[str]) -> None:
        """
        Args:
            rules: the rules.
            qualified: what a qualified name stands for.
            own_packages: top-level names of the project, which are nobody else's.
        """
        self._own = own_packages
        self.rules = rules
        self.qualified = qualified
        self.owners: dict[str, str] = rules.facts["owners"]
        self.foreign: dict[str, Any] = rules.facts["foreign"]
        self._kinds = {name: K(kind) for kind, name in self.owners.items()}
        self._owner_of = {kind: name for name, kind in self._kinds.items()}
        self._api: dict[str, Type] = {}
        self._mapped: dict[str, bool] = {}
        self._chains: dict[str, tuple[str, ...]] = {}
        self._project_kinds: dict[object, K] = {}

    def is_mapped(self, name: str) -> bool:
        """Whether a qualified name belongs to a package that the rules are about."""
        known = self._mapped.get(name)
        if known is None:
            known = bool(name) and name.partition(".")[0] not in self._own and self.rules.is_mapped(name)
            self._mapped[name] = known
        return known

    def is_external(self, name: str) -> bool:
        """Whether a qualified name is known to be of a package outside the project."""
        top = name.partition(".")[0]
        if top in self._own:
            return False
        return self.rules.is_mapped(name) or top in self.foreign["modules"] or top in sys.stdlib_module_names

    def operator(self, name: str) -> Rule | None:
        """The rule of a tensor operator such as `__add__`."""
        return self.rules.find(f"{self.owners['Tensor']}.{name}")

    # -- APIs by qualified name ------------------------------------------------------------------

    def api(self, name: str) -> Type:
        """What the API of that qualified name is."""
        if name not in self._api:
            self._api[name] = self._resolve(name)
        return self._api[name]

    def _resolve(self, name: str) -> Type:
        if self.rules.stays(name):
            return self._external(name)
        rule = self.rules.find(name)
        if rule is not None:
            canonical = rule.name
            if rule.instance or canonical in self._kinds:
                return Type(K.CLASS, canonical)
            if rule.is_callable:
                return (
                    Type(K.NAMESPACE, name) if self.rules.is_operator(name) else Type(K.FUNCTION, canonical)
                )
            if name in self.rules.namespaces or canonical in self.rules.namespaces:
                return Type(K.NAMESPACE, canonical)
            returns = rule.general.text("returns")
            return evaluate_returns(returns, lambda _: UNKNOWN) if returns else Type(K.UNKNOWN, name)
        namespace = self.rules.namespace(name)
        if namespace:
            return Type(K.CLASS if namespace in self._kinds else K.NAMESPACE, namespace)
        if self.is_mapped(name):
            return Type(K.UNKNOWN, name)
        return self._external(name)

    def _external(self, name: str) -> Type:
        """A name of a package that no rule is about."""
        last = name.rpartition(".")[2]
        if name in self.foreign["returns"]:
            return Type(K.FUNCTION, name)
        if name == "numpy.ndarray":  # which has members with a type of their own, as a module
            return Type(K.CLASS, name)
        if "." not in name or name in self.rules.foreign_modules:
            return Type(K.NAMESPACE, name)
        top = name.partition(".")[0]
        if top in self.foreign["modules"]:
            return Type(K.CLASS if last[:1].isupper() else K.FUNCTION, name)
        return Type(K.UNKNOWN, name)

    def is_method(self, rule: Rule) -> bool:
        """Whether a rule is that of a method, of which its first argument is the receiver."""
        return not rule.data.get("static") and rule.name.rpartition(".")[0] in self._kinds

    def external_result(self, name: str, lookup: Callable[[str], Type]) -> Type:
        """What calling a name of a known foreign package gives."""
        returns = self.foreign["returns"].get(name)
        if returns is not None:
            return evaluate_returns(returns, lookup)
        owner = name
        while owner:
            kind = self.foreign["modules"].get(owner)
            if kind == "ndarray":
                return NDARRAY.guess()
            if kind == "object":
                return Type(K.OBJECT, name, likely=True)
            if kind is not None:
                return evaluate_returns(kind, lookup) if kind != "unknown" else UNKNOWN
            owner = owner.rpartition(".")[0]
        return UNKNOWN

    def instance_of(self, cls: Type) -> Type:
        """What an instance of a class is."""
        from paconvert.inference.declarations import ClassDeclaration

        if isinstance(cls.decl, ClassDeclaration):
            kind = self._project_kinds.get(cls.decl)
            if kind is None:
                kind = self._project_kinds[cls.decl] = self._project_kind(cls.decl)
            return Type(kind, cls.name, decl=cls.decl, likely=cls.likely)
        if cls.name.startswith("builtins."):
            word = cls.name.removeprefix("builtins.")
            return {"str": STR, "bytes": BYTES, "int": INT, "float": FLOAT, "bool": BOOL}.get(word) or (
                Type(K(word)) if word in ("list", "tuple", "dict", "set", "complex") else OBJECT
            )
        if cls.name in self._kinds:
            return Type(self._kinds[cls.name])
        if cls.name == "numpy.ndarray":
            return NDARRAY
        rule = self.rules.find(cls.name)
        if rule is not None:
            returns = rule.general.text("returns")
            if returns == "instance":
                return Type(K.INSTANCE, rule.name)
            if returns in ("Module", "Optimizer"):
                return Type(K(returns), rule.name)
            return evaluate_returns(returns, lambda _: UNKNOWN)
        if cls.name and not self.is_mapped(cls.name):
            return Type(K.OBJECT, cls.name, likely=True)
        return Type(K.INSTANCE, cls.name) if cls.name else UNKNOWN

    def _project_kind(self, declaration: object) -> K:
        for base in declaration.lineage:  # type: ignore[attr-defined]
            if isinstance(base, Type) and base.name:
                kind = self.instance_of(base).kind
                if kind in (K.MODULE, K.OPTIMIZER, K.TENSOR, K.DICT, K.LIST, K.TUPLE, K.STR, K.INT):
                    return kind
        return K.INSTANCE

    # -- members ---------------------------------------------------------------------------------

    def find(self, owner: Type, name: str, project: ProjectMember) -> Member:
        """The member `name` of something of type `owner`."""
        submodule = owner.kind is K.FUNCTION and owner.name.partition(".")[0] in self.foreign["modules"]
        if (owner.kind is K.NAMESPACE or submodule) and owner.decl is None:
            qualified = f"{owner.name}.{name}"
            value = self.qualified(qualified)
            return Member(value, qualified, found=True, api=self.is_mapped(qualified))
        if owner.decl is not None:
            found = project(owner, name)
            if found is not None:
                return found
        for ancestor in self.ancestors(owner):
            qualified = f"{ancestor}.{name}"
            rule = self.rules.find(qualified)
            if rule is not None:
                return Member(self._member_type(rule, owner), rule.name, found=True, api=True)
        return self._plain(owner, name)

    def ancestors(self, owner: Type) -> Iterable[str]:
        """Qualified names of the classes whose members something of this type has."""
        from paconvert.inference.declarations import ClassDeclaration

        found: dict[str, None] = {}
        if isinstance(owner.decl, ClassDeclaration):
            for base in owner.decl.lineage:
                if isinstance(base, Type) and base.name and self.is_mapped(base.name):
                    found.update(dict.fromkeys(self._chain(base.name)))
        elif owner.name and owner.kind in _WITH_CLASS and self.is_mapped(owner.name):
            found.update(dict.fromkeys(self._chain(owner.name)))
        if owner.kind in self._owner_of:
            found.update(dict.fromkeys(self._chain(self._owner_of[owner.kind])))
        return found

    def _chain(self, name: str) -> tuple[str, ...]:
        """A class of an API and its bases, by what its rules say."""
        known = self._chains.get(name)
        if known is None:
            self._chains[name] = (name,)  # in case that the rules lead in a circle
            rule = self.rules.find(name)
            bases = [] if rule is None else list(rule.data.get("bases", ()))
            if rule is not None and rule.instance in self.owners:
                bases.append(self.owners[rule.instance])
            chain = dict.fromkeys([name, *(item for base in bases for item in self._chain(base))])
            known = self._chains[name] = tuple(chain)
        return known

    def _member_type(self, rule: Rule, owner: Type) -> Type:
        if rule.is_callable:
            return Type(K.FUNCTION, rule.name)
        return evaluate_returns(
            rule.general.text("returns"), lambda name: owner if name == "self" else UNKNOWN
        )

    def _plain(self, owner: Type, name: str) -> Member:
        """Members of builtins, arrays and other things that no rule is about."""
        if owner.kind is K.TUPLE and name in owner.fields:
            return Member(owner.items[owner.fields.index(name)], found=True)
        if owner.kind is K.NDARRAY:
            returns = self.foreign["returns"].get(f"numpy.ndarray.{name}")
            if returns is not None:
                value = evaluate_returns(returns, lambda _: UNKNOWN)
                return Member(
                    value if value.kind is not K.LIST else Type(K.FUNCTION, items=(value,)), found=True
                )
            return Member(NDARRAY.guess(), found=True)
        if owner.kind is K.STR:
            return Member(Type(K.FUNCTION, items=(_STR_RESULTS.get(name, STR),)), found=True)
        if owner.kind is K.OBJECT:
            return Member(UNKNOWN if owner is NOT_TENSOR else OBJECT.guess(), found=True)
        result = _container_member(owner, name)
        if result is not None:
            return Member(Type(K.FUNCTION, items=(result,)), found=True)
        known = (
            K.INT,
            K.FLOAT,
            K.BOOL,
            K.COMPLEX,
            K.BYTES,
            K.NONE,
            K.LIST,
            K.TUPLE,
            K.DICT,
            K.SET,
            K.ITERATOR,
            K.FUNCTION,
        )
        return Member(UNKNOWN, found=owner.kind in known and owner.kind is not K.FUNCTION)

    def call(self, rule: Rule, returns: str, lookup: Callable[[str], Type]) -> Type:
        """What a call gives by its rule; a class gives an instance of itself."""
        if returns in ("Module", "Optimizer"):
            items = ()
            return Type(K(returns), rule.name, items)
        if returns == "instance":
            return Type(K.INSTANCE, rule.name)
        return evaluate_returns(returns, lookup)


def _container_member(owner: Type, name: str) -> Type | None:
    if owner.kind is K.DICT:
        key, value = owner.items if len(owner.items) == 2 else (UNKNOWN, UNKNOWN)
        results = {
            "keys": iterator_of(key),
            "values": iterator_of(value),
            "items": iterator_of(tuple_of(key, value)),
            "get": value,
            "pop": value,
            "setdefault": value,
            "copy": owner,
            "update": NONE,
            "clear": NONE,
        }
        return results.get(name)
    if owner.kind in (K.LIST, K.SET):
        results = {
            "pop": element_of(owner),
            "copy": owner,
            "index": INT,
            "count": INT,
            "append": NONE,
            "extend": NONE,
            "insert": NONE,
            "sort": NONE,
            "reverse": NONE,
            "remove": NONE,
            "clear": NONE,
            "add": NONE,
            "union": owner,
            "intersection": owner,
            "difference": owner,
        }
        return results.get(name)
    if owner.kind is K.TUPLE:
        return {"index": INT, "count": INT}.get(name)
    return None
