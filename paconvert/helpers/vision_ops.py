"""torchvision.ops and torchvision.utils."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F

from paconvert.helpers.functional import pad
from paconvert.helpers.functional_conv import as_tuple


def box_area(boxes: Any) -> Any:
    """torchvision.ops.box_area."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def box_inter_union(boxes1: Any, boxes2: Any) -> tuple[Any, Any]:
    """The areas of intersection and union of all pairs of boxes."""
    top_left = paddle.maximum(boxes1[..., None, :2], boxes2[..., None, :, :2])
    bottom_right = paddle.minimum(boxes1[..., None, 2:], boxes2[..., None, :, 2:])
    sides = (bottom_right - top_left).clip(min=0)
    intersection = sides[..., 0] * sides[..., 1]
    return intersection, box_area(boxes1)[..., None] + box_area(boxes2)[..., None, :] - intersection


def box_iou(boxes1: Any, boxes2: Any) -> Any:
    """torchvision.ops.box_iou."""
    intersection, union = box_inter_union(boxes1, boxes2)
    return intersection / union


def generalized_box_iou(boxes1: Any, boxes2: Any) -> Any:
    """torchvision.ops.generalized_box_iou."""
    intersection, union = box_inter_union(boxes1, boxes2)
    top_left = paddle.minimum(boxes1[..., None, :2], boxes2[..., None, :, :2])
    bottom_right = paddle.maximum(boxes1[..., None, 2:], boxes2[..., None, :, 2:])
    sides = (bottom_right - top_left).clip(min=0)
    area = sides[..., 0] * sides[..., 1]
    return intersection / union - (area - union) / area


def float_boxes(boxes: Any) -> Any:
    """Boxes in floating point."""
    return boxes if boxes.is_floating_point() else boxes.astype("float32")


def squared_distance_share(boxes1: Any, boxes2: Any, eps: float) -> Any:
    """The squared distance of the centers over the squared diagonal of the box around both."""
    top_left = paddle.minimum(boxes1[..., :2], boxes2[..., :2])
    sides = (paddle.maximum(boxes1[..., 2:], boxes2[..., 2:]) - top_left).clip(min=0)
    distance = (boxes1[..., :2] + boxes1[..., 2:] - boxes2[..., :2] - boxes2[..., 2:]) / 2
    return (distance**2).sum(axis=-1) / ((sides**2).sum(axis=-1) + eps)


def shape_gap(boxes1: Any, boxes2: Any) -> Any:
    """How much the ratios of width to height differ."""
    sides1, sides2 = boxes1[..., 2:] - boxes1[..., :2], boxes2[..., 2:] - boxes2[..., :2]
    angle1, angle2 = (paddle.atan(sides[..., 0] / sides[..., 1]) for sides in (sides1, sides2))
    return 4 / math.pi**2 * (angle1 - angle2) ** 2


def distance_box_iou(boxes1: Any, boxes2: Any, eps: float = 1e-7) -> Any:
    """torchvision.ops.distance_box_iou."""
    boxes1, boxes2 = float_boxes(boxes1), float_boxes(boxes2)
    penalty = squared_distance_share(boxes1.unsqueeze(-2), boxes2.unsqueeze(-3), eps)
    return box_iou(boxes1, boxes2) - penalty


def complete_box_iou(boxes1: Any, boxes2: Any, eps: float = 1e-7) -> Any:
    """torchvision.ops.complete_box_iou."""
    boxes1, boxes2 = float_boxes(boxes1), float_boxes(boxes2)
    gap = shape_gap(boxes1.unsqueeze(-2), boxes2.unsqueeze(-3))
    weight = (gap / (1 - box_iou(boxes1, boxes2) + gap + eps)).detach()
    return distance_box_iou(boxes1, boxes2, eps) - weight * gap


