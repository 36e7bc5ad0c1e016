"""torchvision.transforms.functional, for PIL images and for tensors (…, C, H, W)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F

from paconvert.helpers.functional import pad
from paconvert.helpers.functional_vision import interpolate


class InterpolationMode(Enum):
    """torchvision.transforms.InterpolationMode."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


def interpolation_mode(interpolation: Any) -> InterpolationMode:
    """The mode, also from PIL's number for it."""
    if isinstance(interpolation, InterpolationMode):
        return interpolation
    numbers = ("NEAREST", "LANCZOS", "BILINEAR", "BICUBIC", "BOX", "HAMMING")
    return InterpolationMode[numbers[int(interpolation)]]


def pil_filter(interpolation: Any) -> Any:
    """PIL's number for a mode."""
    mode = interpolation_mode(interpolation)
    names = {
        "NEAREST": 0,
        "NEAREST_EXACT": 0,
        "BILINEAR": 2,
        "BICUBIC": 3,
        "BOX": 4,
        "HAMMING": 5,
        "LANCZOS": 1,
    }
    return names[mode.name]


def get_dimensions(img: Any) -> list[int]:
    """torchvision.transforms.functional.get_dimensions: channels, height, width."""
    if isinstance(img, paddle.Tensor):
        return [1 if img.ndim == 2 else int(img.shape[-3]), int(img.shape[-2]), int(img.shape[-1])]
    return [len(img.getbands()), img.height, img.width]


def get_image_size(img: Any) -> list[int]:
    """torchvision.transforms.functional.get_image_size: width, height."""
    _, height, width = get_dimensions(img)
    return [width, height]


def get_image_num_channels(img: Any) -> int:
    """torchvision.transforms.functional.get_image_num_channels."""
    return get_dimensions(img)[0]


def image_array(pic: Any) -> Any:
    """The pixels of a PIL image as an array (C, H, W) of its own."""
    modes = {"I": np.int32, "I;16": np.uint16, "I;16B": np.uint16, "I;16L": np.uint16, "F": np.float32}
    pixels = np.array(pic, modes.get(pic.mode, np.uint8), copy=True)
    return np.ascontiguousarray(pixels.reshape([pic.height, pic.width, -1]).transpose(2, 0, 1))


def vision_to_tensor(pic: Any) -> Any:
    """torchvision.transforms.functional.to_tensor: 8-bit pixels become numbers from 0 to 1."""
    if isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        array = np.ascontiguousarray((pic[:, :, None] if pic.ndim == 2 else pic).transpose(2, 0, 1))
    elif hasattr(pic, "getbands"):
        array = image_array(pic)
        if pic.mode == "1":
            array = 255 * array
        if array.dtype == np.uint16:
            array = array.astype(np.int16)
    else:
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if array.dtype == np.uint8:
        return paddle.to_tensor(array).astype(paddle.get_default_dtype()) / 255
    return paddle.to_tensor(array)


def pil_to_tensor(pic: Any) -> Any:
    """torchvision.transforms.functional.pil_to_tensor: the pixels as they are."""
    if not hasattr(pic, "getbands"):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    return paddle.to_tensor(image_array(pic))


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """torchvision.transforms.functional.to_pil_image, from a tensor (C, H, W) or an array (H, W, C)."""
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]

    if isinstance(pic, paddle.Tensor):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        tensor = pic.unsqueeze(0) if pic.ndim == 2 else pic
        if tensor.is_floating_point() and mode != "F":
            tensor = (tensor * 255).astype("uint8")
        pixels = tensor.numpy().transpose(1, 2, 0)
    elif isinstance(pic, np.ndarray):
        pixels = pic[:, :, None] if pic.ndim == 2 else pic
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    channels = pixels.shape[2]
    if channels > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
    if channels == 1:
        kinds = {"uint8": "L", "int16": "I;16", "int32": "I", "float32": "F"}
        expected = kinds.get(str(pixels.dtype))
        if mode is not None and expected is not None and mode != expected:
            raise ValueError(f"Incorrect mode ({mode}) supplied for input type {pixels.dtype}.")
        return Image.fromarray(np.ascontiguousarray(pixels[:, :, 0]))
    default = {2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if mode is None or mode == default:
        return image
    return Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), np.ascontiguousarray(pixels).tobytes())


