"""torch.nn's recurrent layers, with torch's weights, packed sequences and projections."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import paddle
import paddle.nn.functional as F
from paddle import _C_ops

from paconvert.helpers.init import init_uniform_
from paconvert.helpers.layers import TorchLayer, new_parameter
from paconvert.helpers.nn_utils import PackedSequence, pack_padded_sequence, pad_packed_sequence


class RNNBase(TorchLayer):
    """torch.nn.RNNBase: layers of one kind (`mode`), in one or two directions."""

    shown = ("input_size", "hidden_size", "num_layers", "batch_first", "dropout", "bidirectional")

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if not 0 <= dropout <= 1:
            raise ValueError("dropout should be a number in range [0, 1]")
        if proj_size and mode != "LSTM":
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if proj_size >= hidden_size and proj_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        self.mode, self.input_size, self.hidden_size = mode, input_size, hidden_size
        self.num_layers, self.bias, self.batch_first = num_layers, bias, batch_first
        self.dropout, self.bidirectional, self.proj_size = float(dropout), bidirectional, proj_size
        gates = {"LSTM": 4, "GRU": 3}.get(mode, 1) * hidden_size
        output = proj_size or hidden_size
        directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else output * directions
            for suffix in self._suffixes(layer):
                setattr(self, "weight_ih" + suffix, new_parameter([gates, inputs], device, dtype))
                setattr(self, "weight_hh" + suffix, new_parameter([gates, output], device, dtype))
                if bias:
                    setattr(self, "bias_ih" + suffix, new_parameter([gates], device, dtype))
                    setattr(self, "bias_hh" + suffix, new_parameter([gates], device, dtype))
                if proj_size:
                    setattr(
                        self, "weight_hr" + suffix, new_parameter([proj_size, hidden_size], device, dtype)
                    )
        self.reset_parameters()

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: 2 if self.bidirectional else 1]

    def reset_parameters(self) -> None:
        """Draws new values for all weights."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self._parameters.values():
            init_uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing to do in Paddle."""

    @property
    def all_weights(self) -> list[list[Any]]:
        """The weights of each layer and direction."""
        kinds = (
            ["weight_ih", "weight_hh"]
            + ["bias_ih", "bias_hh"] * self.bias
            + ["weight_hr"] * bool(self.proj_size)
        )
        return [
            [getattr(self, kind + suffix) for kind in kinds]
            for layer in range(self.num_layers)
            for suffix in self._suffixes(layer)
        ]

    def _initial(self, hx: Any, batch: int, dtype: Any, single: bool) -> tuple[Any, ...]:
        """The first states, each (layers * directions, batch, size)."""
        count = self.num_layers * (2 if self.bidirectional else 1)
        sizes = [self.proj_size or self.hidden_size] + [self.hidden_size] * (self.mode == "LSTM")
        if hx is None:
            return tuple(paddle.zeros([count, batch, size], dtype=dtype) for size in sizes)
        states = tuple(hx) if self.mode == "LSTM" else (hx,)
        if single:
            states = tuple(state.unsqueeze(1) for state in states)
        for state, size in zip(states, sizes, strict=True):
            if list(state.shape) != [count, batch, size]:
                raise RuntimeError(f"Expected hidden size {[count, batch, size]}, got {list(state.shape)}")
        return states

    def _run_layer(self, x: Any, states: tuple[Any, ...], layer: int, lengths: Any) -> tuple[Any, list[Any]]:
        """One layer over (time, batch, size): the output and the last states, directions stacked."""
        suffixes = self._suffixes(layer)
        if self.proj_size:
            return self._run_projected(x, states, suffixes, lengths)
        weights = [getattr(self, kind + suffix) for suffix in suffixes for kind in ("weight_ih", "weight_hh")]
        if self.bias:
            biases = [getattr(self, kind + suffix) for suffix in suffixes for kind in ("bias_ih", "bias_hh")]
        else:
            biases = [paddle.zeros([weight.shape[0]], dtype=weight.dtype) for weight in weights]
        inputs = [x, *states, *weights, *biases]
        differentiable = paddle.is_grad_enabled() and not all(tensor.stop_gradient for tensor in inputs)
        if differentiable:
            inputs = [_with_gradient_slot(tensor) for tensor in inputs]
        first_weight = 1 + len(states)
        output, _, last = _C_ops.rnn(
            inputs[0],
            inputs[1:first_weight],
            inputs[first_weight:],
            lengths,
            paddle.empty([0], dtype="uint8"),
            0.0,
            self.bidirectional,
            x.shape[-1],
            self.hidden_size,
            1,
            self.mode,
            0,
            not differentiable,
        )
        return output, list(last)

    def _run_projected(
        self, x: Any, states: tuple[Any, ...], suffixes: list[str], lengths: Any
    ) -> tuple[Any, list[Any]]:
        """As `_run_layer`, step by step, for LSTMs with a projection."""
        outputs, hidden, cells = [], [], []
        steps = x.shape[0]
        for direction, suffix in enumerate(suffixes):
            h, c = (state[direction] for state in states)
            order = range(steps) if direction == 0 else range(steps - 1, -1, -1)
            bias = getattr(self, "bias_ih" + suffix) + getattr(self, "bias_hh" + suffix) if self.bias else 0.0
            made: dict[int, Any] = {}
            for step in order:
                gates = (
                    paddle.matmul(x[step], getattr(self, "weight_ih" + suffix), transpose_y=True)
                    + paddle.matmul(h, getattr(self, "weight_hh" + suffix), transpose_y=True)
                    + bias
                )
                new_h, new_c = lstm_step(gates, c)
                new_h = paddle.matmul(new_h, getattr(self, "weight_hr" + suffix), transpose_y=True)
                if lengths is not None:
                    inside = (lengths > step).unsqueeze(1)
                    made[step] = paddle.where(inside, new_h, paddle.zeros_like(new_h))
                    h, c = paddle.where(inside, new_h, h), paddle.where(inside, new_c, c)
                else:
                    made[step], h, c = new_h, new_h, new_c
            outputs.append(paddle.stack([made[step] for step in range(steps)]))
            hidden.append(h)
            cells.append(c)
        return paddle.concat(outputs, axis=-1), [paddle.stack(hidden), paddle.stack(cells)]

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The output of the last layer for each step, and the last states of all layers."""
        packed = input if isinstance(input, PackedSequence) else None
        lengths = None
        single = False
        if packed is not None:
            x, all_lengths = pad_packed_sequence(packed._replace(sorted_indices=None, unsorted_indices=None))
            lengths = all_lengths.astype("int32")
            if hx is not None and packed.sorted_indices is not None:
                order = packed.sorted_indices
                hx = (
                    tuple(paddle.index_select(state, order, axis=1) for state in hx)
                    if self.mode == "LSTM"
                    else paddle.index_select(hx, order, axis=1)
                )
        else:
            single = input.ndim == 2
            x = input.unsqueeze(1) if single else input.transpose([1, 0, 2]) if self.batch_first else input
        if x.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {x.shape[-1]}"
            )
        states = self._initial(hx, x.shape[1], x.dtype, single)
        directions = 2 if self.bidirectional else 1
        finals: list[list[Any]] = [[] for _ in states]
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                x = F.dropout(x, self.dropout)
            part = slice(layer * directions, (layer + 1) * directions)
            x, last = self._run_layer(x, tuple(state[part] for state in states), layer, lengths)
            for kept, state in zip(finals, last, strict=True):
                kept.append(state)
        last_states = [paddle.concat(kept) for kept in finals]
        if packed is not None:
            output: Any = pack_padded_sequence(x, lengths)._replace(
                sorted_indices=packed.sorted_indices, unsorted_indices=packed.unsorted_indices
            )
            if packed.unsorted_indices is not None:
                last_states = [paddle.index_select(s, packed.unsorted_indices, axis=1) for s in last_states]
        elif single:
            output, last_states = x.squeeze(1), [state.squeeze(1) for state in last_states]
        else:
            output = x.transpose([1, 0, 2]) if self.batch_first else x
        return output, tuple(last_states) if self.mode == "LSTM" else last_states[0]