def paired_boxes(boxes1: Any, boxes2: Any) -> tuple[Any, Any, Any, Any]:
    """The boxes in floating point, and of each pair the intersection and the union."""
    boxes1, boxes2 = float_boxes(boxes1), float_boxes(boxes2)
    top_left = paddle.maximum(boxes1[..., :2], boxes2[..., :2])
    sides = paddle.minimum(boxes1[..., 2:], boxes2[..., 2:]) - top_left
    meet = (sides > 0).all(axis=-1)
    intersection = paddle.where(meet, sides[..., 0] * sides[..., 1], paddle.zeros_like(sides[..., 0]))
    areas = [(boxes[..., 2:] - boxes[..., :2]).prod(axis=-1) for boxes in (boxes1, boxes2)]
    return boxes1, boxes2, intersection, areas[0] + areas[1] - intersection


def reduced_box_loss(loss: Any, reduction: str) -> Any:
    """The loss, its mean (0 when there is none) or its sum."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"Invalid Value for arg 'reduction': '{reduction}")
    if reduction == "none":
        return loss
    return loss.mean() if reduction == "mean" and loss.size else loss.sum()


def generalized_box_iou_loss(boxes1: Any, boxes2: Any, reduction: str = "none", eps: float = 1e-7) -> Any:
    """torchvision.ops.generalized_box_iou_loss."""
    boxes1, boxes2, intersection, union = paired_boxes(boxes1, boxes2)
    top_left = paddle.minimum(boxes1[..., :2], boxes2[..., :2])
    around = (paddle.maximum(boxes1[..., 2:], boxes2[..., 2:]) - top_left).prod(axis=-1)
    iou = intersection / (union + eps)
    return reduced_box_loss(1 - (iou - (around - union) / (around + eps)), reduction)


def distance_box_iou_loss(boxes1: Any, boxes2: Any, reduction: str = "none", eps: float = 1e-7) -> Any:
    """torchvision.ops.distance_box_iou_loss."""
    boxes1, boxes2, intersection, union = paired_boxes(boxes1, boxes2)
    loss = 1 - intersection / (union + eps) + squared_distance_share(boxes1, boxes2, eps)
    return reduced_box_loss(loss, reduction)


def complete_box_iou_loss(boxes1: Any, boxes2: Any, reduction: str = "none", eps: float = 1e-7) -> Any:
    """torchvision.ops.complete_box_iou_loss."""
    boxes1, boxes2, intersection, union = paired_boxes(boxes1, boxes2)
    gap = shape_gap(boxes1, boxes2)
    weight = (gap / (1 - intersection / (union + eps) + gap + eps)).detach()
    return reduced_box_loss(distance_box_iou_loss(boxes1, boxes2, "none", eps) + weight * gap, reduction)


def masks_to_boxes(masks: Any) -> Any:
    """torchvision.ops.masks_to_boxes: the box around each mask; zeros around an empty one."""
    found = np.zeros([masks.shape[0], 4], dtype="float32")
    for box, mask in zip(found, masks.numpy(), strict=True):
        rows, columns = np.nonzero(mask)
        if rows.size:
            box[:] = columns.min(), rows.min(), columns.max(), rows.max()
    return paddle.to_tensor(found)


def box_convert(boxes: Any, in_fmt: str, out_fmt: str) -> Any:
    """torchvision.ops.box_convert between xyxy, xywh and cxcywh."""
    if {in_fmt, out_fmt} - {"xyxy", "xywh", "cxcywh"}:
        raise ValueError(f"Unsupported bounding box conversion: {in_fmt} to {out_fmt}")
    if in_fmt == out_fmt:
        return boxes.clone()
    a, b, c, d = paddle.unbind(boxes, axis=-1)
    if in_fmt == "xywh":
        corners = (a, b, a + c, b + d)
    elif in_fmt == "cxcywh":
        corners = (a - 0.5 * c, b - 0.5 * d, a + 0.5 * c, b + 0.5 * d)
    else:
        corners = (a, b, c, d)
    left, top, right, bottom = corners
    if out_fmt == "xywh":
        corners = (left, top, right - left, bottom - top)
    elif out_fmt == "cxcywh":
        corners = ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
    return paddle.stack(corners, axis=-1)


def clip_boxes_to_image(boxes: Any, size: tuple[int, int]) -> Any:
    """torchvision.ops.clip_boxes_to_image."""
    height, width = size
    x = boxes[..., 0::2].clip(min=0, max=width)
    y = boxes[..., 1::2].clip(min=0, max=height)
    return paddle.stack([x, y], axis=-1).reshape(boxes.shape)


def remove_small_boxes(boxes: Any, min_size: float) -> Any:
    """torchvision.ops.remove_small_boxes: the indices of the boxes that are large enough."""
    kept = (boxes[:, 2] - boxes[:, 0] >= min_size) & (boxes[:, 3] - boxes[:, 1] >= min_size)
    return paddle.nonzero(kept).flatten()


def nms(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    """torchvision.ops.nms: the indices of the kept boxes, by falling score."""
    if boxes.shape[0] == 0:
        return paddle.zeros([0], dtype="int64")
    order = paddle.argsort(scores.detach(), axis=0, descending=True, stable=True)
    overlaps = (box_iou(boxes.detach()[order], boxes.detach()[order]) > iou_threshold).numpy()
    suppressed: Any = np.zeros(len(overlaps), dtype=bool)
    kept = []
    for index, row in enumerate(overlaps):
        if not suppressed[index]:
            kept.append(index)
            suppressed |= row
    return order[paddle.to_tensor(kept)]


def batched_nms(boxes: Any, scores: Any, idxs: Any, iou_threshold: float) -> Any:
    """torchvision.ops.batched_nms: boxes of different categories do not suppress each other."""
    if boxes.size == 0:
        return paddle.zeros([0], dtype="int64")
    offsets = idxs.astype(boxes.dtype) * (boxes.max() + 1)
    return nms(boxes + offsets.unsqueeze(1), scores, iou_threshold)


def sigmoid_focal_loss(
    inputs: Any, targets: Any, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"
) -> Any:
    """torchvision.ops.sigmoid_focal_loss."""
    p = F.sigmoid(inputs)
    cross_entropy = (1 - targets) * inputs - F.log_sigmoid(inputs)
    p_t = p * targets + (1 - p) * (1 - targets)
    loss = cross_entropy * (1 - p_t) ** gamma
    if alpha >= 0:
        loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss
    return {"none": lambda: loss, "mean": loss.mean, "sum": loss.sum}[reduction]()


def stochastic_depth(input: Any, p: float, mode: str, training: bool = True) -> Any:
    """torchvision.ops.stochastic_depth: drops whole batches or rows."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"drop probability has to be between 0 and 1, but got {p}")
    if mode not in ("batch", "row"):
        raise ValueError(f"mode has to be either 'batch' or 'row', but got {mode}")
    if not training or p == 0.0:
        return input
    shape = [input.shape[0] if mode == "row" else 1] + [1] * (input.ndim - 1)
    noise = paddle.bernoulli(paddle.full(shape, 1.0 - p, dtype=input.dtype))
    return input * (noise / (1.0 - p) if p < 1.0 else noise)


