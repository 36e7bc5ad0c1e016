"""Custom functions and gradients with torch's interface."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import paddle


class FunctionCtx:
    """What a custom function's forward passes to its backward."""

    def __init__(self, needs_input_grad: tuple[bool, ...] = ()) -> None:
        self.needs_input_grad = needs_input_grad
        self.saved_tensors: tuple[Any, ...] = ()
        self.non_differentiable: tuple[Any, ...] = ()
        self.materialize_grads = True

    def save_for_backward(self, *tensors: Any) -> None:
        """Keeps tensors (or `None`) for `saved_tensors`."""
        self.saved_tensors = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keeps nothing: there is no forward-mode differentiation."""

    def mark_dirty(self, *tensors: Any) -> None:
        """Tells that inputs were changed in place; outputs are new tensors here in any case."""

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Tells which outputs have no gradient."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Says whether backward gets zeros (or `None`) for outputs that nothing used."""
        self.materialize_grads = value


class FunctionCall:
    """One call of a custom function: the function, its arguments and its context."""

    def __init__(self, function: Any, args: tuple[Any, ...]) -> None:
        self.function = function
        self.args = args
        self.dtypes = {place: arg.dtype for place, arg in enumerate(args) if isinstance(arg, paddle.Tensor)}
        self.shapes = {place: list(args[place].shape) for place in self.dtypes}
        needed = (isinstance(arg, paddle.Tensor) and not arg.stop_gradient for arg in args)
        self.ctx: Any = FunctionCtx(tuple(needed))
        self.single = False
        self.tensor_outputs: list[bool] = []

    def forward(self) -> tuple[Any, ...]:
        """Runs the function's forward; the outputs as a tuple."""
        if self.function.setup_context is Function.setup_context:
            output = self.function.forward(self.ctx, *self.args)
        else:
            output = self.function.forward(*self.args)
            self.function.setup_context(self.ctx, self.args, output)
        self.args = ()  # what backward needs is in the context
        self.single = not isinstance(output, tuple)
        outputs = (output,) if self.single else output
        self.tensor_outputs = [isinstance(output, paddle.Tensor) for output in outputs]
        return outputs

    def backward(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the arguments that are tensors; `None` where none is needed."""
        given = iter(grads)
        result = self.function.backward(
            self.ctx, *(next(given) if is_tensor else None for is_tensor in self.tensor_outputs)
        )
        result = result if isinstance(result, tuple) else (result,)
        needed = self.ctx.needs_input_grad
        return tuple(
            self._fitting(place, result[place]).astype(dtype)
            if needed[place] and result[place] is not None
            else None
            for place, dtype in self.dtypes.items()
        )

    def _fitting(self, place: int, grad: Any) -> Any:
        """A gradient in the shape of its argument, from which it may have been spread."""
        shape = self.shapes[place]
        if list(grad.shape) == shape:
            return grad
        more = grad.ndim - len(shape)
        sizes = zip(shape, grad.shape[max(more, 0) :], strict=False)
        if more < 0 or any(size not in (1, given) for size, given in sizes):
            raise RuntimeError(
                f"Function {self.function.__name__}Backward returned an invalid gradient at index {place} - "
                f"got {list(grad.shape)} but expected shape compatible with {shape}"
            )
        spread = [*range(more), *(axis + more for axis, size in enumerate(shape) if size == 1)]
        return (grad.sum(axis=spread) if spread else grad).reshape(shape)


def has_gradient(tensor: Any) -> bool:
    """Says whether tensors of this dtype can have a gradient."""
    return bool(tensor.is_floating_point() or tensor.is_complex())


class FunctionBridge(paddle.autograd.PyLayer):  # type: ignore[misc]
    """The Paddle layer that runs custom functions."""

    @staticmethod
    def forward(ctx: Any, call: FunctionCall, *tensors: Any) -> Any:
        """Runs a call's forward; outputs that are arguments become copies, as Paddle needs it."""
        outputs = call.forward()
        ctx.call = call
        ctx.set_materialize_grads(call.ctx.materialize_grads)
        marked = {id(output) for output in call.ctx.non_differentiable}
        result, constant = [], []
        for output in outputs:
            fixed = id(output) in marked
            if any(output is tensor for tensor in tensors):
                output = output.clone()
            if isinstance(output, paddle.Tensor) and (fixed or not has_gradient(output)):
                constant.append(output)
            result.append(output)
        if constant:
            ctx.mark_non_differentiable(*constant)
        return tuple(result)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Runs a call's backward."""
        return ctx.call.backward(grads)


class Function:
    """The base of custom functions: static `forward(ctx, ...)` and `backward(ctx, *grads)`."""

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Computes the outputs; implemented by subclasses."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Fills the context when `forward` does not take it."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Computes the gradients of the arguments; implemented by subclasses."""
        raise NotImplementedError(
            "You must implement the backward function for your custom autograd.Function."
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Calls the function so that gradients flow through its `backward`."""
        call = FunctionCall(cls, args)
        outputs = FunctionBridge.apply(call, *(args[place] for place in call.dtypes))
        outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
        return outputs[0] if call.single else tuple(outputs)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a `backward` that is not differentiable itself."""

    @functools.wraps(fn)
    def wrapper(*args: Any) -> Any:
        with paddle.no_grad():
            return fn(*args)

    return wrapper


def as_sequence(value: Any) -> list[Any]:
    """A tensor alone as a list of one; a sequence as a list; `None` as an empty one."""
    if value is None:
        return []
    return [value] if isinstance(value, paddle.Tensor) else list(value)


def require_scalars(tensors: Sequence[Any], grads: Sequence[Any]) -> None:
    """Raises where a tensor of several elements has no gradient given."""
    for tensor, grad in itertools.zip_longest(tensors, grads):
        if grad is None and tensor.size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")


def autograd_grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the sum of `outputs`, weighted by `grad_outputs`, with respect to each of `inputs`."""
    targets, sources, weights = as_sequence(outputs), as_sequence(inputs), as_sequence(grad_outputs)
    if is_grads_batched:
        count = weights[0].shape[0]
        rows = [
            autograd_grad(
                targets,
                sources,
                [None if weight is None else weight[row] for weight in weights],
                True if row + 1 < count else retain_graph,
                create_graph,
                allow_unused=allow_unused,
                materialize_grads=materialize_grads,
            )
            for row in range(count)
        ]
        return tuple(
            None if column[0] is None else paddle.stack(column) for column in zip(*rows, strict=True)
        )
    require_scalars(targets, weights)
    grads = paddle.grad(
        targets,
        sources,
        weights or None,
        retain_graph=retain_graph,
        create_graph=create_graph,
        allow_unused=True,
    )
    if not (allow_unused or materialize_grads) and any(grad is None for grad in grads):
        raise RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph."
            " Set allow_unused=True if this is the desired behavior."
        )
    if materialize_grads:
        grads = [paddle.zeros_like(x) if g is None else g for g, x in zip(grads, sources, strict=True)]
    return tuple(grads)


