"""Helpers of torch's top-level functions: what proofs do not say of themselves."""

from __future__ import annotations

import numpy as np
import pytest

paddle = pytest.importorskip("paddle")

from paconvert.helpers import creation, factorizations, foreach, indexing, ops, reduction  # noqa: E402


def name(dtype):
    return str(dtype).removeprefix("paddle.")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("int64", "float32", "float32"),
        ("int32", "int64", "int64"),
        ("bool", "uint8", "uint8"),
        ("uint8", "int8", "int16"),
        ("float16", "float32", "float32"),
    ],
)
@pytest.mark.parametrize("function", [ops.add, ops.mul, ops.maximum, ops.where])
def test_dtypes_are_promoted(function, left, right, expected):
    x, y = paddle.ones([2], dtype=left), paddle.ones([2], dtype=right)
    arguments = (paddle.to_tensor([True, False]), x, y) if function is ops.where else (x, y)
    assert name(function(*arguments).dtype) == expected


@pytest.mark.parametrize("function", [ops.add, ops.maximum, ops.fmax, ops.atan2, ops.copysign])
def test_tensors_without_dimensions_do_not_widen(function):
    x, y = paddle.ones([2], dtype="float32"), paddle.to_tensor(2.0, dtype="float64")
    assert name(function(x, y).dtype) == "float32"


def test_where_keeps_half_precision_beside_a_number():
    x = paddle.ones([2], dtype="float16")
    assert name(ops.where(paddle.to_tensor([True, False]), x, 0.5).dtype) == "float16"


def test_cat_leaves_out_empty_vectors():
    joined = ops.cat([paddle.zeros([0]), paddle.ones([2, 3], dtype="int64")], dim=0)
    assert list(joined.shape) == [2, 3]
    assert name(joined.dtype) == "float32"


def test_negative_integer_powers_end():
    result = ops.power(paddle.to_tensor([1, -1, 2]), paddle.to_tensor([-3, -3, -1]))
    assert result.tolist() == [1, -1, 0]
    with pytest.raises(RuntimeError, match="negative integer powers"):
        ops.power(paddle.to_tensor([2]), -1)


@pytest.mark.parametrize(("mode", "expected"), [("trunc", [-1, 1]), ("floor", [-2, 1])])
def test_division_rounds(mode, expected):
    assert ops.div(paddle.to_tensor([-3, 3]), 2, rounding_mode=mode).tolist() == expected


def test_max_takes_the_first_nan():
    values, indices = reduction.tensor_max(paddle.to_tensor([[1.0, float("nan"), 2.0]]), 1)
    assert np.isnan(values.item())
    assert indices.item() == 1


def test_max_gives_a_named_pair():
    pair = reduction.tensor_max(paddle.to_tensor([[1.0, 3.0]]), 1)
    assert pair.values.tolist() == [3.0]
    assert pair.indices.tolist() == [1]


def test_sum_of_small_integers_does_not_overflow():
    assert reduction.tensor_sum(paddle.full([3], 200, dtype="uint8")).item() == 600


def test_mean_refuses_integers():
    with pytest.raises(RuntimeError, match="could not infer output dtype"):
        reduction.tensor_mean(paddle.to_tensor([1, 2]))


def test_product_has_a_gradient_at_zero():
    x = paddle.to_tensor([2.0, 0.0, 3.0], stop_gradient=False)
    reduction.tensor_prod(x).backward()
    assert x.grad.tolist() == [0.0, 6.0, 0.0]


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_median_is_the_lower_one(size):
    x = paddle.arange(size).astype("float32")
    result = reduction.median(x).item()
    assert np.isnan(result) if not size else result == (size - 1) // 2


def test_unique_keeps_the_shape_of_the_inverse():
    values, inverse, counts = reduction.unique(
        paddle.to_tensor([[3, 1], [1, 3]]), return_inverse=True, return_counts=True
    )
    assert values.tolist() == [1, 3]
    assert inverse.tolist() == [[1, 0], [0, 1]]
    assert counts.tolist() == [2, 2]


def test_gather_takes_a_smaller_index_of_bools():
    x = paddle.to_tensor([[True, False], [False, True]])
    assert indexing.tensor_gather(x, 1, paddle.to_tensor([[1]])).tolist() == [[False]]


def test_split_refuses_wrong_sizes():
    with pytest.raises(RuntimeError, match="sum exactly to 5"):
        indexing.split(paddle.ones([5]), [2, 2])


def test_chunks_may_be_fewer_and_uneven():
    assert [part.shape[0] for part in indexing.chunk(paddle.ones([5]), 4)] == [2, 2, 1]


def test_scatter_writes_only_the_corner_of_the_source():
    index = paddle.to_tensor([[0, 1]])
    result = indexing.tensor_scatter(paddle.zeros([2, 3]), 1, index, paddle.ones([2, 3]))
    assert result.tolist() == [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1, "int64"),
        (1.5, "float32"),
        ([True, 2], "int64"),
        ([], "float32"),
        ([np.float64(1.0)], "float64"),
        (np.zeros(2, dtype="int32"), "int32"),
        (range(3), "int64"),
    ],
)
def test_tensor_infers_dtypes(data, dtype):
    assert name(creation.tensor(data).dtype) == dtype


def test_tensor_refuses_unsigned_numbers_that_paddle_reads_as_bfloat16():
    with pytest.raises(TypeError, match="uint16"):
        creation.tensor(np.zeros(2, dtype="uint16"))


def test_a_generator_does_not_disturb_paddle_s_own_numbers():
    paddle.seed(5)
    expected = paddle.rand([3]).tolist()
    paddle.seed(5)
    creation.rand(4, generator=creation.Generator().manual_seed(1))
    assert paddle.rand([3]).tolist() == expected


def test_arange_counts_before_it_rounds():
    assert creation.arange(2.5, dtype="int32").tolist() == [0, 1, 2]


def test_lists_of_tensors_change_in_place():
    tensors = [paddle.ones([2]), paddle.ones([3])]
    foreach.foreach_binary_(ops.mul, tensors, [2.0, 3.0])
    assert [tensor.tolist() for tensor in tensors] == [[2.0] * 2, [3.0] * 3]


def test_cholesky_solve_has_gradients_to_the_factor():
    factor = paddle.to_tensor([[2.0, 0.0], [1.0, 1.0]], stop_gradient=False)
    factorizations.cholesky_solve(paddle.ones([2, 1]), factor).sum().backward()
    assert float(factor.grad.abs().sum()) > 0
