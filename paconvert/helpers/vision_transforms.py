"""torchvision.transforms: transforms as modules, for PIL images and for tensors (…, C, H, W)."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import paddle

from paconvert.helpers.vision_functional import (
    InterpolationMode,
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    center_crop,
    convert_image_dtype,
    erase,
    five_crop,
    gaussian_blur,
    get_dimensions,
    hflip,
    interpolation_mode,
    perspective,
    pil_to_tensor,
    resize,
    resized_crop,
    rgb_to_grayscale,
    size_pair,
    ten_crop,
    to_pil_image,
    vflip,
    vision_affine,
    vision_crop,
    vision_normalize,
    vision_pad,
    vision_rotate,
    vision_to_tensor,
)


def chance() -> float:
    """A random number from 0 to 1, of Paddle's generator."""
    return float(paddle.rand([1]).item())


def between(low: float, high: float) -> float:
    """A random number of the interval, of Paddle's generator."""
    return low + (high - low) * chance()


def whole(low: int, high: int) -> int:
    """A random integer from `low` to below `high`, of Paddle's generator."""
    return int(paddle.randint(low, high, [1]).item())


class TransformList:
    """The base of transforms that hold a list of others."""

    transforms: Sequence[Callable[[Any], Any]]

    def __repr__(self) -> str:
        return type(self).__name__ + "(\n" + "\n".join(f"    {t}" for t in self.transforms) + "\n)"


class Compose(TransformList):
    """torchvision.transforms.Compose."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        """Applies the transforms, one after the other."""
        for transform in self.transforms:
            img = transform(img)
        return img


class ToTensor:
    """torchvision.transforms.ToTensor."""

    def __call__(self, pic: Any) -> Any:
        """The image as a tensor with numbers from 0 to 1."""
        return vision_to_tensor(pic)

    def __repr__(self) -> str:
        return "ToTensor()"


class PILToTensor:
    """torchvision.transforms.PILToTensor."""

    def __call__(self, pic: Any) -> Any:
        """The image as a tensor of its pixels."""
        return pil_to_tensor(pic)

    def __repr__(self) -> str:
        return "PILToTensor()"


class ToPILImage:
    """torchvision.transforms.ToPILImage."""

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        """The tensor or array as a PIL image."""
        return to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return f"ToPILImage(mode={self.mode})" if self.mode is not None else "ToPILImage()"


class Lambda:
    """torchvision.transforms.Lambda."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        """Applies the function."""
        return self.lambd(img)

    def __repr__(self) -> str:
        return "Lambda()"


class RandomTransforms(TransformList):
    """The base of transforms that choose among others."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        if not isinstance(transforms, Sequence):
            raise TypeError("Argument transforms should be a sequence")
        self.transforms = transforms


class RandomOrder(RandomTransforms):
    """torchvision.transforms.RandomOrder."""

    def __call__(self, img: Any) -> Any:
        """Applies the transforms in random order."""
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for index in order:
            img = self.transforms[index](img)
        return img


class RandomChoice(RandomTransforms):
    """torchvision.transforms.RandomChoice."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: Sequence[float] | None = None) -> None:
        super().__init__(transforms)
        self.p = p

    def __call__(self, *args: Any) -> Any:
        """Applies one of the transforms."""
        return random.choices(self.transforms, weights=self.p)[0](*args)


class RandomApply(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomApply."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, img: Any) -> Any:
        """Applies all transforms, or none."""
        if self.p < chance():
            return img
        for transform in self.transforms:
            img = transform(img)
        return img


class ConvertImageDtype(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.ConvertImageDtype."""

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.image_dtype = dtype

    def forward(self, image: Any) -> Any:
        """The image in the dtype, with its values scaled."""
        return convert_image_dtype(image, self.image_dtype)


