"""Optimizers with torch's interface and recurrences: groups, states, closures, hooks, state dicts."""

from __future__ import annotations

import copy
import functools
import itertools
import math
import types
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import paddle

from paconvert.helpers.hooks import RemovableHandle

ParamsT = Iterable[Any]  # what an optimizer takes: parameters, groups of them, or pairs with names


class RequiredOption:
    """The type of the marker for an option that every parameter group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required_option = RequiredOption()


def plain_number(value: Any) -> Any:
    """Returns the Python number in a tensor of one element; other values as they are."""
    return value.item() if isinstance(value, paddle.Tensor) else value


def has_named_items(items: list[Any]) -> bool:
    """Says whether parameters are given as pairs (name, parameter); refuses a mixture."""
    named = [isinstance(item, tuple) for item in items]
    if any(named) and not all(named):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return bool(named) and named[0]


class Optimizer:
    """The base of all optimizers: groups of parameters with options, and a state for each parameter.

    Args:
        params: parameters, pairs (name, parameter), or dicts with `params` and the options of a group.
        defaults: the options of groups that do not give their own.

    Subclasses implement `step`; it may read and write `self.param_groups` and `self.state[parameter]`.
    """

    param_groups: list[dict[str, Any]]
    state: defaultdict[Any, Any]
    defaults: dict[str, Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = cls._with_hooks(cls.__dict__["step"])  # type: ignore[method-assign]

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._add_hooks()
        if isinstance(params, paddle.Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, not one"
            )
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _add_hooks(self) -> None:
        for when in ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_pre", "load_post"):
            self.__dict__.setdefault(f"_{when}_hooks", OrderedDict())

    @staticmethod
    def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
        """Wraps a class's `step` so that the hooks run once, around the outermost one."""

        @functools.wraps(step)
        def hooked(self: Any, *args: Any, **kwargs: Any) -> Any:
            if type(self).step is not hooked:  # called through super()
                return step(self, *args, **kwargs)
            self._opt_called = True
            for hook in getattr(self, "_step_pre_hooks", {}).values():
                replaced = hook(self, (self, *args), kwargs)
                if replaced is not None:
                    (_, *args), kwargs = replaced  # type: ignore[assignment]
            result = step(self, *args, **kwargs)
            for hook in getattr(self, "_step_post_hooks", {}).values():
                hook(self, (self, *args), kwargs)
            return result

        return hooked

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._add_hooks()

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for index, group in enumerate(self.param_groups):
            options = (f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
            text += f"\nParameter Group {index}\n" + "".join(options)
        return text + ")"

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group: a dict with `params` and those options that differ from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections, not in sets")
        params = [params] if isinstance(params, paddle.Tensor) else list(params)
        if has_named_items(params):
            param_group["param_names"] = [name for name, _ in params]
            params = [param for _, param in params]
        for param in params:
            if not isinstance(param, paddle.Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}"
                )
            if not param.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        param_group["params"] = params
        for name, default in self.defaults.items():
            if default is required_option and name not in param_group:
                raise ValueError(
                    f"parameter group didn't specify a value of required optimization parameter {name}"
                )
            param_group.setdefault(name, default)
        if param_group.get("differentiable"):
            raise NotImplementedError("steps of an optimizer are not differentiable in Paddle")
        if len(set(params)) != len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=2)
        if any(("param_names" in group) != ("param_names" in param_group) for group in self.param_groups):
            raise ValueError("all optimizer param groups should be with/without names")
        taken = {param for group in self.param_groups for param in group["params"]}
        if not taken.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients of all parameters, or fills them with zeros."""
        for param in self.parameters():
            if param.grad is None:
                continue
            if set_to_none:
                param.grad = None
            else:
                param.grad = paddle.zeros_like(param.grad)

    def parameters(self) -> Iterator[Any]:
        """The parameters of all groups, in order."""
        return itertools.chain.from_iterable(group["params"] for group in self.param_groups)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates the parameters; `closure` computes the loss anew and returns it."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """The state and the options as a dict; parameters are numbered in their order."""
        for hook in self._state_dict_pre_hooks.values():  # type: ignore[attr-defined]
            hook(self)
        number: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for param in group["params"]:
                number.setdefault(id(param), len(number))
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [number[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {
            number[id(key)] if isinstance(key, paddle.Tensor) else key: value
            for key, value in self.state.items()
        }
        result: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._state_dict_post_hooks.values():  # type: ignore[attr-defined]
            replaced = hook(self, result)
            result = result if replaced is None else replaced
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` of an optimizer over parameters of the same shapes returned."""
        state_dict = state_dict.copy()
        for hook in self._load_pre_hooks.values():  # type: ignore[attr-defined]
            replaced = hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        groups, saved = self.param_groups, copy.deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(one["params"]) != len(other["params"]) for one, other in zip(groups, saved, strict=False)):
            raise ValueError(
                "loaded state dict contains a group that doesn't match the size of optimizer's group"
            )
        numbers = itertools.chain.from_iterable(group["params"] for group in saved)
        params = dict(zip(numbers, self.parameters(), strict=False))
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in params:
                state[params[key]] = self._like_param(params[key], value)
            else:
                state[key] = value
        for group, options in zip(groups, saved, strict=False):
            options["params"] = group["params"]
            if "param_names" in group:
                options.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._load_post_hooks.values():  # type: ignore[attr-defined]
            hook(self)

    def _like_param(self, param: Any, value: Any, key: Any = None) -> Any:
        """Gives the tensors of a loaded state the dtype of their parameter; counters of steps keep theirs."""
        if isinstance(value, paddle.Tensor):
            if key == "step" or not param.is_floating_point() or value.dtype == param.dtype:
                return value
            return value.astype(param.dtype)
        if isinstance(value, dict):
            return {name: self._like_param(param, item, name) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._like_param(param, item) for item in value)
        return value

    def _register(self, hooks: Any, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        handle = RemovableHandle(hooks)
        hooks[handle.id] = hook
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(optimizer, args, kwargs)` before each step."""
        return self._register(self._step_pre_hooks, hook)  # type: ignore[attr-defined]

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(optimizer, args, kwargs)` after each step."""
        return self._register(self._step_post_hooks, hook)  # type: ignore[attr-defined]

    def register_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Calls `hook(optimizer)` before the state dict is made."""
        return self._register(self._state_dict_pre_hooks, hook, prepend)  # type: ignore[attr-defined]

    def register_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Calls `hook(optimizer, state_dict)` after the state dict is made; it may return another one."""
        return self._register(self._state_dict_post_hooks, hook, prepend)  # type: ignore[attr-defined]

    def register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Calls `hook(optimizer, state_dict)` before a state dict is loaded; it may return another one."""
        return self._register(self._load_pre_hooks, hook, prepend)  # type: ignore[attr-defined]

    def register_load_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Calls `hook(optimizer)` after a state dict was loaded."""
        return self._register(self._load_post_hooks, hook, prepend)  # type: ignore[attr-defined]


def check_options(*checks: tuple[bool, str, Any]) -> None:
    """Raises for the first option that is not valid; each check is (valid, what it is, its value)."""
    for valid, what, value in checks:
        if not valid:
            raise ValueError(f"Invalid {what}: {value}")


def beta_checks(betas: Any) -> tuple[tuple[bool, str, Any], ...]:
    """The checks of a pair of decay rates."""
    return tuple((0.0 <= beta < 1.0, f"beta parameter at index {i}", beta) for i, beta in enumerate(betas))


class ElementwiseOptimizer(Optimizer):
    """An optimizer whose update treats each parameter on its own: subclasses implement `_update`."""

    _complex = False  # whether the update is right for complex parameters too

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates all parameters that have a gradient; returns what `closure` returned."""
        loss = None
        if closure is not None:
            with paddle.enable_grad():
                loss = closure()
        with paddle.no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    grad = param.grad
                    if grad is None:
                        continue
                    if param.is_complex() and not self._complex:
                        raise NotImplementedError(f"{type(self).__name__} of complex parameters")
                    self._update(param, -grad if group.get("maximize") else grad, group)
        return loss

    def _start(self, state: dict[str, Any], param: Any, *names: str) -> None:
        """Makes the state of a parameter at its first step: a counter, and zeros under the given names."""
        if not state:
            state["step"] = paddle.zeros([])
            for name in names:
                state[name] = paddle.zeros_like(param)

    def _count(self, state: dict[str, Any]) -> float:
        """Adds one to the counter of steps and returns it."""
        step = float(state["step"]) + 1.0
        state["step"] = paddle.full([], step)
        return step


def decayed(param: Any, grad: Any, weight_decay: Any) -> Any:
    """The gradient with that of an L2 penalty added."""
    weight_decay = plain_number(weight_decay)
    return grad + param * weight_decay if weight_decay != 0 else grad


def average_(average: Any, value: Any, decay: float) -> Any:
    """Moves a running average towards `value`, in place: `decay` of the old stays."""
    return average.add_((value - average) * (1 - decay))


def square_average_(average: Any, value: Any, decay: float) -> Any:
    """Moves a running average of squares, in place: `decay` of the old stays."""
    return average.scale_(decay).add_(value * value * (1 - decay))


class SGD(ElementwiseOptimizer):
    """Gradient descent with momentum, dampening and Nesterov's form of it."""

    _complex = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(
            (lr is required_option or plain_number(lr) >= 0.0, "learning rate", lr),
            (momentum >= 0.0, "momentum value", momentum),
            (plain_number(weight_decay) >= 0.0, "weight_decay value", weight_decay),
        )
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        grad = decayed(param, grad, group["weight_decay"])
        momentum = group["momentum"]
        if momentum != 0:
            state = self.state[param]
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = grad.detach().clone()
            else:
                buffer.scale_(momentum).add_(grad * (1 - group["dampening"]))
            grad = grad + buffer * momentum if group["nesterov"] else buffer
        param.subtract_(grad * plain_number(group["lr"]))


class Adam(ElementwiseOptimizer):
    """Adam, with an L2 penalty or decoupled weight decay, and AMSGrad's maximum."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (eps >= 0.0, "epsilon value", eps),
            *beta_checks([plain_number(beta) for beta in betas]),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
        )
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("maximize", False)
            group.setdefault("decoupled_weight_decay", False)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        beta1, beta2 = (plain_number(beta) for beta in group["betas"])
        lr = plain_number(group["lr"])
        self._start(state, param, "exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else []))
        step = self._count(state)
        if group["decoupled_weight_decay"]:
            param.scale_(1 - lr * group["weight_decay"])
        else:
            grad = decayed(param, grad, group["weight_decay"])
        average_(state["exp_avg"], grad, beta1)
        square = square_average_(state["exp_avg_sq"], grad, beta2)
        if group["amsgrad"]:
            square = state["max_exp_avg_sq"] = paddle.maximum(state["max_exp_avg_sq"], square)
        spread = square.sqrt() / math.sqrt(1 - beta2**step) + group["eps"]
        param.subtract_(state["exp_avg"] / spread * (lr / (1 - beta1**step)))


class AdamW(Adam):
    """Adam with decoupled weight decay."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


class NAdam(ElementwiseOptimizer):
    """Adam with Nesterov momentum."""

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (eps >= 0.0, "epsilon value", eps),
            *beta_checks(betas),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
            (momentum_decay >= 0.0, "momentum_decay value", momentum_decay),
        )
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        beta1, beta2 = group["betas"]
        lr, decay = plain_number(group["lr"]), group["momentum_decay"]
        if not state:
            state["step"], state["mu_product"] = paddle.zeros([]), paddle.ones([])
            state["exp_avg"], state["exp_avg_sq"] = paddle.zeros_like(param), paddle.zeros_like(param)
        step = self._count(state)
        if group["decoupled_weight_decay"]:
            param.scale_(1 - lr * group["weight_decay"])
        else:
            grad = decayed(param, grad, group["weight_decay"])
        mu, mu_next = (beta1 * (1.0 - 0.5 * 0.96 ** (at * decay)) for at in (step, step + 1))
        state["mu_product"] = state["mu_product"] * mu
        product = float(state["mu_product"])
        average = average_(state["exp_avg"], grad, beta1)
        square = square_average_(state["exp_avg_sq"], grad, beta2)
        spread = (square / (1 - beta2**step)).sqrt() + group["eps"]
        param.subtract_(grad / spread * (lr * (1.0 - mu) / (1.0 - product)))
        param.subtract_(average / spread * (lr * mu_next / (1.0 - product * mu_next)))


