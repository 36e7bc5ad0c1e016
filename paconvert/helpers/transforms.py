"""Functions of functions, with torch.func's interface: gradients, batching, stateless calls of modules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import paddle

from paconvert.helpers.autograd import autograd_grad, autograd_jvp, element_gradients, strip_graph
from paconvert.helpers.pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten


def tracked_copy(value: Any) -> Any:
    """A nest with copies of its tensors whose gradients can be asked for."""

    def copy(leaf: Any) -> Any:
        if not isinstance(leaf, paddle.Tensor):
            return leaf
        leaf = leaf.detach() if leaf.stop_gradient else leaf * 1
        leaf.stop_gradient = False
        return leaf

    return tree_map(copy, value)


def split_arguments(args: tuple[Any, ...], argnums: Any) -> tuple[list[Any], list[int]]:
    """The arguments with tracked copies at the places `argnums`, and those places."""
    places = [argnums] if isinstance(argnums, int) else list(argnums)
    places = [place % len(args) for place in places]
    return [tracked_copy(arg) if place in places else arg for place, arg in enumerate(args)], places


def untracked(value: Any, args: tuple[Any, ...]) -> Any:
    """A result without its graph, unless an argument is being differentiated from outside."""
    outer = any(
        isinstance(leaf, paddle.Tensor) and not leaf.stop_gradient for leaf in tree_leaves(list(args))
    )
    strip = lambda leaf: leaf.detach() if isinstance(leaf, paddle.Tensor) and not outer else leaf  # noqa: E731
    return tree_map(strip, value)


def func_grad_and_value(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradients of `func` and its value (with what it returns besides)."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with paddle.enable_grad():
            tracked, places = split_arguments(args, argnums)
            output = func(*tracked, **kwargs)
            value = output[0] if has_aux else output
            leaves, spec = tree_flatten([tracked[place] for place in places])
            grads = autograd_grad(value, leaves, create_graph=True, materialize_grads=True)
            result = tree_unflatten(list(grads), spec)
        gradient = result[0] if isinstance(argnums, int) else tuple(result)
        return untracked(gradient, args), untracked(output, args)

    return wrapper


def func_grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradients of `func`."""
    both = func_grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradient, output = both(*args, **kwargs)
        return (gradient, output[1]) if has_aux else gradient

    return wrapper


