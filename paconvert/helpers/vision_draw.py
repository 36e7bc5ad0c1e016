"""torchvision.utils' functions that draw on images."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import paddle

from paconvert.helpers.vision_functional import convert_image_dtype, pil_to_tensor, to_pil_image


def drawn_colors(colors: Any, count: int) -> list[tuple[int, ...]]:
    """A color for each of `count` things: those given, the one given, or some of a palette."""
    from PIL import ImageColor  # type: ignore[import-not-found, unused-ignore]

    if colors is None:
        palette = (2**25 - 1, 2**15 - 1, 2**21 - 1)
        return [tuple(index * part % 255 for part in palette) for index in range(count)]
    if not isinstance(colors, list):
        if not isinstance(colors, (tuple, str)):
            raise ValueError(f"colors must be a tuple or a string, or a list thereof, but got {colors}.")
        if isinstance(colors, tuple) and len(colors) != 3:
            raise ValueError(f"If passed as tuple, colors should be an RGB triplet, but got {colors}.")
        colors = [colors] * count
    if len(colors) < count:
        raise ValueError(
            "Number of colors must be equal or larger than the number of objects, "
            f"but got {len(colors)} < {count}."
        )
    return [ImageColor.getrgb(color) if isinstance(color, str) else tuple(color) for color in colors]


def check_drawable(image: Any, channels: tuple[int, ...]) -> None:
    """Raises for what is no image with so many channels."""
    if not isinstance(image, paddle.Tensor):
        raise TypeError(f"Tensor expected, got {type(image)}")
    if image.dtype != paddle.uint8 and not image.is_floating_point():
        raise ValueError(f"The image dtype must be uint8 or float, got {image.dtype}")
    if image.ndim != 3:
        raise ValueError("Pass individual images, not batches")
    if image.shape[0] not in channels:
        raise ValueError("Only grayscale and RGB images are supported")


def draw_bounding_boxes(
    image: Any,
    boxes: Any,
    labels: Any = None,
    colors: Any = None,
    fill: bool | None = False,
    width: int = 1,
    font: str | None = None,
    font_size: int | None = None,
    label_colors: Any = None,
    label_background_colors: Any = None,
    fill_labels: bool = False,
) -> Any:
    """torchvision.utils.draw_bounding_boxes, for boxes that are not rotated."""
    from PIL import ImageDraw, ImageFont  # type: ignore[import-not-found, unused-ignore]

    check_drawable(image, (1, 3))
    count = boxes.shape[0]
    if boxes.shape[-1] != 4:
        raise NotImplementedError("rotated boxes are not drawn")
    if bool((boxes[:, :2] > boxes[:, 2:]).any()):
        raise ValueError(
            "Boxes need to be in (xmin, ymin, xmax, ymax) format. "
            "Use torchvision.ops.box_convert to convert them"
        )
    if not count:
        warnings.warn("boxes doesn't contain any box. No box was drawn", stacklevel=2)
        return image
    if labels is not None and len(labels) != count:
        raise ValueError(
            f"Number of boxes ({count}) and labels ({len(labels)}) mismatch. "
            "Please specify labels for each box."
        )
    outlines = drawn_colors(colors, count)
    texts = drawn_colors(label_colors or "black", count) if label_colors or fill_labels else outlines
    grounds = drawn_colors(label_background_colors, count) if label_background_colors else outlines
    face = ImageFont.load_default() if font is None else ImageFont.truetype(font=font, size=font_size or 10)
    rgb = paddle.concat([image] * 3) if image.shape[0] == 1 else image
    picture = to_pil_image(convert_image_dtype(rgb, paddle.uint8))
    draw = ImageDraw.Draw(picture, "RGBA") if fill else ImageDraw.Draw(picture)
    margin = width + 1
    for index, box in enumerate(boxes.astype("int64").tolist()):
        color = outlines[index]
        draw.rectangle(box, width=width, outline=color, fill=(*color, 100) if fill else None)
        if labels is None or labels[index] is None:
            continue
        place = (box[0] + margin, box[1] + margin)
        if fill_labels:
            left, top, right, bottom = draw.textbbox(place, labels[index], font=face)
            draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), fill=grounds[index])
        draw.text(place, labels[index], fill=texts[index], font=face)
    return convert_image_dtype(pil_to_tensor(picture), image.dtype)


def draw_segmentation_masks(image: Any, masks: Any, alpha: float = 0.8, colors: Any = None) -> Any:
    """torchvision.utils.draw_segmentation_masks."""
    check_drawable(image, (3,))
    masks = masks.unsqueeze(0) if masks.ndim == 2 else masks
    if masks.ndim != 3:
        raise ValueError("masks must be of shape (H, W) or (batch_size, H, W)")
    if masks.dtype != paddle.bool:
        raise ValueError(f"The masks must be of dtype bool. Got {masks.dtype}")
    if masks.shape[-2:] != image.shape[-2:]:
        raise ValueError("The image and the masks must have the same height and width")
    if not masks.shape[0]:
        warnings.warn("masks doesn't contain any mask. No mask was drawn", stacklevel=2)
        return image
    bound = 255 if image.is_floating_point() else 1
    covers = masks.numpy()
    plain = image.detach().numpy()
    drawn = plain.copy()
    for cover, color in zip(covers, drawn_colors(colors, len(covers)), strict=False):
        drawn[:, cover] = (np.array(color) / bound).astype(drawn.dtype)[:, None]
    drawn[:, covers.sum(axis=0) > 1] = 0
    kind = plain.dtype if image.is_floating_point() else np.dtype("float32")
    mixed = plain * np.asarray(1 - alpha, kind) + drawn * np.asarray(alpha, kind)
    return paddle.to_tensor(mixed.astype(plain.dtype))


def draw_keypoints(
    image: Any,
    keypoints: Any,
    connectivity: Any = None,
    colors: Any = None,
    radius: int = 2,
    width: int = 3,
    visibility: Any = None,
) -> Any:
    """torchvision.utils.draw_keypoints."""
    from PIL import ImageDraw  # type: ignore[import-not-found, unused-ignore]

    check_drawable(image, (3,))
    if keypoints.ndim != 3:
        raise ValueError("keypoints must be of shape (num_instances, K, 2)")
    seen = np.ones(keypoints.shape[:-1], dtype=bool)
    if visibility is not None:
        seen = visibility.astype("bool").numpy().reshape(keypoints.shape[:-1])
    picture = to_pil_image(convert_image_dtype(image, paddle.uint8))
    draw = ImageDraw.Draw(picture)
    for points, visible in zip(keypoints.astype("int64").tolist(), seen, strict=True):
        for (x, y, *_), shown in zip(points, visible, strict=True):
            if shown:
                around = [x - radius, y - radius, x + radius, y + radius]
                draw.ellipse(around, fill=colors, outline=None, width=0)
        for start, end in connectivity or ():
            if visible[start] and visible[end]:
                draw.line((tuple(points[start][:2]), tuple(points[end][:2])), width=width)
    return convert_image_dtype(pil_to_tensor(picture), image.dtype)