class Normalize(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.Normalize."""

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean = mean
        self.std = std
        self.inplace = inplace

    def forward(self, tensor: Any) -> Any:
        """The image without its mean, divided by the deviation."""
        return vision_normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Resize(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.Resize."""

    def __init__(
        self,
        size: Any,
        interpolation: Any = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = size
        self.max_size = max_size
        self.interpolation = interpolation_mode(interpolation)
        self.antialias = antialias

    def forward(self, img: Any) -> Any:
        """The image in its new size."""
        return resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self) -> str:
        return (
            f"Resize(size={self.size}, interpolation={self.interpolation.value}, "
            f"max_size={self.max_size}, antialias={self.antialias})"
        )


class CenterCrop(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.CenterCrop."""

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = tuple(size_pair(size))

    def forward(self, img: Any) -> Any:
        """The middle of the image."""
        return center_crop(img, self.size)

    def __repr__(self) -> str:
        return f"CenterCrop(size={self.size})"


class Pad(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.Pad."""

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        self.padding = padding
        self.fill = fill
        self.padding_mode = padding_mode

    def forward(self, img: Any) -> Any:
        """The image with a border."""
        return vision_pad(img, self.padding, self.fill, self.padding_mode)


class RandomCrop(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomCrop."""

    def __init__(
        self,
        size: Any,
        padding: Any = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        super().__init__()
        self.size = tuple(size_pair(size))
        self.padding = padding
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    @staticmethod
    def get_params(img: Any, output_size: Sequence[int]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random crop."""
        _, height, width = get_dimensions(img)
        crop_height, crop_width = output_size
        if height < crop_height or width < crop_width:
            raise ValueError(
                f"Required crop size {(crop_height, crop_width)} "
                f"is larger than input image size {(height, width)}"
            )
        if (height, width) == (crop_height, crop_width):
            return 0, 0, height, width
        return whole(0, height - crop_height + 1), whole(0, width - crop_width + 1), crop_height, crop_width

    def forward(self, img: Any) -> Any:
        """A part of the image."""
        if self.padding is not None:
            img = vision_pad(img, self.padding, self.fill, self.padding_mode)
        _, height, width = get_dimensions(img)
        if self.pad_if_needed and width < self.size[1]:
            img = vision_pad(img, [self.size[1] - width, 0], self.fill, self.padding_mode)
        if self.pad_if_needed and height < self.size[0]:
            img = vision_pad(img, [0, self.size[0] - height], self.fill, self.padding_mode)
        return vision_crop(img, *self.get_params(img, self.size))

    def __repr__(self) -> str:
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomHorizontalFlip(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomHorizontalFlip."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, or its mirror image."""
        return hflip(img) if chance() < self.p else img

    def __repr__(self) -> str:
        return f"RandomHorizontalFlip(p={self.p})"


class RandomVerticalFlip(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomVerticalFlip."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, or the image upside down."""
        return vflip(img) if chance() < self.p else img

    def __repr__(self) -> str:
        return f"RandomVerticalFlip(p={self.p})"


class RandomResizedCrop(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomResizedCrop."""

    def __init__(
        self,
        size: Any,
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: Any = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = tuple(size_pair(size))
        self.interpolation = interpolation_mode(interpolation)
        self.antialias = antialias
        self.scale = scale
        self.ratio = ratio

    @staticmethod
    def get_params(img: Any, scale: Sequence[float], ratio: Sequence[float]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a crop of random area and proportions."""
        _, height, width = get_dimensions(img)
        area = height * width
        for _ in range(10):
            target = area * between(scale[0], scale[1])
            proportion = math.exp(between(math.log(ratio[0]), math.log(ratio[1])))
            w, h = round(math.sqrt(target * proportion)), round(math.sqrt(target / proportion))
            if 0 < w <= width and 0 < h <= height:
                return whole(0, height - h + 1), whole(0, width - w + 1), h, w
        # No crop fits: the largest one in the middle.
        proportion = width / height
        if proportion < min(ratio):
            w, h = width, round(width / min(ratio))
        elif proportion > max(ratio):
            w, h = round(height * max(ratio)), height
        else:
            w, h = width, height
        return (height - h) // 2, (width - w) // 2, h, w

    def forward(self, img: Any) -> Any:
        """A part of the image, resized."""
        top, left, height, width = self.get_params(img, self.scale, self.ratio)
        return resized_crop(img, top, left, height, width, self.size, self.interpolation, self.antialias)

    def __repr__(self) -> str:
        return f"RandomResizedCrop(size={self.size}, scale={self.scale}, ratio={self.ratio})"


class FiveCrop(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.FiveCrop."""

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = tuple(size_pair(size))

    def forward(self, img: Any) -> Any:
        """The corners and the center."""
        return five_crop(img, self.size)


class TenCrop(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.TenCrop."""

    def __init__(self, size: Any, vertical_flip: bool = False) -> None:
        super().__init__()
        self.size = tuple(size_pair(size))
        self.vertical_flip = vertical_flip

    def forward(self, img: Any) -> Any:
        """Five crops of the image and of its mirror image."""
        return ten_crop(img, self.size, self.vertical_flip)


class ColorJitter(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.ColorJitter."""

    def __init__(self, brightness: Any = 0, contrast: Any = 0, saturation: Any = 0, hue: Any = 0) -> None:
        super().__init__()
        self.brightness = self._interval(brightness, "brightness")
        self.contrast = self._interval(contrast, "contrast")
        self.saturation = self._interval(saturation, "saturation")
        self.hue = self._interval(hue, "hue", center=0.0, bound=(-0.5, 0.5))

    @staticmethod
    def _interval(
        value: Any, name: str, center: float = 1.0, bound: tuple[float, float] = (0.0, float("inf"))
    ) -> tuple[float, float] | None:
        if isinstance(value, (int, float)):
            if value < 0:
                raise ValueError(f"If {name} is a single number, it must be non negative.")
            low, high = center - float(value), center + float(value)
            low = max(low, 0.0) if center == 1.0 else low
        else:
            low, high = float(value[0]), float(value[1])
        if not bound[0] <= low <= high <= bound[1]:
            raise ValueError(f"{name} values should be between {bound}, but got {(low, high)}.")
        return None if low == high == center else (low, high)

    @staticmethod
    def get_params(
        brightness: Any, contrast: Any, saturation: Any, hue: Any
    ) -> tuple[Any, float | None, float | None, float | None, float | None]:
        """The order of the four changes, and how strong each is."""
        order = paddle.randperm(4)
        drawn = [
            None if pair is None else between(pair[0], pair[1])
            for pair in (brightness, contrast, saturation, hue)
        ]
        return order, drawn[0], drawn[1], drawn[2], drawn[3]

    def forward(self, img: Any) -> Any:
        """The image in other colours."""
        order, *factors = self.get_params(self.brightness, self.contrast, self.saturation, self.hue)
        changes = (adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue)
        for index in order.tolist():
            factor = factors[index]
            if factor is not None:
                img = changes[index](img, factor)
        return img


class Grayscale(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.Grayscale."""

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        """The image without colours."""
        return rgb_to_grayscale(img, self.num_output_channels)


class RandomGrayscale(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomGrayscale."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, or the image without colours."""
        return rgb_to_grayscale(img, get_dimensions(img)[0]) if chance() < self.p else img


class GaussianBlur(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.GaussianBlur."""

    def __init__(self, kernel_size: Any, sigma: Any = (0.1, 2.0)) -> None:
        super().__init__()
        self.kernel_size = tuple(size_pair(kernel_size))
        if any(size <= 0 or size % 2 == 0 for size in self.kernel_size):
            raise ValueError("Kernel size value should be an odd and positive number.")
        self.sigma = (sigma, sigma) if isinstance(sigma, (int, float)) else tuple(sigma)

    @staticmethod
    def get_params(sigma_min: float, sigma_max: float) -> float:
        """A random width."""
        return between(sigma_min, sigma_max)

    def forward(self, img: Any) -> Any:
        """The blurred image."""
        sigma = self.get_params(self.sigma[0], self.sigma[1])
        return gaussian_blur(img, list(self.kernel_size), [sigma, sigma])


class RandomErasing(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomErasing."""

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__()
        self.p = p
        self.scale = scale
        self.ratio = ratio
        self.value = value
        self.inplace = inplace

    @staticmethod
    def get_params(
        img: Any, scale: Sequence[float], ratio: Sequence[float], value: Sequence[float] | None = None
    ) -> tuple[int, int, int, int, Any]:
        """Top, left, height and width of a random rectangle, and what to put there."""
        channels, height, width = img.shape[-3:]
        for _ in range(10):
            target = height * width * between(scale[0], scale[1])
            proportion = math.exp(between(math.log(ratio[0]), math.log(ratio[1])))
            h, w = round(math.sqrt(target * proportion)), round(math.sqrt(target / proportion))
            if h < height and w < width:
                if value is None:
                    content = paddle.randn([channels, h, w])
                else:
                    content = paddle.to_tensor(list(value), dtype="float32").reshape([-1, 1, 1])
                return whole(0, height - h + 1), whole(0, width - w + 1), h, w, content.astype(img.dtype)
        return 0, 0, height, width, img

    def forward(self, img: Any) -> Any:
        """The image, perhaps with a hole."""
        if chance() >= self.p:
            return img
        if isinstance(self.value, (int, float)):
            value: Any = [float(self.value)]
        else:
            value = None if isinstance(self.value, str) else list(self.value)
        return erase(img, *self.get_params(img, self.scale, self.ratio, value), self.inplace)


def degree_range(value: Any) -> list[float]:
    """A number as the interval around zero, or the interval itself."""
    return [-float(value), float(value)] if isinstance(value, (int, float)) else [float(x) for x in value]


class RandomRotation(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomRotation."""

    def __init__(
        self,
        degrees: Any,
        interpolation: Any = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Any = None,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        self.degrees = degree_range(degrees)
        self.interpolation = interpolation_mode(interpolation)
        self.expand = expand
        self.center = center
        self.fill = fill

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """A random angle."""
        return between(degrees[0], degrees[1])

    def forward(self, img: Any) -> Any:
        """The turned image."""
        angle = self.get_params(self.degrees)
        return vision_rotate(img, angle, self.interpolation, self.expand, self.center, self.fill)


class RandomAffine(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomAffine."""

    def __init__(
        self,
        degrees: Any,
        translate: Any = None,
        scale: Any = None,
        shear: Any = None,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = 0,
        center: Any = None,
    ) -> None:
        super().__init__()
        self.degrees = degree_range(degrees)
        self.translate = translate
        self.scale = scale
        self.shear = None if shear is None else degree_range(shear)
        self.interpolation = interpolation_mode(interpolation)
        self.fill = fill
        self.center = center

    @staticmethod
    def get_params(
        degrees: Sequence[float], translate: Any, scale_ranges: Any, shears: Any, img_size: Sequence[int]
    ) -> tuple[float, tuple[int, int], float, tuple[float, float]]:
        """Angle, translation, scale and shear."""
        angle = between(degrees[0], degrees[1])
        moved = (0, 0)
        if translate is not None:
            limits = [float(part * size) for part, size in zip(translate, img_size, strict=True)]
            moved = (round(between(-limits[0], limits[0])), round(between(-limits[1], limits[1])))
        scale = 1.0 if scale_ranges is None else between(scale_ranges[0], scale_ranges[1])
        shear = (0.0, 0.0)
        if shears is not None:
            shear = (
                between(shears[0], shears[1]),
                between(shears[2], shears[3]) if len(shears) == 4 else 0.0,
            )
        return angle, moved, scale, shear

    def forward(self, img: Any) -> Any:
        """The image turned, moved, scaled and sheared."""
        _, height, width = get_dimensions(img)
        drawn = self.get_params(self.degrees, self.translate, self.scale, self.shear, [width, height])
        return vision_affine(img, *drawn, self.interpolation, self.fill, self.center)


class RandomPerspective(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.RandomPerspective."""

    def __init__(
        self,
        distortion_scale: float = 0.5,
        p: float = 0.5,
        interpolation: Any = InterpolationMode.BILINEAR,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        self.p = p
        self.interpolation = interpolation_mode(interpolation)
        self.distortion_scale = distortion_scale
        if fill is not None and not isinstance(fill, (Sequence, int, float)):
            raise TypeError("Fill should be either a sequence or a number.")
        self.fill = 0 if fill is None else fill

    @staticmethod
    def get_params(
        width: int, height: int, distortion_scale: float
    ) -> tuple[list[list[int]], list[list[int]]]:
        """The corners of the image, and where they go: clockwise from the upper left one."""
        across, down = int(distortion_scale * (width // 2)), int(distortion_scale * (height // 2))
        right, bottom = width - 1, height - 1
        ends = [
            [whole(0, across + 1), whole(0, down + 1)],
            [whole(right - across, width), whole(0, down + 1)],
            [whole(right - across, width), whole(bottom - down, height)],
            [whole(0, across + 1), whole(bottom - down, height)],
        ]
        return [[0, 0], [right, 0], [right, bottom], [0, bottom]], ends

    def forward(self, img: Any) -> Any:
        """The image seen from elsewhere, or as it is."""
        if chance() >= self.p:
            return img
        channels, height, width = get_dimensions(img)
        fill = self.fill
        if isinstance(img, paddle.Tensor) and isinstance(fill, (int, float)):
            fill = [float(fill)] * channels
        points = self.get_params(width, height, self.distortion_scale)
        return perspective(img, *points, self.interpolation, fill)