def _with_gradient_slot(tensor: Any) -> Any:
    """The tensor, as one that can take a gradient: Paddle's kernel writes all of them or none."""
    if tensor.stop_gradient:
        tensor = tensor.detach()
        tensor.stop_gradient = False
    return tensor


def lstm_step(gates: Any, cell: Any) -> tuple[Any, Any]:
    """The new hidden state and cell from the sums of the four gates and the old cell."""
    i, f, g, o = paddle.split(gates, 4, axis=-1)
    cell = F.sigmoid(f) * cell + F.sigmoid(i) * paddle.tanh(g)
    return F.sigmoid(o) * paddle.tanh(cell), cell


class RNN(RNNBase):
    """torch.nn.RNN."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(
            f"RNN_{nonlinearity.upper()}",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """torch.nn.LSTM."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )


class GRU(RNNBase):
    """torch.nn.GRU."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )


class WeightlessRNN(RNNBase):
    """Layers over weights that are given at each call, in the order of `all_weights`."""

    def __init__(
        self,
        mode: str,
        params: Sequence[Any],
        has_biases: bool,
        num_layers: int,
        dropout: float,
        train: bool,
        bidirectional: bool,
        batch_first: bool = False,
    ) -> None:
        TorchLayer.__init__(self)
        self.mode, self.num_layers, self.bias, self.dropout = mode, num_layers, has_biases, dropout
        self.bidirectional, self.batch_first, self.training = bidirectional, batch_first, train
        kinds = ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * has_biases
        suffixes = [suffix for layer in range(num_layers) for suffix in self._suffixes(layer)]
        projected = len(params) > len(kinds) * len(suffixes)
        kinds += ["weight_hr"] * projected
        names = [kind + suffix for suffix in suffixes for kind in kinds]
        self.__dict__.update(zip(names, params, strict=True))
        self.input_size = params[0].shape[1]
        self.hidden_size = params[0].shape[0] // {"LSTM": 4, "GRU": 3}.get(mode, 1)
        self.proj_size = params[1].shape[1] if projected else 0


def run_recurrent(mode: str, input: Any, hx: Any, params: Any, *options: Any) -> tuple[Any, ...]:
    """`torch.lstm`, `torch.gru` and so on, also in their form for packed sequences.

    That has the sizes of the batches behind the data, and no `batch_first` at the end.
    """
    if isinstance(options[0], list | tuple):
        layers = WeightlessRNN(mode, *options)
        output, last = layers(PackedSequence(input, hx), params)
        output = output.data
    else:
        output, last = WeightlessRNN(mode, params, *options)(input, hx)
    return (output, *last) if mode == "LSTM" else (output, last)


def cell_parts(input: Any, hidden: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple[Any, Any]:
    """What a step takes from its input, and from the state before."""
    linear = paddle.compat.nn.functional.linear
    return linear(input, w_ih, b_ih), linear(hidden, w_hh, b_hh)


def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next hidden state of a plain step."""
    given, kept = cell_parts(input, hx, w_ih, w_hh, b_ih, b_hh)
    return paddle.tanh(given + kept)


