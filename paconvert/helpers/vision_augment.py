"""torchvision.transforms' learned and random augmentations."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from typing import Any

import paddle

from paconvert.helpers.vision_functional import (
    InterpolationMode,
    adjust_brightness,
    adjust_contrast,
    adjust_saturation,
    adjust_sharpness,
    autocontrast,
    equalize,
    get_dimensions,
    invert,
    pil_to_tensor,
    posterize,
    solarize,
    to_pil_image,
    vision_affine,
    vision_rotate,
)
from paconvert.helpers.vision_transforms import chance, whole

# The steps of each policy: name, probability and, for those that have one, the index of the magnitude.
_POLICIES = {
    "imagenet": """
        Posterize 0.4 8, Rotate 0.6 9
        Solarize 0.6 5, AutoContrast 0.6
        Equalize 0.8, Equalize 0.6
        Posterize 0.6 7, Posterize 0.6 6
        Equalize 0.4, Solarize 0.2 4
        Equalize 0.4, Rotate 0.8 8
        Solarize 0.6 3, Equalize 0.6
        Posterize 0.8 5, Equalize 1.0
        Rotate 0.2 3, Solarize 0.6 8
        Equalize 0.6, Posterize 0.4 6
        Rotate 0.8 8, Color 0.4 0
        Rotate 0.4 9, Equalize 0.6
        Equalize 0.0, Equalize 0.8
        Invert 0.6, Equalize 1.0
        Color 0.6 4, Contrast 1.0 8
        Rotate 0.8 8, Color 1.0 2
        Color 0.8 8, Solarize 0.8 7
        Sharpness 0.4 7, Invert 0.6
        ShearX 0.6 5, Equalize 1.0
        Color 0.4 0, Equalize 0.6
        Equalize 0.4, Solarize 0.2 4
        Solarize 0.6 5, AutoContrast 0.6
        Invert 0.6, Equalize 1.0
        Color 0.6 4, Contrast 1.0 8
        Equalize 0.8, Equalize 0.6
    """,
    "cifar10": """
        Invert 0.1, Contrast 0.2 6
        Rotate 0.7 2, TranslateX 0.3 9
        Sharpness 0.8 1, Sharpness 0.9 3
        ShearY 0.5 8, TranslateY 0.7 9
        AutoContrast 0.5, Equalize 0.9
        ShearY 0.2 7, Posterize 0.3 7
        Color 0.4 3, Brightness 0.6 7
        Sharpness 0.3 9, Brightness 0.7 9
        Equalize 0.6, Equalize 0.5
        Contrast 0.6 7, Sharpness 0.6 5
        Color 0.7 7, TranslateX 0.5 8
        Equalize 0.3, AutoContrast 0.4
        TranslateY 0.4 3, Sharpness 0.2 6
        Brightness 0.9 6, Color 0.2 8
        Solarize 0.5 2, Invert 0.0
        Equalize 0.2, AutoContrast 0.6
        Equalize 0.2, Equalize 0.6
        Color 0.9 9, Equalize 0.6
        AutoContrast 0.8, Solarize 0.2 8
        Brightness 0.1 3, Color 0.7 0
        Solarize 0.4 5, AutoContrast 0.9
        TranslateY 0.9 9, TranslateY 0.7 9
        AutoContrast 0.9, Solarize 0.8 3
        Equalize 0.8, Invert 0.1
        TranslateY 0.7 9, AutoContrast 0.9
    """,
    "svhn": """
        ShearX 0.9 4, Invert 0.2
        ShearY 0.9 8, Invert 0.7
        Equalize 0.6, Solarize 0.6 6
        Invert 0.9, Equalize 0.6
        Equalize 0.6, Rotate 0.9 3
        ShearX 0.9 4, AutoContrast 0.8
        ShearY 0.9 8, Invert 0.4
        ShearY 0.9 5, Solarize 0.2 6
        Invert 0.9, AutoContrast 0.8
        Equalize 0.6, Rotate 0.9 3
        ShearX 0.9 4, Solarize 0.3 3
        ShearY 0.8 8, Invert 0.7
        Equalize 0.9, TranslateY 0.6 6
        Invert 0.9, Equalize 0.6
        Contrast 0.3 3, Rotate 0.8 4
        Invert 0.8, TranslateY 0.0 2
        ShearY 0.7 6, Solarize 0.4 8
        Invert 0.6, Rotate 0.8 4
        ShearY 0.3 7, TranslateX 0.9 3
        ShearX 0.1 6, Invert 0.6
        Solarize 0.7 2, TranslateY 0.6 7
        ShearY 0.8 4, Invert 0.8
        ShearX 0.7 9, TranslateY 0.8 3
        ShearY 0.8 5, AutoContrast 0.7
        ShearX 0.7 2, Invert 0.1
    """,
}


def policy_steps(policy: str) -> list[list[tuple[str, float, int | None]]]:
    """The pairs of steps of a policy."""
    pairs = [line.split(",") for line in _POLICIES[policy].strip().splitlines()]
    words = [[step.split() for step in pair] for pair in pairs]
    return [
        [(step[0], float(step[1]), int(step[2]) if len(step) > 2 else None) for step in pair]
        for pair in words
    ]


def apply_augmentation(img: Any, name: str, magnitude: float, interpolation: Any, fill: Any) -> Any:
    """The image after one step."""

    def moved(translate: list[int], shear: list[float], center: list[int] | None) -> Any:
        return vision_affine(img, 0.0, translate, 1.0, shear, interpolation, fill, center)

    angle = math.degrees(math.atan(magnitude))
    steps: dict[str, Callable[[], Any]] = {
        "ShearX": lambda: moved([0, 0], [angle, 0.0], [0, 0]),
        "ShearY": lambda: moved([0, 0], [0.0, angle], [0, 0]),
        "TranslateX": lambda: moved([int(magnitude), 0], [0.0, 0.0], None),
        "TranslateY": lambda: moved([0, int(magnitude)], [0.0, 0.0], None),
        "Rotate": lambda: vision_rotate(img, magnitude, interpolation, fill=fill),
        "Brightness": lambda: adjust_brightness(img, 1.0 + magnitude),
        "Color": lambda: adjust_saturation(img, 1.0 + magnitude),
        "Contrast": lambda: adjust_contrast(img, 1.0 + magnitude),
        "Sharpness": lambda: adjust_sharpness(img, 1.0 + magnitude),
        "Posterize": lambda: posterize(img, int(magnitude)),
        "Solarize": lambda: solarize(img, magnitude),
        "AutoContrast": lambda: autocontrast(img),
        "Equalize": lambda: equalize(img),
        "Invert": lambda: invert(img),
        "Identity": lambda: img,
    }
    if name not in steps:
        raise ValueError(f"The provided operator {name} is not recognized.")
    return steps[name]()


def magnitude_table(
    num_bins: int,
    shift: tuple[float, float],
    *,
    shear: float,
    degrees: float,
    colour: float,
    bits: tuple[int, int],
) -> dict[str, tuple[Any, bool]]:
    """The magnitudes of each step, from none to the most, and whether they may be negative.

    Args:
        num_bins: how many magnitudes there are.
        shift: the furthest moves along width and height.
        shear, degrees, colour: the most of these.
        bits: how many bits are left at first, and how many of them go.
    """

    def upto(most: float) -> tuple[Any, bool]:
        return paddle.linspace(0.0, most, num_bins), True

    nothing = (paddle.to_tensor(0.0), False)
    lost = (paddle.arange(num_bins).astype("float32") / ((num_bins - 1) / bits[1])).round().astype("int32")
    return {
        "Identity": nothing,
        "ShearX": upto(shear),
        "ShearY": upto(shear),
        "TranslateX": upto(shift[0]),
        "TranslateY": upto(shift[1]),
        "Rotate": upto(degrees),
        "Brightness": upto(colour),
        "Color": upto(colour),
        "Contrast": upto(colour),
        "Sharpness": upto(colour),
        "Posterize": (bits[0] - lost, False),
        "Solarize": (paddle.linspace(255.0, 0.0, num_bins), False),
        "AutoContrast": nothing,
        "Equalize": nothing,
        "Invert": nothing,
    }


def usual_magnitudes(
    num_bins: int, image_size: tuple[int, int], left_out: str
) -> dict[str, tuple[Any, bool]]:
    """The magnitudes of AutoAugment and RandAugment, but for the step that one of them does not have."""
    shift = (150.0 / 331.0 * image_size[1], 150.0 / 331.0 * image_size[0])
    table = magnitude_table(num_bins, shift, shear=0.3, degrees=30.0, colour=0.9, bits=(8, 4))
    return {name: found for name, found in table.items() if name != left_out}


def height_and_width(img: Any) -> tuple[int, int]:
    """Height and width."""
    _, height, width = get_dimensions(img)
    return height, width


class Augmentation(paddle.nn.Layer):  # type: ignore[misc]
    """The base of augmentations."""

    interpolation: Any
    fill: Any

    def _fill_of(self, img: Any) -> Any:
        """What fills empty places: for tensors, a number for each channel."""
        if self.fill is None or not isinstance(img, paddle.Tensor):
            return self.fill
        if isinstance(self.fill, (int, float)):
            return [float(self.fill)] * get_dimensions(img)[0]
        return [float(number) for number in self.fill]

    def _step(
        self, img: Any, table: dict[str, tuple[Any, bool]], place: Callable[[int], int], fill: Any
    ) -> Any:
        """The image after a random step with the magnitude at `place`, given how many there are."""
        name = list(table)[whole(0, len(table))]
        magnitudes, signed = table[name]
        magnitude = float(magnitudes[place(len(magnitudes))]) if magnitudes.ndim else 0.0
        if signed and whole(0, 2):
            magnitude = -magnitude
        return apply_augmentation(img, name, magnitude, self.interpolation, fill)


class AutoAugmentPolicy(Enum):
    """torchvision.transforms.AutoAugmentPolicy."""

    IMAGENET = "imagenet"
    CIFAR10 = "cifar10"
    SVHN = "svhn"


class AutoAugment(Augmentation):
    """torchvision.transforms.AutoAugment."""

    def __init__(
        self,
        policy: AutoAugmentPolicy = AutoAugmentPolicy.IMAGENET,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = None,
    ) -> None:
        super().__init__()
        self.policy, self.interpolation, self.fill = policy, interpolation, fill
        self.policies = policy_steps(policy.value)

    def _augmentation_space(self, num_bins: int, image_size: tuple[int, int]) -> dict[str, tuple[Any, bool]]:
        return usual_magnitudes(num_bins, image_size, "Identity")

    @staticmethod
    def get_params(transform_num: int) -> tuple[int, Any, Any]:
        """A random pair of steps, their chances and signs."""
        return whole(0, transform_num), paddle.rand([2]), paddle.randint(0, 2, [2])

    def forward(self, img: Any) -> Any:
        """The image after a random pair of steps."""
        fill = self._fill_of(img)
        chosen, chances, signs = self.get_params(len(self.policies))
        table = self._augmentation_space(10, height_and_width(img))
        for (name, share, place), drawn, sign in zip(self.policies[chosen], chances, signs, strict=True):
            if drawn <= share:
                magnitudes, signed = table[name]
                magnitude = 0.0 if place is None else float(magnitudes[place])
                if signed and sign == 0:
                    magnitude = -magnitude
                img = apply_augmentation(img, name, magnitude, self.interpolation, fill)
        return img


class RandAugment(Augmentation):
    """torchvision.transforms.RandAugment."""

    def __init__(
        self,
        num_ops: int = 2,
        magnitude: int = 9,
        num_magnitude_bins: int = 31,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = None,
    ) -> None:
        super().__init__()
        self.num_ops, self.magnitude, self.num_magnitude_bins = num_ops, magnitude, num_magnitude_bins
        self.interpolation, self.fill = interpolation, fill

    def _augmentation_space(self, num_bins: int, image_size: tuple[int, int]) -> dict[str, tuple[Any, bool]]:
        return usual_magnitudes(num_bins, image_size, "Invert")

    def forward(self, img: Any) -> Any:
        """The image after some random steps of one magnitude."""
        fill = self._fill_of(img)
        table = self._augmentation_space(self.num_magnitude_bins, height_and_width(img))
        for _ in range(self.num_ops):
            img = self._step(img, table, lambda count: self.magnitude, fill)
        return img


class TrivialAugmentWide(Augmentation):
    """torchvision.transforms.TrivialAugmentWide."""

    def __init__(
        self,
        num_magnitude_bins: int = 31,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = None,
    ) -> None:
        super().__init__()
        self.num_magnitude_bins, self.interpolation, self.fill = num_magnitude_bins, interpolation, fill

    def _augmentation_space(self, num_bins: int) -> dict[str, tuple[Any, bool]]:
        table = magnitude_table(num_bins, (32.0, 32.0), shear=0.99, degrees=135.0, colour=0.99, bits=(8, 6))
        del table["Invert"]
        return table

    def forward(self, img: Any) -> Any:
        """The image after one random step of random magnitude."""
        table = self._augmentation_space(self.num_magnitude_bins)
        return self._step(img, table, lambda count: whole(0, count), self._fill_of(img))


class AugMix(Augmentation):
    """torchvision.transforms.AugMix."""

    def __init__(
        self,
        severity: int = 3,
        mixture_width: int = 3,
        chain_depth: int = -1,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: Any = InterpolationMode.BILINEAR,
        fill: Any = None,
    ) -> None:
        super().__init__()
        if not 1 <= severity <= 10:
            raise ValueError(f"The severity must be between [1, 10]. Got {severity} instead.")
        self.severity, self.mixture_width, self.chain_depth = severity, mixture_width, chain_depth
        self.alpha, self.all_ops, self.interpolation, self.fill = alpha, all_ops, interpolation, fill

    def _augmentation_space(self, num_bins: int, image_size: tuple[int, int]) -> dict[str, tuple[Any, bool]]:
        shift = (image_size[1] / 3.0, image_size[0] / 3.0)
        table = magnitude_table(num_bins, shift, shear=0.3, degrees=30.0, colour=0.9, bits=(4, 4))
        colours = () if self.all_ops else ("Brightness", "Color", "Contrast", "Sharpness")
        return {name: found for name, found in table.items() if name not in ("Identity", "Invert", *colours)}

    def _sample_dirichlet(self, params: Any) -> Any:
        return paddle.distribution.Dirichlet(params).sample()

    def forward(self, img: Any) -> Any:
        """The image mixed with what random chains of steps make of it."""
        if not isinstance(img, paddle.Tensor):
            return to_pil_image(self(pil_to_tensor(img)))
        fill = self._fill_of(img)
        table = self._augmentation_space(10, height_and_width(img))
        batch = img.reshape([1] * max(4 - img.ndim, 0) + list(img.shape))
        shape = [batch.shape[0]] + [1] * (batch.ndim - 1)
        share = self._sample_dirichlet(paddle.full([shape[0], 2], float(self.alpha)))
        weights = self._sample_dirichlet(paddle.full([shape[0], self.mixture_width], float(self.alpha)))
        weights = weights * share[:, 1:]
        mix = share[:, 0].reshape(shape) * batch.astype("float32")
        for chain in range(self.mixture_width):
            made = batch
            for _ in range(self.chain_depth if self.chain_depth > 0 else whole(1, 4)):
                made = self._step(made, table, lambda count: whole(0, self.severity), fill)
            mix = mix + weights[:, chain].reshape(shape) * made.astype("float32")
        return mix.reshape(img.shape).astype(img.dtype)


class RandomStep(paddle.nn.Layer):  # type: ignore[misc]
    """The base of transforms that do one thing or nothing."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def change(self, img: Any) -> Any:
        """The changed image."""
        raise NotImplementedError

    def forward(self, img: Any) -> Any:
        """The image, or the changed image."""
        return self.change(img) if chance() < self.p else img


