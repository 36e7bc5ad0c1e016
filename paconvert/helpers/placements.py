"""torch.distributed.tensor: how the parts of a tensor lie on the devices of a mesh, as descriptions."""

from __future__ import annotations

from dataclasses import dataclass


class Placement:
    """A way in which a tensor lies on one dimension of a mesh, as `torch.distributed.tensor.Placement`."""

    def is_shard(self, dim: int | None = None) -> bool:
        """Whether it is cut, along `dim` when that is given."""
        return isinstance(self, Shard) and (dim is None or self.dim == dim)

    def is_replicate(self) -> bool:
        """Whether every device has all of it."""
        return isinstance(self, Replicate)

    def is_partial(self, reduce_op: str | None = None) -> bool:
        """Whether it is yet to be reduced, by `reduce_op` when that is given."""
        return isinstance(self, Partial) and (reduce_op is None or self.reduce_op == reduce_op)


@dataclass(frozen=True)
class Shard(Placement):
    """Cut along a dimension, as `torch.distributed.tensor.Shard`."""

    dim: int

    def __str__(self) -> str:
        return f"S({self.dim})"


@dataclass(frozen=True)
class Replicate(Placement):
    """The same everywhere, as `torch.distributed.tensor.Replicate`."""

    def __str__(self) -> str:
        return "R"


@dataclass(frozen=True)
class Partial(Placement):
    """Yet to be reduced, as `torch.distributed.tensor.Partial`."""

    reduce_op: str = "sum"

    def __repr__(self) -> str:
        return f"Partial({self.reduce_op})"

    def __str__(self) -> str:
        return f"P({self.reduce_op})"