class RAdam(ElementwiseOptimizer):
    """Adam with the variance of its first steps rectified."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (eps >= 0.0, "epsilon value", eps),
            *beta_checks(betas),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
        )
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        beta1, beta2 = group["betas"]
        lr = plain_number(group["lr"])
        self._start(state, param, "exp_avg", "exp_avg_sq")
        step = self._count(state)
        if group["decoupled_weight_decay"]:
            param.scale_(1 - lr * group["weight_decay"])
        else:
            grad = decayed(param, grad, group["weight_decay"])
        update = average_(state["exp_avg"], grad, beta1) / (1 - beta1**step) * lr
        square = square_average_(state["exp_avg_sq"], grad, beta2)
        correction = 1 - beta2**step
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / correction
        if length > 5.0:
            rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            update = update * (math.sqrt(correction) / (square.sqrt() + group["eps"])) * math.sqrt(rectified)
        param.subtract_(update)


class Adamax(ElementwiseOptimizer):
    """Adam with the infinity norm."""

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (eps >= 0.0, "epsilon value", eps),
            *beta_checks(betas),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
        )
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        beta1, beta2 = group["betas"]
        self._start(state, param, "exp_avg", "exp_inf")
        step = self._count(state)
        grad = decayed(param, grad, group["weight_decay"])
        average = average_(state["exp_avg"], grad, beta1)
        state["exp_inf"] = paddle.maximum(state["exp_inf"] * beta2, grad.abs() + group["eps"])
        param.subtract_(average / state["exp_inf"] * (plain_number(group["lr"]) / (1 - beta1**step)))


class Adagrad(ElementwiseOptimizer):
    """Steps divided by the root of the sum of all squared gradients."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (lr_decay >= 0.0, "lr_decay value", lr_decay),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
            (initial_accumulator_value >= 0.0, "initial_accumulator_value value", initial_accumulator_value),
            (eps >= 0.0, "epsilon value", eps),
        )
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for param in self.parameters():
            self.state[param] = {
                "step": paddle.zeros([]),
                "sum": paddle.full_like(param, initial_accumulator_value),
            }

    def share_memory(self) -> None:
        """Does nothing: processes do not share tensors."""

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        step = self._count(state)
        grad = decayed(param, grad, group["weight_decay"])
        lr = plain_number(group["lr"]) / (1 + (step - 1) * group["lr_decay"])
        total = state["sum"].add_(grad * grad)
        param.subtract_(grad / (total.sqrt() + group["eps"]) * lr)