def autograd_backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Adds the gradients of the sum of `tensors` to the leaves of their graph, or to `inputs` alone."""
    targets = as_sequence(tensors)
    weights = as_sequence(grad_variables if grad_tensors is None else grad_tensors)
    require_scalars(targets, weights)
    if inputs is None and not create_graph:
        paddle.autograd.backward(targets, weights or None, retain_graph=bool(retain_graph))
        return
    if inputs is None:
        raise NotImplementedError("backward with create_graph=True needs inputs in Paddle")
    sources = as_sequence(inputs)
    grads = autograd_grad(targets, sources, weights or None, retain_graph, create_graph, allow_unused=True)
    for source, grad in zip(sources, grads, strict=True):
        if grad is not None:
            source.grad = grad if source.grad is None else source.grad + grad


def track_inputs(inputs: Any, create_graph: bool) -> tuple[Any, ...]:
    """The inputs as tensors whose gradients can be asked for."""
    tensors = tuple(as_sequence(inputs))
    if create_graph:
        tensors = tuple(tensor * 1 if not tensor.stop_gradient else tensor.detach() for tensor in tensors)
    else:
        tensors = tuple(tensor.detach() for tensor in tensors)
    for tensor in tensors:
        tensor.stop_gradient = False
    return tensors


def strip_graph(value: Any, create_graph: bool) -> Any:
    """A result, or a nest of them, without its graph unless that is wanted."""
    if isinstance(value, (tuple, list)):
        return tuple(strip_graph(item, create_graph) for item in value)
    return value if create_graph else value.detach()


def pick(value: tuple[Any, ...], like: Any) -> Any:
    """The only one of `value` where `like` is a single tensor, else the tuple."""
    return value[0] if isinstance(like, paddle.Tensor) else value


def element_gradients(output: Any, inputs: Sequence[Any], create_graph: bool) -> list[Any]:
    """For each input, the derivatives of all elements of an output, stacked in the output's shape."""
    rows = []
    for element in output.reshape([-1]).unbind(0) if output.ndim else [output]:
        if element.stop_gradient:
            rows.append(tuple(paddle.zeros_like(x) for x in inputs))
        else:
            rows.append(autograd_grad(element, inputs, None, True, create_graph, materialize_grads=True))
    columns = zip(*rows, strict=True)
    return [paddle.stack(column).reshape([*output.shape, *column[0].shape]) for column in columns]


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func` at `inputs`: a tensor, or tuples of them where inputs or outputs are tuples."""
    with paddle.enable_grad():
        tensors = track_inputs(inputs, create_graph)
        outputs = func(*tensors)
        rows = tuple(
            pick(tuple(element_gradients(output, tensors, create_graph)), inputs)
            for output in as_sequence(outputs)
        )
    return strip_graph(pick(rows, outputs), create_graph)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a `func` that returns one number."""

    def gradient(*tensors: Any) -> Any:
        value = func(*tensors)
        if value.size != 1:
            raise RuntimeError(
                "The Tensor returned by the function given to hessian should contain one element"
            )
        grads = autograd_grad(value.reshape([]), tensors, create_graph=True, materialize_grads=True)
        return pick(grads, inputs)

    return jacobian(gradient, inputs, create_graph)


def autograd_vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs of `func`, and the product of `v` with its Jacobian."""
    with paddle.enable_grad():
        tensors = track_inputs(inputs, create_graph)
        outputs = func(*tensors)
        grads = autograd_grad(outputs, tensors, v, create_graph, create_graph, materialize_grads=True)
    return strip_graph(outputs, create_graph), strip_graph(pick(grads, inputs), create_graph)


def autograd_jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs of `func`, and the product of its Jacobian with `v`."""
    with paddle.enable_grad():
        tensors = track_inputs(inputs, create_graph)
        outputs = func(*tensors)
        targets = as_sequence(outputs)
        weights = [paddle.zeros_like(target) for target in targets]
        for weight in weights:
            weight.stop_gradient = False
        directions = [paddle.ones_like(x) for x in tensors] if v is None else as_sequence(v)
        grads = autograd_grad(targets, tensors, weights, create_graph=True, materialize_grads=True)
        products = autograd_grad(
            grads, weights, directions, create_graph, create_graph, materialize_grads=True
        )
    return strip_graph(outputs, create_graph), strip_graph(pick(products, outputs), create_graph)


def autograd_hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of `func`, and the product of its Hessian with `v`."""
    with paddle.enable_grad():
        tensors = track_inputs(inputs, create_graph)
        value = func(*tensors)
        grads = autograd_grad(value, tensors, create_graph=True, materialize_grads=True)
        directions = [paddle.ones_like(x) for x in tensors] if v is None else as_sequence(v)
        products = autograd_grad(
            grads, tensors, directions, create_graph, create_graph, materialize_grads=True
        )
    return strip_graph(value, create_graph), strip_graph(pick(products, inputs), create_graph)


class UnpackedDualTensor(NamedTuple):
    """`torch.autograd.forward_ad.UnpackedDualTensor`: a tensor and its tangent."""

    primal: Any
    tangent: Any


def unpack_dual(tensor: Any) -> UnpackedDualTensor:
    """`torch.autograd.forward_ad.unpack_dual` outside of forward mode: the tensor, and no tangent."""
    return UnpackedDualTensor(tensor, None)
