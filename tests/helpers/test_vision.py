"""Helpers of torchvision: what needs its compiled parts, and so is not proven beside torch everywhere."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

paddle = pytest.importorskip("paddle")
pytest.importorskip("PIL")

from paconvert.helpers import vision_data, vision_io, vision_ops  # noqa: E402

BOXES = [[0, 0, 4, 4], [1, 1, 5, 4.5], [10, 10, 12, 15], [0, 0, 4, 4.2]]
SCORES = [0.5, 0.9, 0.3, 0.8]


@pytest.mark.parametrize(("threshold", "kept"), [(0.3, [1, 2]), (0.5, [1, 3, 2]), (0.99, [1, 3, 0, 2])])
def test_nms_keeps_the_best_of_boxes_that_overlap(threshold, kept):
    boxes, scores = paddle.to_tensor(BOXES), paddle.to_tensor(SCORES)
    result = vision_ops.nms(boxes, scores, threshold)
    assert result.tolist() == kept
    assert result.dtype == paddle.int64


def test_batched_nms_leaves_other_categories_alone():
    boxes, scores = paddle.to_tensor(BOXES), paddle.to_tensor(SCORES)
    result = vision_ops.batched_nms(boxes, scores, paddle.to_tensor([0, 1, 0, 0]), 0.3)
    assert result.tolist() == [1, 3, 2]


def test_nms_of_nothing():
    assert vision_ops.nms(paddle.zeros([0, 4]), paddle.zeros([0]), 0.5).shape == [0]


def test_png_files_keep_their_pixels(tmp_path):
    image = paddle.to_tensor(np.arange(60, dtype="uint8").reshape(3, 4, 5))
    path = str(tmp_path / "a.png")
    vision_io.write_png(image, path)
    assert vision_io.read_image(path).tolist() == image.tolist()
    assert vision_io.read_image(path, vision_io.ImageReadMode.GRAY).shape == [1, 4, 5]


def test_cifar_is_read_from_its_batches(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    pixels = np.arange(2 * 3072, dtype=np.int64).astype("uint8").reshape(2, 3072)
    for name in [*vision_data.CIFAR10.train_list, "test_batch"]:
        (folder / name).write_bytes(pickle.dumps({"data": pixels, "labels": [3, 7]}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    data = vision_data.CIFAR10(str(tmp_path), train=True)
    image, label = data[1]
    assert len(data) == 10
    assert label == 7
    assert image.size == (32, 32)
    assert data.classes[label] == "h"