class Adadelta(ElementwiseOptimizer):
    """Steps whose size adapts to the ratio of past updates and gradients."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (0.0 <= rho <= 1.0, "rho value", rho),
            (eps >= 0.0, "epsilon value", eps),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
        )
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        rho, eps = group["rho"], group["eps"]
        self._start(state, param, "square_avg", "acc_delta")
        self._count(state)
        grad = decayed(param, grad, group["weight_decay"])
        square = square_average_(state["square_avg"], grad, rho)
        delta = (state["acc_delta"] + eps).sqrt() / (square + eps).sqrt() * grad
        square_average_(state["acc_delta"], delta, rho)
        param.subtract_(delta * plain_number(group["lr"]))


class RMSprop(ElementwiseOptimizer):
    """Steps divided by the root of a running average of squared gradients."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (eps >= 0.0, "epsilon value", eps),
            (momentum >= 0.0, "momentum value", momentum),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
            (alpha >= 0.0, "alpha value", alpha),
        )
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        momentum, lr = group["momentum"], plain_number(group["lr"])
        names = ["square_avg"] + ["momentum_buffer"] * (momentum > 0) + ["grad_avg"] * group["centered"]
        self._start(state, param, *names)
        self._count(state)
        grad = decayed(param, grad, group["weight_decay"])
        spread = square_average_(state["square_avg"], grad, group["alpha"])
        if group["centered"]:
            spread = spread - average_(state["grad_avg"], grad, group["alpha"]).square()
        update = grad / (spread.sqrt() + group["eps"])
        if momentum > 0:
            update = state["momentum_buffer"].scale_(momentum).add_(update)
        param.subtract_(update * lr)


