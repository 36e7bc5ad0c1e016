"""torchvision.io for still images, decoded by PIL."""

from __future__ import annotations

import io
from enum import Enum
from typing import Any

import numpy as np
import paddle


class ImageReadMode(Enum):
    """torchvision.io.ImageReadMode."""

    UNCHANGED = 0
    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGB_ALPHA = 4


def read_file(path: str) -> Any:
    """torchvision.io.read_file: the bytes of a file as a tensor."""
    with open(path, "rb") as file:
        return paddle.to_tensor(np.frombuffer(file.read(), dtype=np.uint8).copy())


def write_file(filename: str, data: Any) -> None:
    """torchvision.io.write_file."""
    with open(filename, "wb") as file:
        file.write(data.numpy().tobytes())


def decode_image(input: Any, mode: Any = ImageReadMode.UNCHANGED) -> Any:
    """torchvision.io.decode_image: a tensor (C, H, W) of 8-bit pixels."""
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]

    wanted = ImageReadMode[mode.upper()] if isinstance(mode, str) else mode
    kinds = {"GRAY": "L", "GRAY_ALPHA": "LA", "RGB": "RGB", "RGB_ALPHA": "RGBA"}
    image = Image.open(io.BytesIO(input.numpy().tobytes()))
    kind = kinds.get(wanted.name)
    pixels = np.array(image if kind is None else image.convert(kind))
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
    return paddle.to_tensor(np.ascontiguousarray(pixels.transpose(2, 0, 1)))


def read_image(path: str, mode: Any = ImageReadMode.UNCHANGED) -> Any:
    """torchvision.io.read_image."""
    return decode_image(read_file(path), mode)


def encode_png(input: Any, compression_level: int = 6) -> Any:
    """torchvision.io.encode_png: the bytes of a PNG file as a tensor."""
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]

    pixels = input.numpy().transpose(1, 2, 0)
    buffer = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(
        buffer, format="PNG", compress_level=compression_level
    )
    return paddle.to_tensor(np.frombuffer(buffer.getvalue(), dtype=np.uint8).copy())


def write_png(input: Any, filename: str, compression_level: int = 6) -> None:
    """torchvision.io.write_png."""
    write_file(filename, encode_png(input, compression_level))