class RandomInvert(RandomStep):
    """torchvision.transforms.RandomInvert."""

    def change(self, img: Any) -> Any:
        return invert(img)


class RandomAutocontrast(RandomStep):
    """torchvision.transforms.RandomAutocontrast."""

    def change(self, img: Any) -> Any:
        return autocontrast(img)


class RandomEqualize(RandomStep):
    """torchvision.transforms.RandomEqualize."""

    def change(self, img: Any) -> Any:
        return equalize(img)


class RandomPosterize(RandomStep):
    """torchvision.transforms.RandomPosterize."""

    def __init__(self, bits: int, p: float = 0.5) -> None:
        super().__init__(p)
        self.bits = bits

    def change(self, img: Any) -> Any:
        return posterize(img, self.bits)


class RandomSolarize(RandomStep):
    """torchvision.transforms.RandomSolarize."""

    def __init__(self, threshold: float, p: float = 0.5) -> None:
        super().__init__(p)
        self.threshold = threshold

    def change(self, img: Any) -> Any:
        return solarize(img, self.threshold)


class RandomAdjustSharpness(RandomStep):
    """torchvision.transforms.RandomAdjustSharpness."""

    def __init__(self, sharpness_factor: float, p: float = 0.5) -> None:
        super().__init__(p)
        self.sharpness_factor = sharpness_factor

    def change(self, img: Any) -> Any:
        return adjust_sharpness(img, self.sharpness_factor)


class LinearTransformation(paddle.nn.Layer):  # type: ignore[misc]
    """torchvision.transforms.LinearTransformation."""

    def __init__(self, transformation_matrix: Any, mean_vector: Any) -> None:
        super().__init__()
        if transformation_matrix.shape[0] != transformation_matrix.shape[1]:
            raise ValueError("transformation_matrix should be square.")
        if mean_vector.shape[0] != transformation_matrix.shape[0]:
            raise ValueError("mean_vector should have the same length as any side of transformation_matrix")
        self.transformation_matrix, self.mean_vector = transformation_matrix, mean_vector

    def forward(self, tensor: Any) -> Any:
        """The images less the mean, as vectors, times the matrix."""
        flat = tensor.reshape([-1, self.transformation_matrix.shape[0]]) - self.mean_vector
        return paddle.matmul(flat, self.transformation_matrix).reshape(tensor.shape)