class Rprop(ElementwiseOptimizer):
    """Steps whose size depends on the signs of the gradients alone."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (0.0 < etas[0] < 1.0 < etas[1], "eta values", etas),
        )
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        shrink, grow = group["etas"]
        if not state:
            self._start(state, param, "prev")
            state["step_size"] = paddle.full_like(grad, plain_number(group["lr"]))
        self._count(state)
        agreement = grad * state["prev"]
        factor = (agreement > 0).astype(grad.dtype) * (grow - 1) + 1.0
        turned = agreement < 0
        factor = paddle.where(turned, paddle.full_like(factor, shrink), factor)
        state["step_size"] = (state["step_size"] * factor).clip(*group["step_sizes"])
        grad = paddle.where(turned, paddle.zeros_like(grad), grad)
        param.subtract_(grad.sign() * state["step_size"])
        state["prev"] = grad.detach().clone()


class ASGD(ElementwiseOptimizer):
    """Gradient descent with a running average of the parameters."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
        )
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        lr, lambd = plain_number(group["lr"]), group["lambd"]
        if not state:
            state["step"], state["eta"], state["mu"] = paddle.zeros([]), paddle.full([], lr), paddle.ones([])
            state["ax"] = paddle.zeros_like(param)
        step = self._count(state)
        eta, mu = float(state["eta"]), float(state["mu"])
        grad = decayed(param, grad, group["weight_decay"])
        param.scale_(1 - lambd * eta).subtract_(grad * eta)
        average = state["ax"]
        state["ax"] = param.detach().clone() if mu == 1 else average + (param - average) * mu
        state["eta"] = paddle.full([], lr / (1 + lambd * lr * step) ** group["alpha"])
        state["mu"] = paddle.full([], 1 / max(1, step - group["t0"]))