def func_vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func`, and a function from gradients of the outputs to those of the arguments."""
    with paddle.enable_grad():
        tracked = [tracked_copy(primal) for primal in primals]
        output = func(*tracked)
    value = output[0] if has_aux else output
    leaves, spec = tree_flatten(tracked)

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        grads = autograd_grad(
            tree_leaves(value),
            leaves,
            tree_leaves(cotangents),
            retain_graph,
            bool(create_graph),
            materialize_grads=True,
        )
        return tuple(tree_unflatten(list(grads), spec))

    result = untracked(value, primals)
    return (result, pull, untracked(output[1], primals)) if has_aux else (result, pull)


def jacobian_of(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, **options: Any
) -> Callable[..., Any]:
    """A function that returns the Jacobian of `func` with respect to the arguments `argnums`."""

    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        with paddle.enable_grad():
            tracked, places = split_arguments(args, argnums)
            output = func(*tracked)
            value = output[0] if has_aux else output
            sources = [tracked[place] for place in places]

            def rows(tensor: Any) -> Any:
                columns = element_gradients(tensor, sources, True)
                return columns[0] if isinstance(argnums, int) else tuple(columns)

            result = tree_map(rows, value)
        result = untracked(result, args)
        return (result, strip_graph(output[1], False)) if has_aux else result

    return wrapper


def hessian_of(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that returns the second derivatives of `func`."""
    return jacobian_of(jacobian_of(func, argnums), argnums)


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that calls `func` for each slice of its arguments and stacks the results."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        dims = (in_dims,) * len(args) if isinstance(in_dims, int) else tuple(in_dims)
        flat = [(leaf, dim) for arg, spec in zip(args, dims, strict=True) for leaf, dim in spread(arg, spec)]
        spec = tree_flatten(list(args))[1]
        sizes = {leaf.shape[dim] for leaf, dim in flat if dim is not None}
        sizes |= {leaf.shape[0] for leaf in tree_leaves(kwargs) if isinstance(leaf, paddle.Tensor)}
        if len(sizes) != 1:
            raise ValueError("vmap: expected all tensors to have the same size in the mapped dimension")
        outputs = []
        for index in range(sizes.pop()):
            part = [leaf if dim is None else paddle.unbind(leaf, dim)[index] for leaf, dim in flat]
            named = tree_map(
                lambda leaf, at=index: leaf[at] if isinstance(leaf, paddle.Tensor) else leaf, kwargs
            )
            outputs.append(func(*tree_unflatten(part, spec), **named))
        leaves, shape = zip(*(tree_flatten(output) for output in outputs), strict=True)
        columns = list(zip(*leaves, strict=True))
        places = (
            [out_dims] * len(columns) if isinstance(out_dims, int) or out_dims is None else list(out_dims)
        )
        stacked = [
            column[0] if place is None else paddle.stack(column, place)
            for column, place in zip(columns, places, strict=True)
        ]
        return tree_unflatten(stacked, shape[0])

    return wrapper


def spread(value: Any, dims: Any) -> list[tuple[Any, int | None]]:
    """The leaves of an argument with the dimension each is mapped over."""
    leaves = tree_leaves(value)
    if dims is None or isinstance(dims, int):
        return [(leaf, dims if isinstance(leaf, paddle.Tensor) else None) for leaf in leaves]
    return list(zip(leaves, tree_flatten(dims, lambda item: item is None)[0], strict=True))


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Calls a module with other parameters and buffers, given by their names; the module stays as it was."""
    dicts = parameter_and_buffer_dicts
    given: dict[str, Any] = {}
    for part in [dicts] if isinstance(dicts, dict) else dicts:
        given.update(part)
    slots: list[tuple[Any, str, Any]] = []
    try:
        for name, tensor in given.items():
            path, _, last = name.rpartition(".")
            owner = module
            for step in path.split(".") if path else []:
                owner = getattr(owner, step)
            table = owner._parameters if last in owner._parameters else owner._buffers
            if last not in table:
                if strict:
                    raise RuntimeError(f"functional_call: the module has no parameter or buffer named {name}")
                continue
            slots.append((table, last, table[last]))
            dict.__setitem__(table, last, tensor)
        if args is None:
            args = ()
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    finally:
        for table, last, tensor in reversed(slots):
            dict.__setitem__(table, last, tensor)


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of modules of the same kind, stacked by name."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")

    def stack(tables: list[dict[str, Any]], trained: bool) -> dict[str, Any]:
        result = {}
        for name in tables[0]:
            tensor = paddle.stack([table[name].detach() for table in tables])
            tensor.stop_gradient = not trained
            result[name] = tensor
        return result

    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return stack(parameters, True), stack(buffers, False)


def func_jvp(
    func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> tuple[Any, ...]:
    """torch.func.jvp: the outputs, and their change along `tangents`."""
    kept: list[Any] = []

    def outputs(*values: Any) -> Any:
        if not has_aux:
            return func(*values)
        result, aux = func(*values)
        kept[:] = [untracked(aux, tuple(primals))]
        return result

    result = autograd_jvp(outputs, tuple(primals), tuple(tangents))
    return (*result, kept[0]) if has_aux else result


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """torch.func.linearize: the outputs, and the function of tangents that gives the outputs' change."""
    return func(*primals), lambda *tangents: func_jvp(func, primals, tangents)[1]


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """torch.func.replace_all_batch_norm_modules_: no module keeps running statistics any more."""
    for module in (root, *root.sublayers()):
        if getattr(module, "track_running_stats", False) and hasattr(module, "num_batches_tracked"):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
