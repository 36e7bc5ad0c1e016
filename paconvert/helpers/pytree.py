"""Nested containers as flat lists, with torch's interface."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any, ClassVar


class TreeSpec:
    """The shape of a nest: the kind of the container, its keys, and the shapes within."""

    def __init__(self, type: Any, context: Any, children_specs: list[Any]) -> None:
        self.type = type
        self.context = context
        self.children_specs = children_specs
        self.num_leaves: int = 1 if type is None else sum(spec.num_leaves for spec in children_specs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TreeSpec) and vars(self) == vars(other)

    def is_leaf(self) -> bool:
        """Whether this is the shape of a leaf."""
        return self.type is None


class TreeNodes:
    """Classes of the user's that are containers: class → (flatten, unflatten)."""

    registered: ClassVar[dict[type, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]]] = {}


def register_pytree_node(
    cls: type,
    flatten_fn: Callable[[Any], Any],
    unflatten_fn: Callable[[Any, Any], Any],
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: Any = None,
    from_dumpable_context: Any = None,
    flatten_with_keys_fn: Any = None,
) -> None:
    """Makes a class a container: `flatten_fn` gives its items and a context, from which it is made again."""
    TreeNodes.registered[cls] = (flatten_fn, unflatten_fn)


def open_container(tree: Any) -> tuple[Any, Any, list[Any]] | None:
    """The kind, keys and items of a container; `None` for a leaf."""
    if type(tree) in TreeNodes.registered:
        items, context = TreeNodes.registered[type(tree)][0](tree)
        return type(tree), context, list(items)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree), None, list(tree)
    if type(tree) in (list, tuple, deque):
        return type(tree), getattr(tree, "maxlen", None), list(tree)
    if type(tree) in (dict, OrderedDict):
        return type(tree), list(tree), list(tree.values())
    if type(tree) is defaultdict:
        return defaultdict, [tree.default_factory, list(tree)], list(tree.values())
    return None


def close_container(kind: Any, context: Any, items: list[Any]) -> Any:
    """A container of a kind with the keys and items."""
    if kind in TreeNodes.registered:
        return TreeNodes.registered[kind][1](items, context)
    if kind is defaultdict:
        return defaultdict(context[0], zip(context[1], items, strict=True))
    if kind in (dict, OrderedDict):
        return kind(zip(context, items, strict=True))
    if kind is deque:
        return deque(items, context)
    return kind(*items) if hasattr(kind, "_fields") else kind(items)


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a nest in order, and its shape."""
    opened = None if is_leaf is not None and is_leaf(tree) else open_container(tree)
    if opened is None:
        return [tree], TreeSpec(None, None, [])
    kind, context, items = opened
    leaves, specs = [], []
    for item in items:
        inner, spec = tree_flatten(item, is_leaf)
        leaves += inner
        specs.append(spec)
    return leaves, TreeSpec(kind, context, specs)


def tree_unflatten(leaves: Any, treespec: TreeSpec) -> Any:
    """A nest of the given shape with the leaves."""
    leaves = list(leaves)
    if len(leaves) != treespec.num_leaves:
        raise ValueError(f"tree_unflatten: {len(leaves)} leaves for a tree of {treespec.num_leaves}")
    if treespec.is_leaf():
        return leaves[0]
    items, start = [], 0
    for spec in treespec.children_specs:
        items.append(tree_unflatten(leaves[start : start + spec.num_leaves], spec))
        start += spec.num_leaves
    return close_container(treespec.type, treespec.context, items)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves of a nest in order."""
    return tree_flatten(tree, is_leaf)[0]


def tree_map(
    func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """A nest with `func` of each leaf, and of the leaves at the same place in further nests."""
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [tree_flatten(rest, is_leaf)[0] for rest in rests]
    return tree_unflatten([func(*items) for items in zip(leaves, *others, strict=True)], spec)


def tree_map_only(
    type_or_types_or_pred: Any,
    func: Callable[[Any], Any],
    tree: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> Any:
    """A nest with `func` of the leaves of the given types, or of those that a predicate picks."""
    kinds = type_or_types_or_pred
    by_type = isinstance(kinds, (type, tuple))

    def apply(leaf: Any) -> Any:
        return func(leaf) if (isinstance(leaf, kinds) if by_type else kinds(leaf)) else leaf

    return tree_map(apply, tree, is_leaf=is_leaf)