def drop_blocks(
    input: Any, p: float, block_size: int, inplace: bool, eps: float, training: bool, spatial: int
) -> Any:
    """Drops blocks of the last `spatial` dimensions, and scales what is left."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"drop probability has to be between 0 and 1, but got {p}.")
    if input.ndim != spatial + 2:
        raise ValueError(f"input should be {spatial + 2} dimensional. Got {input.ndim} dimensions.")
    if not training or p == 0.0:
        return input
    sizes = input.shape[2:]
    block = min(block_size, *sizes)
    inside = [size - block + 1 for size in sizes]
    share = p * math.prod(sizes) / (block**spatial * math.prod(inside))
    starts = paddle.bernoulli(paddle.full([*input.shape[:2], *inside], min(share, 1.0)))
    starts = pad(starts, [block // 2] * (2 * spatial))
    pool = F.max_pool2d if spatial == 2 else F.max_pool3d
    kept = (1 - pool(starts, block, stride=1, padding=block // 2)).astype(input.dtype)
    scaled = input * kept * (kept.size / (eps + kept.sum()))
    return paddle.assign(scaled, input) if inplace else scaled


def drop_block2d(
    input: Any, p: float, block_size: int, inplace: bool = False, eps: float = 1e-6, training: bool = True
) -> Any:
    """torchvision.ops.drop_block2d."""
    return drop_blocks(input, p, block_size, inplace, eps, training, 2)


def drop_block3d(
    input: Any, p: float, block_size: int, inplace: bool = False, eps: float = 1e-6, training: bool = True
) -> Any:
    """torchvision.ops.drop_block3d."""
    return drop_blocks(input, p, block_size, inplace, eps, training, 3)


class DropBlock2d(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.ops.DropBlock2d."""

    spatial = 2

    def __init__(self, p: float, block_size: int, inplace: bool = False, eps: float = 1e-6) -> None:
        super().__init__()
        self.p, self.block_size, self.inplace, self.eps = p, block_size, inplace, eps

    def forward(self, input: Any) -> Any:
        """The input without some blocks."""
        return drop_blocks(
            input, self.p, self.block_size, self.inplace, self.eps, self.training, self.spatial
        )