class Adafactor(ElementwiseOptimizer):
    """Adam without momentum whose second moments of matrices are kept as row and column averages."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (beta2_decay <= 0.0, "beta2_decay value", beta2_decay),
            (eps[0] is None or eps[0] >= 0.0, "first epsilon value", eps[0]),
            (eps[1] >= 0.0, "second epsilon value", eps[1]),
            (d >= 1.0, "clipping threshold", d),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
        )
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        tiny, floor = group["eps"]
        tiny = paddle.finfo(param.dtype).eps if tiny is None else tiny
        lr = plain_number(group["lr"])
        if not state:
            state["step"] = paddle.zeros([])
            if grad.ndim > 1:
                state["row_var"] = paddle.zeros_like(grad[..., :1])
                state["col_var"] = paddle.zeros_like(grad[..., :1, :])
            else:
                state["variance"] = paddle.zeros_like(grad)
        step = self._count(state)
        kept = 1 - step ** group["beta2_decay"]
        size = float(param.norm()) / math.sqrt(param.size)
        alpha = max(floor, size) * min(lr, 1 / math.sqrt(step))
        if group["weight_decay"] != 0:
            param.scale_(1 - lr * group["weight_decay"])
        if grad.ndim > 1:
            rows = average_(state["row_var"], grad.square().mean(-1, keepdim=True), kept)
            columns = average_(state["col_var"], grad.square().mean(-2, keepdim=True), kept)
            variance = rows @ columns / rows.mean(-2, keepdim=True).clip(min=tiny)
        else:
            variance = average_(state["variance"], grad.square(), kept)
        update = grad * variance.clip(min=tiny * tiny).rsqrt()
        clipped = max(1.0, float(update.norm()) / (math.sqrt(update.size) * group["d"]))
        param.subtract_(update * (alpha / clipped))


class Muon(ElementwiseOptimizer):
    """Momentum whose updates of matrices are made orthogonal by Newton-Schulz iterations."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_options(
            (plain_number(lr) >= 0.0, "learning rate", lr),
            (momentum >= 0.0, "momentum value", momentum),
            (weight_decay >= 0.0, "weight_decay value", weight_decay),
            (adjust_lr_fn in (None, "original", "match_rms_adamw"), "adjust_lr_fn", adjust_lr_fn),
        )
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        if any(param.ndim != 2 for param in self.parameters()):
            raise ValueError("Muon only supports 2D parameters")

    def _update(self, param: Any, grad: Any, group: dict[str, Any]) -> None:
        state = self.state[param]
        momentum, lr = group["momentum"], plain_number(group["lr"])
        buffer = state.setdefault("momentum_buffer", paddle.zeros_like(grad))
        average_(buffer, grad, momentum)
        update = grad + (buffer - grad) * momentum if group["nesterov"] else buffer
        update = self._orthogonal(update, group).astype(param.dtype)
        rows, columns = param.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            factor = 0.2 * math.sqrt(max(rows, columns))
        else:
            factor = math.sqrt(max(1, rows / columns))
        param.scale_(1 - lr * group["weight_decay"]).subtract_(update * (lr * factor))

    def _orthogonal(self, matrix: Any, group: dict[str, Any]) -> Any:
        """The nearest orthogonal matrix, roughly: every result is rounded to bfloat16, as torch does it."""

        def rounded(value: Any) -> Any:
            return value.astype("bfloat16").astype("float32")

        a, b, c = group["ns_coefficients"]
        tall = matrix.shape[0] > matrix.shape[1]
        result = rounded(matrix.T if tall else matrix)
        result = rounded(result / rounded(result.norm()).clip(min=group["eps"]))
        for _ in range(group["ns_steps"]):
            gram = rounded(result @ result.T)
            update = rounded(gram * b + (gram @ gram) * c)
            result = rounded(result * a + update @ result)
        return result.T if tall else result


