"""Nested containers as flat lists, with torch's interface."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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
    keyed: ClassVar[dict[type, Callable[[Any], Any]]] = {}


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
    if flatten_with_keys_fn is not None:
        TreeNodes.keyed[cls] = flatten_with_keys_fn


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


@dataclass(frozen=True, slots=True)
class SequenceKey:
    """A place in a list."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence: Any) -> Any:
        """What stands there."""
        return sequence[self.idx]


@dataclass(frozen=True, slots=True)
class MappingKey:
    """A place in a dictionary."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping: Any) -> Any:
        """What stands there."""
        return mapping[self.key]


@dataclass(frozen=True, slots=True)
class GetAttrKey:
    """An attribute."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj: Any) -> Any:
        """Its value."""
        return getattr(obj, self.name)


def container_keys(tree: Any, count: int) -> list[Any]:
    """The keys of a container's items."""
    if type(tree) in TreeNodes.keyed:
        return [key for key, _ in TreeNodes.keyed[type(tree)](tree)[0]]
    if type(tree) in (dict, OrderedDict, defaultdict):
        return [MappingKey(key) for key in tree]
    if is_namedtuple_instance(tree):
        return [GetAttrKey(name) for name in tree._fields]
    return [SequenceKey(place) for place in range(count)]


def tree_leaves_with_path(
    tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves of a nest, each with the keys that lead to it."""
    opened = None if is_leaf is not None and is_leaf(tree) else open_container(tree)
    if opened is None:
        return [((), tree)]
    items = opened[2]
    keys = container_keys(tree, len(items))
    return [
        ((key, *path), leaf)
        for key, item in zip(keys, items, strict=True)
        for path, leaf in tree_leaves_with_path(item, is_leaf)
    ]


def tree_flatten_with_path(
    tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> tuple[list[tuple[tuple[Any, ...], Any]], TreeSpec]:
    """The same, and the shape of the nest."""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(
    func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """A nest with `func` of the keys that lead to each leaf, and of the leaf."""
    pairs, spec = tree_flatten_with_path(tree, is_leaf)
    others = [tree_leaves(rest, is_leaf) for rest in rests]
    mapped = [func(path, leaf, *more) for (path, leaf), *more in zip(pairs, *others, strict=True)]
    return tree_unflatten(mapped, spec)


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> TreeSpec:
    """The shape of a nest."""
    return tree_flatten(tree, is_leaf)[1]


def tree_is_leaf(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether something is no container."""
    return (is_leaf is not None and is_leaf(tree)) or open_container(tree) is None


def tree_map_(
    func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """Calls `func` with each leaf; gives the nest."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def tree_map_only_(
    type_or_types_or_pred: Any,
    func: Callable[[Any], Any],
    tree: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> Any:
    """Calls `func` with the leaves of some types, or that a predicate picks; gives the nest."""
    tree_map_only(type_or_types_or_pred, func, tree, is_leaf)
    return tree


def tree_all(pred: Callable[[Any], bool], tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether all leaves fulfil a condition."""
    return all(pred(leaf) for leaf in tree_leaves(tree, is_leaf))


def tree_any(pred: Callable[[Any], bool], tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether a leaf fulfils a condition."""
    return any(pred(leaf) for leaf in tree_leaves(tree, is_leaf))


def tree_all_only(
    type_or_types: Any,
    pred: Callable[[Any], bool],
    tree: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> bool:
    """Whether all leaves of some types fulfil a condition."""
    return all(pred(leaf) for leaf in tree_leaves(tree, is_leaf) if isinstance(leaf, type_or_types))


def tree_any_only(
    type_or_types: Any,
    pred: Callable[[Any], bool],
    tree: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> bool:
    """Whether a leaf of some types fulfils a condition."""
    return any(pred(leaf) for leaf in tree_leaves(tree, is_leaf) if isinstance(leaf, type_or_types))


def keystr(kp: tuple[Any, ...]) -> str:
    """Keys as they are written in Python."""
    return "".join(str(key) for key in kp)


def key_get(obj: Any, kp: tuple[Any, ...]) -> Any:
    """What keys lead to."""
    for key in kp:
        obj = key.get(obj)
    return obj


def is_namedtuple_class(cls: Any) -> bool:
    """Whether a class is one of named tuples."""
    return (
        isinstance(cls, type)
        and issubclass(cls, tuple)
        and isinstance(getattr(cls, "_fields", None), tuple)
        and callable(getattr(cls, "_make", None))
        and callable(getattr(cls, "_asdict", None))
    )


def is_namedtuple_instance(obj: Any) -> bool:
    """Whether something is a named tuple."""
    return is_namedtuple_class(type(obj))


def is_namedtuple(obj: Any) -> bool:
    """Whether something is a named tuple or a class of them."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def is_structseq_class(cls: Any) -> bool:
    """Whether a class is one of the named tuples of Python's own C code."""
    names = ("n_fields", "n_sequence_fields", "n_unnamed_fields")
    return (
        isinstance(cls, type)
        and cls.__bases__ == (tuple,)
        and all(isinstance(getattr(cls, name, None), int) for name in names)
    )


def is_structseq_instance(obj: Any) -> bool:
    """Whether something is a named tuple of Python's own C code."""
    return is_structseq_class(type(obj))


def is_structseq(obj: Any) -> bool:
    """Whether something is such a tuple or a class of them."""
    return is_structseq_class(obj if isinstance(obj, type) else type(obj))


def flatten_dict(d: Mapping[Any, Any]) -> tuple[list[Any], list[Any]]:
    """`torch.utils._pytree._dict_flatten`: the values of a dictionary and its keys."""
    return list(d.values()), list(d.keys())


def unflatten_dict(values: Iterable[Any], context: Iterable[Any]) -> dict[Any, Any]:
    """`torch.utils._pytree._dict_unflatten`: a dictionary from values and keys."""
    return dict(zip(context, values, strict=True))


def flatten_dict_with_keys(d: Mapping[Any, Any]) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """`torch.utils._pytree._dict_flatten_with_keys`: values with where they stand, and the keys."""
    return [(MappingKey(key), value) for key, value in d.items()], list(d.keys())