class DropBlock3d(DropBlock2d):
    """torchvision.ops.DropBlock3d."""

    spatial = 3


class StochasticDepth(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.ops.StochasticDepth."""

    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, input: Any) -> Any:
        """Drops rows or the whole batch in training."""
        return stochastic_depth(input, self.p, self.mode, self.training)


class FrozenBatchNorm2d(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.ops.FrozenBatchNorm2d: batch normalisation whose numbers do not change."""

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", paddle.ones([num_features]))
        self.register_buffer("bias", paddle.zeros([num_features]))
        self.register_buffer("running_mean", paddle.zeros([num_features]))
        self.register_buffer("running_var", paddle.ones([num_features]))

    def forward(self, x: Any) -> Any:
        """The image, scaled and shifted."""
        shape = [1, -1, 1, 1]
        scale = self.weight.reshape(shape) * paddle.rsqrt(self.running_var.reshape(shape) + self.eps)
        return x * scale + (self.bias.reshape(shape) - self.running_mean.reshape(shape) * scale)


def roi_table(boxes: Any) -> tuple[Any, Any]:
    """Boxes as one table (K, 4), and how many belong to each image."""
    if isinstance(boxes, (list, tuple)):
        counts = [item.shape[0] for item in boxes]
        return paddle.concat(list(boxes), axis=0), paddle.to_tensor(counts, dtype="int32")
    images = boxes[:, 0].astype("int64")
    order = paddle.argsort(images, axis=0, stable=True)
    if bool((order != paddle.arange(order.shape[0])).any()):
        raise NotImplementedError("the boxes must be sorted by their image")
    count = int(images.max().item()) + 1 if images.size else 0
    return boxes[:, 1:], paddle.bincount(images, minlength=count).astype("int32")


def counts_for(input: Any, counts: Any) -> Any:
    """How many boxes each image has, also for the last images, which may have none."""
    missing = input.shape[0] - counts.shape[0]
    return paddle.concat([counts, paddle.zeros([missing], dtype="int32")]) if missing > 0 else counts


def sampling_weights(low: Any, high: Any, bins: int, length: int, ratio: int) -> Any:
    """For each box and bin, the weights of positions from 0 to `length` in the mean of the sampled points.

    `low` and `high` are the boxes' limits along one dimension; points between positions are interpolated.
    """
    step = (high - low) / bins
    counts = paddle.full_like(step, ratio) if ratio > 0 else paddle.ceil(step)
    number = paddle.arange(max(int(counts.max().item()), 1), dtype=low.dtype)
    taken = (number < counts.unsqueeze(1)).astype(low.dtype) / counts.clip(min=1.0).unsqueeze(1)
    within = (number + 0.5) * (step / counts.clip(min=1.0)).unsqueeze(1)
    start = low.unsqueeze(1) + paddle.arange(bins, dtype=low.dtype) * step.unsqueeze(1)
    point = start.unsqueeze(2) + within.unsqueeze(1)
    taken = taken.unsqueeze(1) * ((point >= -1.0) & (point <= length)).astype(low.dtype)
    distance = point.clip(0, length - 1).unsqueeze(3) - paddle.arange(length, dtype=low.dtype)
    return (taken.unsqueeze(3) * (1.0 - distance.abs()).clip(min=0.0)).sum(2)


def roi_align(
    input: Any,
    boxes: Any,
    output_size: Any,
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Any:
    """torchvision.ops.roi_align."""
    table, counts = roi_table(boxes)
    counts = counts_for(input, counts)
    size = as_tuple(output_size, 2)
    result = paddle.vision.ops.roi_align(input, table, counts, size, spatial_scale, sampling_ratio, aligned)
    if not aligned or input.stop_gradient:
        return result
    # Paddle's gradient takes boxes narrower than a pixel for a pixel wide: those are computed here.
    limits = table.detach() * spatial_scale - 0.5
    thin = (limits[:, 2:] - limits[:, :2] < 1).any(axis=1).nonzero().reshape([-1])
    if not thin.shape[0]:
        return result
    limits = limits[thin]
    image = paddle.repeat_interleave(paddle.arange(counts.shape[0]), counts)[thin]
    rows = sampling_weights(limits[:, 1], limits[:, 3], size[0], input.shape[2], sampling_ratio)
    columns = sampling_weights(limits[:, 0], limits[:, 2], size[1], input.shape[3], sampling_ratio)
    exact = paddle.einsum("kchw,kih,kjw->kcij", paddle.gather(input, image), rows, columns)
    return paddle.scatter(result, thin, exact)


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Any:
    """torchvision.utils.make_grid: many images side by side."""
    if isinstance(tensor, (list, tuple)):
        tensor = paddle.stack(list(tensor), axis=0)
    if tensor.ndim == 2:
        tensor = tensor.unsqueeze(0)
    if tensor.ndim == 3:
        if tensor.shape[0] == 1:
            tensor = paddle.concat([tensor] * 3, axis=0)
        tensor = tensor.unsqueeze(0)
    if tensor.ndim == 4 and tensor.shape[1] == 1:
        tensor = paddle.concat([tensor] * 3, axis=1)
    if normalize:
        images = [to_unit_range(image, value_range) for image in tensor] if scale_each else None
        tensor = to_unit_range(tensor, value_range) if images is None else paddle.stack(images)
    if tensor.shape[0] == 1:
        return tensor.squeeze(0)
    count, channels = tensor.shape[:2]
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    height, width = tensor.shape[2] + padding, tensor.shape[3] + padding
    grid = paddle.full(
        [channels, height * rows + padding, width * columns + padding], pad_value, dtype=tensor.dtype
    )
    for index in range(count):
        top, left = height * (index // columns) + padding, width * (index % columns) + padding
        grid[:, top : top + height - padding, left : left + width - padding] = tensor[index]
    return grid


def to_unit_range(image: Any, value_range: tuple[float, float] | None) -> Any:
    """The values moved to the range from 0 to 1."""
    low, high = (float(image.min()), float(image.max())) if value_range is None else value_range
    return (image.clip(min=low, max=high) - low) / max(high - low, 1e-5)


def save_image(tensor: Any, fp: Any, format: str | None = None, **kwargs: Any) -> None:
    """torchvision.utils.save_image: one image or a grid of images as a file."""
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]

    with paddle.no_grad():
        grid = make_grid(tensor, **kwargs)
        pixels = (grid * 255 + 0.5).clip(0, 255).transpose([1, 2, 0]).astype("uint8").numpy()
    Image.fromarray(pixels).save(fp, format=format)
