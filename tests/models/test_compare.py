"""The comparison sees what it is there for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from .cases import CASES
from .run import compare, table

CASE = CASES[0]
GOOD = {
    "eval": np.ones((2, 3), "float32"),
    "gradient/a": np.full(3, 2.0, "float32"),
    "gradient/b": np.full(3, 1e-9, "float32"),
    "sgd": np.array([1.0, 0.9]),
}


def outcome(folder: Path, changes: dict[str, np.ndarray]) -> tuple[bool, str]:
    for side, arrays in (("torch", GOOD), ("paddle", GOOD | changes)):
        np.savez(folder / f"{CASE.name}.{side}.npz", **arrays)
    result = compare(CASE, folder)
    return result.equal, table([result])


def test_the_same_is_equal_and_rounding_in_vanishing_gradients_does_not_count(tmp_path: Path) -> None:
    equal, text = outcome(tmp_path, {"gradient/b": np.full(3, -1e-9, "float32")})
    assert equal
    assert "1 of 1 models compute the same; 0 run but differ" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"eval": np.full((2, 3), 1.001, "float32")},
        {"eval": np.ones((2, 3), "float64")},
        {"eval": np.ones((3, 2), "float32")},
        {"eval": np.full((2, 3), np.nan, "float32")},
        {"gradient/a": np.full(3, 1.9, "float32")},
        {"gradient/b": np.full(3, 1.0, "float32")},
        {"sgd": np.array([1.0, 0.905])},
    ],
)
def test_a_difference_is_seen(tmp_path: Path, changes: dict[str, np.ndarray]) -> None:
    equal, text = outcome(tmp_path, changes)
    assert not equal
    assert "1 run but differ" in text


def test_an_error_is_no_silent_difference(tmp_path: Path) -> None:
    (tmp_path / f"{CASE.name}.paddle.error").write_text("Traceback\nValueError: no")
    result = compare(CASE, tmp_path)
    assert not result.equal
    assert "0 of 1 models compute the same; 0 run but differ" in table([result])