class LBFGS(Optimizer):
    """The quasi-Newton method with limited memory; `step` needs a closure."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_options((plain_number(lr) >= 0.0, "learning rate", lr))
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        if any(param.is_complex() for param in self.parameters()):
            raise NotImplementedError("LBFGS of complex parameters")

    def _flat_grad(self) -> Any:
        grads = (paddle.zeros_like(p) if p.grad is None else p.grad for p in self.parameters())
        return paddle.concat([grad.detach().flatten() for grad in grads])

    def _move(self, size: Any, direction: Any) -> None:
        offset = 0
        for param in self.parameters():
            part = direction[offset : offset + param.size].reshape(param.shape)
            param.add_(part.astype(param.dtype) * size)
            offset += param.size

    def _direction(self, state: dict[str, Any], grad: Any, history: int) -> Any:
        """The product of the approximate inverse Hessian with the negative gradient."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return -grad
        change, moved = grad - state["prev_flat_grad"], state["d"] * state["t"]
        curvature = change.dot(moved)
        if curvature > 1e-10:
            for name, value in (("old_dirs", change), ("old_stps", moved), ("ro", 1.0 / curvature)):
                if len(state[name]) == history:
                    state[name].pop(0)
                state[name].append(value)
            state["H_diag"] = curvature / change.dot(change)
        pairs = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=False))
        weights = state.setdefault("al", [None] * history)
        q = -grad
        for index in reversed(range(len(pairs))):
            change, moved, ro = pairs[index]
            weights[index] = moved.dot(q) * ro
            q = q - change * weights[index]
        r = q * state["H_diag"]
        for (change, moved, ro), weight in zip(pairs, weights, strict=False):
            r = r + moved * (weight - change.dot(r) * ro)
        return r

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Runs up to `max_iter` iterations; returns the first value of `closure`."""
        with paddle.no_grad():
            return self._minimize(closure)

    def _minimize(self, closure: Callable[[], Any]) -> Any:
        def evaluate() -> Any:
            with paddle.enable_grad():
                return closure()

        group = self.param_groups[0]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        lr, tolerance = float(plain_number(group["lr"])), group["tolerance_change"]
        state = self.state[group["params"][0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = evaluate()
        loss, grad = float(plain_number(first)), self._flat_grad()
        evaluations, iterations = 1, 0
        state["func_evals"] += 1
        if float(grad.abs().max()) <= group["tolerance_grad"]:
            return first
        while iterations < group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            state["d"] = self._direction(state, grad, group["history_size"])
            state["prev_flat_grad"], state["prev_loss"] = grad.clone(), loss
            state["t"] = min(1.0, 1.0 / grad.abs().sum()) * lr if state["n_iter"] == 1 else lr
            slope = float(grad.dot(state["d"]))
            if slope > -tolerance:
                break
            used = 0
            if group["line_search_fn"]:
                loss, grad, state["t"], used = self._search(
                    evaluate,
                    state["t"],
                    state["d"],
                    loss,
                    grad,
                    slope,
                    tolerance,
                    group["max_eval"] - evaluations,
                )
                self._move(state["t"], state["d"])
            else:
                self._move(state["t"], state["d"])
                if iterations != group["max_iter"]:
                    loss, grad, used = float(plain_number(evaluate())), self._flat_grad(), 1
            evaluations += used
            state["func_evals"] += used
            if iterations == group["max_iter"] or evaluations >= group["max_eval"]:
                break
            if float(grad.abs().max()) <= group["tolerance_grad"]:
                break
            if float((state["d"] * state["t"]).abs().max()) <= tolerance:
                break
            if abs(loss - state["prev_loss"]) < tolerance:
                break
        return first

    def _search(
        self,
        evaluate: Callable[[], Any],
        t: Any,
        direction: Any,
        loss: float,
        grad: Any,
        slope: float,
        tolerance: float,
        most: int,
    ) -> tuple[float, Any, float, int]:
        """Finds a step that meets the strong Wolfe conditions: its loss, gradient, size, evaluations."""
        start = [param.clone() for param in self.parameters()]
        decrease, curvature = 1e-4, 0.9

        def probe(size: float) -> tuple[float, float, Any, float]:
            self._move(size, direction)
            value, gradient = float(plain_number(evaluate())), self._flat_grad()
            for param, saved in zip(self.parameters(), start, strict=False):
                param.copy_(saved)
            return size, value, gradient, float(gradient.dot(direction))

        here = probe(float(t))
        evaluations, rounds, done = 1, 0, False
        before = (0.0, loss, grad, slope)
        bracket = [before, here]
        while rounds < most:
            if here[1] > loss + decrease * here[0] * slope or (rounds > 1 and here[1] >= before[1]):
                bracket = [before, here]
                break
            if abs(here[3]) <= -curvature * slope:
                bracket, done = [here, here], True
                break
            if here[3] >= 0:
                bracket = [before, here]
                break
            low, high = here[0] + 0.01 * (here[0] - before[0]), here[0] * 10
            size = cubic_minimum(before, here, (low, high))
            before, here = here, probe(size)
            evaluations += 1
            rounds += 1
        else:
            bracket = [(0.0, loss, grad, slope), here]
        stalled = False
        low_at = 0 if bracket[0][1] <= bracket[1][1] else 1
        widest = float(direction.abs().max())
        while not done and rounds < most:
            ends = sorted(point[0] for point in bracket)
            if (ends[1] - ends[0]) * widest < tolerance:
                break
            size = cubic_minimum(bracket[0], bracket[1], None)
            margin = 0.1 * (ends[1] - ends[0])
            if min(ends[1] - size, size - ends[0]) < margin:
                if stalled or size >= ends[1] or size <= ends[0]:
                    nearer_top = abs(size - ends[1]) < abs(size - ends[0])
                    size = ends[1] - margin if nearer_top else ends[0] + margin
                    stalled = False
                else:
                    stalled = True
            else:
                stalled = False
            here = probe(size)
            evaluations += 1
            rounds += 1
            if here[1] > loss + decrease * here[0] * slope or here[1] >= bracket[low_at][1]:
                bracket[1 - low_at] = here
                low_at = 0 if bracket[0][1] <= bracket[1][1] else 1
            else:
                if abs(here[3]) <= -curvature * slope:
                    done = True
                elif here[3] * (bracket[1 - low_at][0] - bracket[low_at][0]) >= 0:
                    bracket[1 - low_at] = bracket[low_at]
                bracket[low_at] = here
        size, value, gradient, _ = bracket[low_at]
        return value, gradient, size, evaluations


def cubic_minimum(one: Any, other: Any, bounds: tuple[float, float] | None) -> float:
    """Where the cubic through two points (place, value, _, slope) is least, within the bounds."""
    (x1, f1, _, g1), (x2, f2, _, g2) = (one, other) if one[0] <= other[0] else (other, one)
    low, high = (x1, x2) if bounds is None else bounds
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if square < 0:
        return (low + high) / 2.0
    d2 = math.sqrt(square)
    place = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    return min(max(place, low), high)


optimizer_classes = types.SimpleNamespace(
    Optimizer=Optimizer,
    SGD=SGD,
    Adam=Adam,
    AdamW=AdamW,
    NAdam=NAdam,
    RAdam=RAdam,
    Adamax=Adamax,
    Adagrad=Adagrad,
    Adadelta=Adadelta,
    RMSprop=RMSprop,
    Rprop=Rprop,
    ASGD=ASGD,
    Adafactor=Adafactor,
    Muon=Muon,
    LBFGS=LBFGS,
)
"""The optimizers as attributes, to be looked up by name."""
