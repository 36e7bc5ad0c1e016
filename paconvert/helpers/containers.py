"""torch.nn containers that Paddle has in another form: Sequential, ParameterList, ParameterDict."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import paddle


class Sequential(paddle.nn.Sequential):
    """torch.nn.Sequential: slices keep their names, negative positions and deletion work as in a list."""

    def _name_at(self, index: Any) -> str:
        position, size = operator.index(index), len(self)
        if not -size <= position < size:
            raise IndexError(f"index {position} is out of range")
        return list(self._sub_layers)[position]

    def _renumber(self, layers: Iterable[Any]) -> None:
        self._sub_layers.clear()
        for i, layer in enumerate(layers):
            self._sub_layers[str(i)] = layer

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._sub_layers.items())[index]))
        return self._sub_layers[self._name_at(index)]

    def __setitem__(self, index: Any, layer: Any) -> None:
        setattr(self, self._name_at(index), layer)

    def __delitem__(self, index: Any) -> None:
        names = list(self._sub_layers)[index] if isinstance(index, slice) else [self._name_at(index)]
        for name in names:
            delattr(self, name)
        self._renumber(list(self._sub_layers.values()))

    def __add__(self, other: Any) -> Any:
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> Any:
        return self.extend(other)

    def __mul__(self, times: int) -> Any:
        return Sequential(*(list(self) * times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Any:
        return self.extend(list(self) * (times - 1))

    def pop(self, index: Any) -> Any:
        """Removes and returns the layer at `index`."""
        layer = self[index]
        del self[index]
        return layer

    def append(self, layer: Any) -> Any:
        """Adds `layer` at the end and returns the container."""
        return self.insert(len(self), layer)

    def extend(self, layers: Iterable[Any]) -> Any:
        """Adds all of `layers` at the end and returns the container."""
        for layer in list(layers):
            self.append(layer)
        return self

    def insert(self, index: int, layer: Any) -> Any:
        """Puts `layer` before `index` and returns the container."""
        if index == len(self):
            self.add_module(str(index), layer)
            return self
        layers = list(self)
        if not -len(layers) <= index <= len(layers):
            raise IndexError(f"Index out of range: {index}")
        layers.insert(index, layer)
        self._renumber(layers)
        return self


def _as_parameter(value: Any) -> Any:
    """Tensors become parameters; anything else stays."""
    if isinstance(value, paddle.Tensor) and not isinstance(value, paddle.nn.Parameter):
        return paddle.nn.Parameter(value)
    return value


class ParameterList(paddle.nn.Layer):
    """torch.nn.ParameterList: a list whose tensors are parameters named by their position."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name_at(self, index: Any) -> str:
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(f"index {position} is out of range")
        return str(position % len(self))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(self[i] for i in range(*index.indices(len(self))))
        return getattr(self, self._name_at(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        setattr(self, self._name_at(index), _as_parameter(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __iadd__(self, values: Iterable[Any]) -> Any:
        return self.extend(values)

    def append(self, value: Any) -> Any:
        """Adds `value` at the end and returns the list."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Any:
        """Adds all of `values` at the end and returns the list."""
        if isinstance(values, paddle.Tensor):
            raise TypeError("ParameterList.extend should be called with an iterable, but got Tensor")
        for value in list(values):
            self.append(value)
        return self

    def pop(self, index: int = -1) -> Any:
        """Removes and returns the value at `index`."""
        values = list(self)
        value = values.pop(index)
        for i in range(len(self)):
            delattr(self, str(i))
        self._size = 0
        self.extend(values)
        return value


class ParameterDict(paddle.nn.Layer):
    """torch.nn.ParameterDict: a dict whose tensors are parameters named by their keys."""

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._names: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._names:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, key, _as_parameter(value))
        self._names[key] = None

    def __delitem__(self, key: str) -> None:
        del self._names[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._names))

    def __contains__(self, key: str) -> bool:
        return key in self._names

    def __or__(self, other: Any) -> Any:
        joined = self.copy()
        joined.update(other)
        return joined

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def copy(self) -> Any:
        """A dict of the same parameters."""
        return ParameterDict(dict(self.items()))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of `key`, which becomes `default` when there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Removes everything."""
        for key in list(self._names):
            del self[key]

    def pop(self, key: str) -> Any:
        """Removes `key` and returns its value."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Removes and returns the last pair."""
        key = list(self._names)[-1]
        return key, self.pop(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        return getattr(self, key) if key in self._names else default

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> Any:
        """A new dict with `default` for all `keys`."""
        return ParameterDict(dict.fromkeys(keys, default))

    def keys(self) -> Iterable[str]:
        """The keys, in order of insertion."""
        return self._names.keys()

    def values(self) -> Iterable[Any]:
        """The values, in order of insertion."""
        return (self[key] for key in self._names)

    def items(self) -> Iterable[tuple[str, Any]]:
        """The pairs, in order of insertion."""
        return ((key, self[key]) for key in self._names)

    def update(self, parameters: Any) -> None:
        """Adds the pairs of a mapping (a plain dict by insertion), or of an iterable of pairs."""
        pairs = parameters.items() if isinstance(parameters, Mapping | ParameterDict) else parameters
        for key, value in list(pairs):
            self[key] = value