def convert_image_dtype(image: Any, dtype: Any = paddle.float32) -> Any:
    """torchvision.transforms.functional.convert_image_dtype: values are scaled to the range of the dtype."""
    source = image.dtype
    if source == dtype:
        return image
    floats = (paddle.float16, paddle.bfloat16, paddle.float32, paddle.float64)
    if source in floats:
        if dtype in floats:
            return image.astype(dtype)
        largest = int(paddle.iinfo(dtype).max)
        return (image * (largest + 1.0 - 1e-3)).astype(dtype)
    largest_in = int(paddle.iinfo(source).max)
    if dtype in floats:
        return image.astype(dtype) / largest_in
    largest_out = int(paddle.iinfo(dtype).max)
    if largest_in > largest_out:
        return (image // ((largest_in + 1) // (largest_out + 1))).astype(dtype)
    return image.astype(dtype) * ((largest_out + 1) // (largest_in + 1))


def vision_normalize(tensor: Any, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Any:
    """torchvision.transforms.functional.normalize."""
    if not isinstance(tensor, paddle.Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(f"Expected tensor to be a tensor image of size (..., C, H, W). Got {tensor.shape}")
    center = paddle.to_tensor(mean, dtype=tensor.dtype)
    scale = paddle.to_tensor(std, dtype=tensor.dtype)
    if bool((scale == 0).any()):
        raise ValueError(
            f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero."
        )
    if center.ndim == 1:
        center = center.reshape([-1, 1, 1])
    if scale.ndim == 1:
        scale = scale.reshape([-1, 1, 1])
    result = (tensor - center) / scale
    return paddle.assign(result, output=tensor) if inplace else result


def size_pair(size: Any) -> list[int]:
    """A size as height and width."""
    if isinstance(size, (int, float)):
        return [int(size), int(size)]
    return [int(size[0]), int(size[0])] if len(size) == 1 else [int(size[0]), int(size[1])]


def resized_size(height: int, width: int, size: Any, max_size: int | None) -> list[int]:
    """The height and width after resizing: one number is meant for the shorter edge."""
    sizes = [size] if isinstance(size, int) else None if size is None else list(size)
    if sizes is not None and len(sizes) == 2:
        if max_size is not None:
            raise ValueError(
                "max_size should only be passed if size specifies the length of the smaller edge"
            )
        return [int(sizes[0]), int(sizes[1])]
    short, long = (width, height) if width <= height else (height, width)
    if sizes is None:
        if max_size is None:
            raise ValueError("max_size must be an integer when size is None")
        new_short, new_long = int(max_size * short / long), max_size
    else:
        new_short, new_long = int(sizes[0]), int(sizes[0] * long / short)
        if max_size is not None:
            if max_size <= sizes[0]:
                raise ValueError(
                    f"max_size = {max_size} must be strictly greater than the requested size {size}"
                )
            if new_long > max_size:
                new_short, new_long = int(max_size * new_short / new_long), max_size
    return [new_long, new_short] if width <= height else [new_short, new_long]


def resize(
    img: Any,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """torchvision.transforms.functional.resize."""
    mode = interpolation_mode(interpolation)
    _, height, width = get_dimensions(img)
    new = resized_size(height, width, size, max_size)
    if [height, width] == new:
        return img
    if not isinstance(img, paddle.Tensor):
        return img.resize((new[1], new[0]), pil_filter(mode))
    smooth = mode in (InterpolationMode.BILINEAR, InterpolationMode.BICUBIC)
    batched = img if img.ndim >= 4 else img.reshape([1] * (4 - img.ndim) + list(img.shape))
    work = batched if batched.is_floating_point() else batched.astype("float32")
    result = interpolate(
        work,
        new,
        mode=mode.value,
        align_corners=False if smooth else None,
        antialias=bool(antialias) and smooth,
    )
    if mode == InterpolationMode.BICUBIC and img.dtype == paddle.uint8:
        result = result.clip(0, 255)
    if not img.is_floating_point():
        result = result.round().astype(img.dtype)
    return result.reshape([*img.shape[:-2], *new])


def vision_crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """torchvision.transforms.functional.crop; what lies outside of the image is zero."""
    if not isinstance(img, paddle.Tensor):
        return img.crop((left, top, left + width, top + height))
    full_height, full_width = img.shape[-2:]
    sides = [-left, left + width - full_width, -top, top + height - full_height]
    return pad(img, sides) if any(sides) else img


def vision_pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """torchvision.transforms.functional.pad: one number, (left/right, top/bottom), or all four sides."""
    sides = [padding] if isinstance(padding, int) else list(padding)
    if len(sides) not in (1, 2, 4):
        raise ValueError(
            f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(sides)} element tuple"
        )
    left, top, right, bottom = sides * 4 if len(sides) == 1 else sides * 2 if len(sides) == 2 else sides
    if isinstance(img, paddle.Tensor):
        if padding_mode == "symmetric":
            return pad_symmetric(img, left, right, top, bottom)
        mode = {"constant": "constant", "edge": "replicate", "reflect": "reflect"}[padding_mode]
        value = fill[0] if isinstance(fill, (list, tuple)) else fill
        return pad(img, [left, right, top, bottom], mode=mode, value=value)
    from PIL import Image, ImageOps  # type: ignore[import-not-found, unused-ignore]

    if padding_mode == "constant":
        fill = pil_fill(img, tuple(fill) if isinstance(fill, list) else fill)
        if img.mode == "P":
            palette = img.getpalette()
            image = ImageOps.expand(img, border=(left, top, right, bottom), fill=fill)
            image.putpalette(palette)
            return image
        return ImageOps.expand(img, border=(left, top, right, bottom), fill=fill)
    img = img.crop((max(-left, 0), max(-top, 0), img.width - max(-right, 0), img.height - max(-bottom, 0)))
    pixels = np.asarray(img)
    widths = [(max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0))] + [(0, 0)] * (pixels.ndim - 2)
    kind: Any = padding_mode
    return Image.fromarray(np.pad(pixels, widths, mode=kind))


def pad_symmetric(img: Any, left: int, right: int, top: int, bottom: int) -> Any:
    """Pads by reflection that repeats the edge; negative sizes crop."""
    for axis, before, after in ((-1, left, right), (-2, top, bottom)):
        length = img.shape[axis]
        order = [*range(max(before, 0))][::-1] + list(range(max(-before, 0), length + min(after, 0)))
        order += [length - 1 - step for step in range(max(after, 0))]
        img = paddle.gather(img, paddle.to_tensor(order), axis=axis % img.ndim)
    return img


def center_crop(img: Any, output_size: Any) -> Any:
    """torchvision.transforms.functional.center_crop; a smaller image is padded with zeros."""
    crop_height, crop_width = size_pair(output_size)
    _, height, width = get_dimensions(img)
    if crop_width > width or crop_height > height:
        sides = [
            (crop_width - width) // 2 if crop_width > width else 0,
            (crop_height - height) // 2 if crop_height > height else 0,
            (crop_width - width + 1) // 2 if crop_width > width else 0,
            (crop_height - height + 1) // 2 if crop_height > height else 0,
        ]
        img = vision_pad(img, sides, fill=0)
        _, height, width = get_dimensions(img)
        if (crop_height, crop_width) == (height, width):
            return img
    top, left = round((height - crop_height) / 2.0), round((width - crop_width) / 2.0)
    return vision_crop(img, top, left, crop_height, crop_width)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """torchvision.transforms.functional.resized_crop."""
    return resize(vision_crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def hflip(img: Any) -> Any:
    """torchvision.transforms.functional.hflip."""
    return paddle.flip(img, [-1]) if isinstance(img, paddle.Tensor) else img.transpose(0)


def vflip(img: Any) -> Any:
    """torchvision.transforms.functional.vflip."""
    return paddle.flip(img, [-2]) if isinstance(img, paddle.Tensor) else img.transpose(1)


def five_crop(img: Any, size: Any) -> tuple[Any, ...]:
    """torchvision.transforms.functional.five_crop: the corners and the center."""
    crop_height, crop_width = size_pair(size)
    _, height, width = get_dimensions(img)
    if crop_width > width or crop_height > height:
        raise ValueError(f"Requested crop size {size} is bigger than input size {(height, width)}")
    bottom, right = height - crop_height, width - crop_width
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
    crops = [vision_crop(img, top, left, crop_height, crop_width) for top, left in corners]
    return (*crops, center_crop(img, [crop_height, crop_width]))


def ten_crop(img: Any, size: Any, vertical_flip: bool = False) -> tuple[Any, ...]:
    """torchvision.transforms.functional.ten_crop: five crops of the image and of its mirror image."""
    return five_crop(img, size) + five_crop(vflip(img) if vertical_flip else hflip(img), size)


def blend(first: Any, second: Any, ratio: float) -> Any:
    """`ratio` of the first image and the rest of the second, within the range of the dtype."""
    bound = 1.0 if first.is_floating_point() else 255
    mixed = ratio * first.astype("float32") + (1.0 - ratio) * second.astype("float32")
    return mixed.clip(0, bound).astype(first.dtype)


def gray(img: Any) -> Any:
    """The brightness of a tensor image, with one channel, in its dtype."""
    r, g, b = (img[..., channel : channel + 1, :, :].astype("float32") for channel in range(3))
    return (0.2989 * r + 0.587 * g + 0.114 * b).astype(img.dtype)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """torchvision.transforms.functional.rgb_to_grayscale."""
    if not isinstance(img, paddle.Tensor):
        return to_grayscale(img, num_output_channels)
    result = gray(img) if img.shape[-3] == 3 else img
    return paddle.concat([result] * 3, axis=-3) if num_output_channels == 3 else result


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """torchvision.transforms.functional.to_grayscale, for PIL images."""
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]

    single = img.convert("L")
    if num_output_channels == 1:
        return single
    return Image.merge("RGB", [single] * 3)


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """torchvision.transforms.functional.adjust_brightness."""
    if isinstance(img, paddle.Tensor):
        return blend(img, paddle.zeros_like(img), brightness_factor)
    from PIL import ImageEnhance  # type: ignore[import-not-found, unused-ignore]

    return ImageEnhance.Brightness(img).enhance(brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """torchvision.transforms.functional.adjust_contrast."""
    if isinstance(img, paddle.Tensor):
        base = gray(img) if img.shape[-3] == 3 else img
        mean = base.astype("float32").mean(axis=[-3, -2, -1], keepdim=True)
        return blend(img, mean, contrast_factor)
    from PIL import ImageEnhance  # type: ignore[import-not-found, unused-ignore]

    return ImageEnhance.Contrast(img).enhance(contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """torchvision.transforms.functional.adjust_saturation."""
    if isinstance(img, paddle.Tensor):
        return img if img.shape[-3] == 1 else blend(img, gray(img), saturation_factor)
    from PIL import ImageEnhance  # type: ignore[import-not-found, unused-ignore]

    return ImageEnhance.Color(img).enhance(saturation_factor)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """torchvision.transforms.functional.adjust_hue."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if isinstance(img, paddle.Tensor):
        return img if img.shape[-3] == 1 else shift_hue(img, hue_factor)
    if img.mode in ("L", "1", "I", "F"):
        return img
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]

    hue, saturation, value = img.convert("HSV").split()
    moved = np.array(hue, dtype=np.uint8) + np.int32(hue_factor * 255).astype(np.uint8)
    return Image.merge("HSV", (Image.fromarray(moved, "L"), saturation, value)).convert(img.mode)


def shift_hue(img: Any, amount: float) -> Any:
    """Turns the colours of a tensor image around the colour circle."""
    x = img if img.is_floating_point() else img.astype("float32") / 255
    r, g, b = x[..., 0, :, :], x[..., 1, :, :], x[..., 2, :, :]
    high, low = x.max(axis=-3), x.min(axis=-3)
    same = high == low
    span = high - low
    one = paddle.ones_like(high)
    saturation = span / paddle.where(same, one, high)
    divisor = paddle.where(same, one, span)
    rc, gc, bc = (high - r) / divisor, (high - g) / divisor, (high - b) / divisor
    red = (high == r).astype(x.dtype) * (bc - gc)
    green = ((high == g) & (high != r)).astype(x.dtype) * (2.0 + rc - bc)
    blue = ((high != g) & (high != r)).astype(x.dtype) * (4.0 + gc - rc)
    hue = ((red + green + blue) / 6.0 + 1.0) % 1.0
    hue = (hue + amount) % 1.0
    sector = (hue * 6.0).floor()
    rest = hue * 6.0 - sector
    p = (high * (1.0 - saturation)).clip(0.0, 1.0)
    q = (high * (1.0 - saturation * rest)).clip(0.0, 1.0)
    t = (high * (1.0 - saturation * (1.0 - rest))).clip(0.0, 1.0)
    sector = sector.astype("int32") % 6
    table = [(high, q, p, p, t, high), (t, high, high, q, p, p), (p, p, t, high, high, q)]
    channels = []
    for choices in table:
        total: Any = 0
        for number, choice in enumerate(choices):
            total = total + (sector == number).astype(x.dtype) * choice
        channels.append(total)
    result = paddle.stack(channels, axis=-3)
    return result if img.is_floating_point() else (result * (256.0 - 1e-3)).astype(img.dtype)


def adjust_gamma(img: Any, gamma: float, gain: float = 1) -> Any:
    """torchvision.transforms.functional.adjust_gamma."""
    if isinstance(img, paddle.Tensor):
        x = img if img.is_floating_point() else img.astype("float32") / 255
        result = (gain * x**gamma).clip(0, 1)
        return result if img.is_floating_point() else (result * (256.0 - 1e-3)).astype(img.dtype)
    mode = img.mode
    table = [int((255 + 1 - 1e-3) * gain * pow(level / 255.0, gamma)) for level in range(256)]
    rgb = img.convert("RGB")
    return rgb.point(table * 3).convert(mode)


def invert(img: Any) -> Any:
    """torchvision.transforms.functional.invert."""
    if isinstance(img, paddle.Tensor):
        return 1 - img if img.is_floating_point() else 255 - img
    from PIL import ImageOps  # type: ignore[import-not-found, unused-ignore]

    return ImageOps.invert(img)


def posterize(img: Any, bits: int) -> Any:
    """torchvision.transforms.functional.posterize."""
    if not 0 <= bits <= 8:
        raise ValueError(f"The number if bits should be between 0 and 8. Got {bits}")
    if isinstance(img, paddle.Tensor):
        if img.dtype != paddle.uint8:
            raise TypeError(f"Only torch.uint8 image tensors are supported, but found {img.dtype}")
        step = 2 ** (8 - bits)
        return (img.astype("int32") // step * step).astype("uint8")
    from PIL import ImageOps  # type: ignore[import-not-found, unused-ignore]

    return ImageOps.posterize(img, bits)


def solarize(img: Any, threshold: float) -> Any:
    """torchvision.transforms.functional.solarize: inverts what is not below the threshold."""
    if isinstance(img, paddle.Tensor):
        if threshold > (1 if img.is_floating_point() else 255):
            raise TypeError("Threshold should be less than bound of img.")
        work = img if img.is_floating_point() else img.astype("int32")
        return paddle.where(work >= threshold, invert(work), work).astype(img.dtype)
    from PIL import ImageOps  # type: ignore[import-not-found, unused-ignore]

    return ImageOps.solarize(img, threshold)  # type: ignore[arg-type, unused-ignore]  # it takes floats, too


def adjust_sharpness(img: Any, sharpness_factor: float) -> Any:
    """torchvision.transforms.functional.adjust_sharpness: mixes with the image that is blurred inside."""
    if not isinstance(img, paddle.Tensor):
        from PIL import ImageEnhance  # type: ignore[import-not-found, unused-ignore]

        return ImageEnhance.Sharpness(img).enhance(sharpness_factor)
    if sharpness_factor < 0:
        raise ValueError(f"sharpness_factor ({sharpness_factor}) is not non-negative.")
    channels, height, width = img.shape[-3:]
    if min(height, width) <= 2:
        return img
    work = img.reshape([-1, channels, height, width])
    work = work if img.is_floating_point() else work.astype("float32")
    kernel = paddle.full([channels, 1, 3, 3], 1 / 13, dtype=work.dtype)
    kernel[:, :, 1, 1] = 5 / 13
    inside = F.conv2d(work, kernel, groups=channels)
    blurred = work.clone()
    blurred[:, :, 1:-1, 1:-1] = inside if img.is_floating_point() else inside.round()
    return blend(img, blurred.reshape(img.shape), sharpness_factor)


def autocontrast(img: Any) -> Any:
    """torchvision.transforms.functional.autocontrast: each channel over the whole range."""
    if not isinstance(img, paddle.Tensor):
        from PIL import ImageOps  # type: ignore[import-not-found, unused-ignore]

        return ImageOps.autocontrast(img)
    bound = 1.0 if img.is_floating_point() else 255.0
    work = img if img.is_floating_point() else img.astype("float32")
    lowest = work.amin(axis=[-2, -1], keepdim=True)
    # As torch divides a number by a tensor: where the last digit differs, so may the whole number.
    scale = (work.amax(axis=[-2, -1], keepdim=True) - lowest).reciprocal() * bound
    usable = paddle.isfinite(scale)
    lowest = paddle.where(usable, lowest, paddle.zeros_like(lowest))
    scale = paddle.where(usable, scale, paddle.ones_like(scale))
    return ((work - lowest) * scale).clip(0, bound).astype(img.dtype)


def equalize(img: Any) -> Any:
    """torchvision.transforms.functional.equalize: each channel with its brightnesses spread evenly."""
    if not isinstance(img, paddle.Tensor):
        from PIL import ImageOps  # type: ignore[import-not-found, unused-ignore]

        return ImageOps.equalize(img)
    if img.dtype != paddle.uint8:
        raise TypeError(f"Only torch.uint8 image tensors are supported, but found {img.dtype}")
    channels = img.numpy().reshape([-1, *img.shape[-2:]])
    spread = [_equalized(channel) for channel in channels]
    return paddle.to_tensor(np.stack(spread).reshape(img.shape))


def _equalized(channel: Any) -> Any:
    counts = np.bincount(channel.reshape(-1), minlength=256)
    step = counts[counts != 0][:-1].sum() // 255
    if not step:
        return channel
    table = (np.cumsum(counts) + step // 2) // step
    return np.concatenate([[0], table[:-1]]).clip(0, 255).astype("uint8")[channel]


def erase(img: Any, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Any:
    """torchvision.transforms.functional.erase."""
    if not isinstance(img, paddle.Tensor):
        raise TypeError("img should be Tensor.")
    result = img if inplace else img.clone()
    result[..., i : i + h, j : j + w] = v
    return result


def gaussian_kernel(size: int, sigma: float, dtype: Any) -> Any:
    """The weights of a Gaussian blur along one dimension."""
    half = (size - 1) * 0.5
    steps = paddle.to_tensor(np.linspace(-half, half, size), dtype=dtype)
    weights = paddle.exp(-0.5 * (steps / sigma) ** 2)
    return weights / weights.sum()


def gaussian_blur(img: Any, kernel_size: Any, sigma: Any = None) -> Any:
    """torchvision.transforms.functional.gaussian_blur."""
    sizes = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
    if sigma is None:
        sigma = [size * 0.15 + 0.35 for size in sizes]
    sigmas = (
        [float(sigma)] * 2 if isinstance(sigma, (int, float)) else list(sigma) * (2 if len(sigma) == 1 else 1)
    )
    if not isinstance(img, paddle.Tensor):
        return to_pil_image(gaussian_blur(pil_to_tensor(img), sizes, sigmas), mode=img.mode)
    work = img if img.is_floating_point() else img.astype("float32")
    channels, height, width = work.shape[-3:]
    x = work.reshape([-1, channels, height, width])
    horizontal = gaussian_kernel(sizes[0], sigmas[0], x.dtype)
    vertical = gaussian_kernel(sizes[1], sigmas[1], x.dtype)
    kernel = paddle.matmul(vertical.unsqueeze(1), horizontal.unsqueeze(0))
    kernel = kernel.expand([channels, 1, sizes[1], sizes[0]])
    x = pad(x, [sizes[0] // 2, sizes[0] // 2, sizes[1] // 2, sizes[1] // 2], mode="reflect")
    result = F.conv2d(x, kernel, groups=channels).reshape(work.shape)
    return result if img.is_floating_point() else result.round().astype(img.dtype)


def vision_rotate(
    img: Any,
    angle: float,
    interpolation: Any = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Any = None,
    fill: Any = None,
) -> Any:
    """torchvision.transforms.functional.rotate, counter-clockwise by degrees."""
    if not isinstance(img, paddle.Tensor):
        return img.rotate(angle, pil_filter(interpolation), expand, center, fillcolor=pil_fill(img, fill))
    if expand:
        raise NotImplementedError("expand=True is available for PIL images only")
    offset = [0.0, 0.0]
    if center is not None:
        _, height, width = get_dimensions(img)
        offset = [center[0] - width * 0.5, center[1] - height * 0.5]
    matrix = inverse_affine_matrix(offset, -angle, [0.0, 0.0], 1.0, [0.0, 0.0])
    return warp_affine(img, matrix, interpolation, fill)


def vision_affine(
    img: Any,
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: Any,
    interpolation: Any = InterpolationMode.NEAREST,
    fill: Any = None,
    center: Any = None,
) -> Any:
    """torchvision.transforms.functional.affine: the center stays where it is, then moves by `translate`."""
    shears = [float(shear), 0.0] if isinstance(shear, (int, float)) else [float(s) for s in shear]
    shears = shears * 2 if len(shears) == 1 else shears
    _, height, width = get_dimensions(img)
    if isinstance(img, paddle.Tensor):
        middle = [0.0, 0.0] if center is None else [center[0] - width * 0.5, center[1] - height * 0.5]
        matrix = inverse_affine_matrix(middle, angle, [float(t) for t in translate], scale, shears)
        return warp_affine(img, matrix, interpolation, fill)
    middle = [width * 0.5, height * 0.5] if center is None else list(center)
    matrix = inverse_affine_matrix(middle, angle, [float(t) for t in translate], scale, shears)
    return img.transform((width, height), 0, matrix, pil_filter(interpolation), fillcolor=pil_fill(img, fill))


def pil_fill(img: Any, fill: Any) -> Any:
    """The fill colour as PIL wants it for this image."""
    bands = len(img.getbands())
    if fill is None:
        fill = 0
    if isinstance(fill, (int, float)) and bands > 1:
        fill = tuple([fill] * bands)
    if isinstance(fill, (list, tuple)) and len(fill) == 1:
        fill = tuple(fill) * bands
    if img.mode != "F":
        fill = tuple(int(x) for x in fill) if isinstance(fill, (list, tuple)) else int(fill)
    return fill


def inverse_affine_matrix(
    center: Sequence[float], angle: float, translate: Sequence[float], scale: float, shear: Sequence[float]
) -> list[float]:
    """The six numbers that lead from output pixels back to input pixels."""
    rotation, sx, sy = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    (cx, cy), (tx, ty) = center, translate
    a = math.cos(rotation - sy) / math.cos(sy)
    b = -math.cos(rotation - sy) * math.tan(sx) / math.cos(sy) - math.sin(rotation)
    c = math.sin(rotation - sy) / math.cos(sy)
    d = -math.sin(rotation - sy) * math.tan(sx) / math.cos(sy) + math.cos(rotation)
    matrix = [x / scale for x in (d, -b, 0.0, -c, a, 0.0)]
    matrix[2] += matrix[0] * (-cx - tx) + matrix[1] * (-cy - ty) + cx
    matrix[5] += matrix[3] * (-cx - tx) + matrix[4] * (-cy - ty) + cy
    return matrix


def warp_affine(img: Any, matrix: Sequence[float], interpolation: Any, fill: Any) -> Any:
    """Takes each output pixel from where the matrix leads (about the center of the image)."""
    height, width = img.shape[-2:]
    work = img if img.is_floating_point() else img.astype("float32")
    x = work.reshape([-1, img.shape[-3], height, width])
    theta = paddle.to_tensor(matrix, dtype=x.dtype).reshape([2, 3])
    columns = paddle.arange(width, dtype=x.dtype) - (width - 1) * 0.5
    rows = paddle.arange(height, dtype=x.dtype) - (height - 1) * 0.5
    columns, rows = columns.unsqueeze(0).expand([height, width]), rows.unsqueeze(1).expand([height, width])
    base = paddle.stack([columns, rows, paddle.ones_like(rows)], axis=-1)
    grid = paddle.matmul(base, theta.transpose([1, 0])) / paddle.to_tensor(
        [width / 2, height / 2], dtype=x.dtype
    )
    return sample_grid(img, x, grid, interpolation, fill)


def sample_grid(img: Any, x: Any, grid: Any, interpolation: Any, fill: Any) -> Any:
    """The pixels of `x`, the image as a batch, at the places of a grid (H, W, 2); in the image's form."""
    grid = grid.unsqueeze(0).expand([x.shape[0], *grid.shape])
    mode = interpolation_mode(interpolation).value
    if fill is not None:
        x = paddle.concat([x, paddle.ones_like(x[:, :1])], axis=1)
    x = F.grid_sample(x, grid, mode=mode, padding_mode="zeros", align_corners=False)
    if fill is not None:
        mask, x = x[:, -1:], x[:, :-1]
        colours = [float(f) for f in fill] if isinstance(fill, (list, tuple)) else [float(fill)]
        colour = paddle.to_tensor(colours, dtype=x.dtype).reshape([1, -1, 1, 1])
        if mode == "nearest":
            x = paddle.where((mask < 0.5).expand(x.shape), colour.expand(x.shape), x)
        else:
            x = x * mask + (1.0 - mask) * colour
    result = x.reshape(img.shape)
    return result if img.is_floating_point() else result.round().astype(img.dtype)


def perspective_coefficients(startpoints: Sequence[Any], endpoints: Sequence[Any]) -> list[float]:
    """The eight numbers of the map that leads from the corners `endpoints` back to `startpoints`."""
    if len(startpoints) != 4 or len(endpoints) != 4:
        raise ValueError(
            f"Please provide exactly four corners, got {len(startpoints)} startpoints "
            f"and {len(endpoints)} endpoints."
        )
    rows = []
    for (x, y), (u, v) in zip(endpoints, startpoints, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    corners = np.asarray(startpoints, np.float64).reshape(8)
    q, r = np.linalg.qr(np.asarray(rows, np.float64))
    solution = np.linalg.solve(r, q.T @ corners)
    return [float(number) for number in solution.astype(np.float32)]


def perspective(
    img: Any,
    startpoints: Sequence[Any],
    endpoints: Sequence[Any],
    interpolation: Any = InterpolationMode.BILINEAR,
    fill: Any = None,
) -> Any:
    """torchvision.transforms.functional.perspective: the corners `startpoints` come to `endpoints`."""
    numbers = perspective_coefficients(startpoints, endpoints)
    if not isinstance(img, paddle.Tensor):
        return img.transform(img.size, 2, numbers, pil_filter(interpolation), fillcolor=pil_fill(img, fill))
    height, width = img.shape[-2:]
    work = img if img.is_floating_point() else img.astype("float32")
    x = work.reshape([-1, img.shape[-3], height, width])
    columns = (paddle.arange(width, dtype=x.dtype) + 0.5).unsqueeze(0).expand([height, width])
    rows = (paddle.arange(height, dtype=x.dtype) + 0.5).unsqueeze(1).expand([height, width])
    a, b, c, d, e, f, g, h = numbers
    depth = g * columns + h * rows + 1.0
    u = (a * columns + b * rows + c) / (0.5 * width) / depth - 1.0
    v = (d * columns + e * rows + f) / (0.5 * height) / depth - 1.0
    return sample_grid(img, x, paddle.stack([u, v], axis=-1), interpolation, fill)