def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next hidden state of a plain step with relu."""
    given, kept = cell_parts(input, hx, w_ih, w_hh, b_ih, b_hh)
    return F.relu(given + kept)


def lstm_cell(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> tuple[Any, Any]:
    """The next hidden state and cell of an LSTM."""
    hidden, cell = hx
    given, kept = cell_parts(input, hidden, w_ih, w_hh, b_ih, b_hh)
    return lstm_step(given + kept, cell)


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next hidden state of a GRU."""
    parts = cell_parts(input, hx, w_ih, w_hh, b_ih, b_hh)
    given, kept = (paddle.split(part, 3, axis=-1) for part in parts)
    reset, update = F.sigmoid(given[0] + kept[0]), F.sigmoid(given[1] + kept[1])
    new = paddle.tanh(given[2] + reset * kept[2])
    return (1 - update) * new + update * hx


class RNNCellBase(TorchLayer):
    """torch.nn.RNNCellBase: the weights of a recurrent step."""

    shown = ("input_size", "hidden_size", "bias")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        gates = num_chunks * hidden_size
        self.weight_ih = new_parameter([gates, input_size], device, dtype)
        self.weight_hh = new_parameter([gates, hidden_size], device, dtype)
        self.register_parameter("bias_ih", new_parameter([gates], device, dtype) if bias else None)
        self.register_parameter("bias_hh", new_parameter([gates], device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws new values for all weights."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init_uniform_(parameter, -bound, bound)

    @property
    def _weights(self) -> tuple[Any, ...]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _start(self, input: Any, hx: Any) -> Any:
        return paddle.zeros([*input.shape[:-1], self.hidden_size], dtype=input.dtype) if hx is None else hx


class RNNCell(RNNCellBase):
    """torch.nn.RNNCell."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next hidden state."""
        step = rnn_tanh_cell if self.nonlinearity == "tanh" else rnn_relu_cell
        return step(input, self._start(input, hx), *self._weights)


class LSTMCell(RNNCellBase):
    """torch.nn.LSTMCell."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The next hidden state and cell."""
        return lstm_cell(input, (self._start(input, None),) * 2 if hx is None else hx, *self._weights)


class GRUCell(RNNCellBase):
    """torch.nn.GRUCell."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next hidden state."""
        return gru_cell(input, self._start(input, hx), *self._weights)
