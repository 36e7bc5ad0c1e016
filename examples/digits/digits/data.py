"""A data set that draws its own images: seven-segment digits, moved, scaled and blurred by noise."""

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

#    0
#  1   2
#    3
#  4   5
#    6
SEGMENTS = ["012456", "25", "02346", "02356", "1235", "01356", "013456", "025", "0123456", "012356"]
SIZE = 16


def draw(digit, rng):
    """One image as a float32 array of shape (1, SIZE, SIZE), values about 0 to 1."""
    image = np.zeros((SIZE, SIZE), dtype=np.float32)
    width, height = rng.integers(5, 8), rng.integers(8, 12)
    top, left = rng.integers(1, SIZE - height), rng.integers(1, SIZE - width)
    middle, bottom, right = top + height // 2, top + height - 1, left + width - 1
    strokes = {
        "0": (slice(top, top + 1), slice(left, right + 1)),
        "1": (slice(top, middle), slice(left, left + 1)),
        "2": (slice(top, middle), slice(right, right + 1)),
        "3": (slice(middle, middle + 1), slice(left, right + 1)),
        "4": (slice(middle, bottom + 1), slice(left, left + 1)),
        "5": (slice(middle, bottom + 1), slice(right, right + 1)),
        "6": (slice(bottom, bottom + 1), slice(left, right + 1)),
    }
    for segment in SEGMENTS[digit]:
        image[strokes[segment]] = rng.uniform(0.7, 1.0)
    image += rng.normal(0, 0.1, image.shape).astype(np.float32)
    return image[None]


class DigitImages(Dataset):
    """`count` images with their labels. The same seed draws the same images."""

    def __init__(self, count, seed=0):
        rng = np.random.default_rng(seed)
        self.labels = rng.permutation(count) % 10
        self.images = np.stack([draw(label, rng) for label in self.labels])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = torch.from_numpy(self.images[index])
        # normalise here, so that the arrays stay what was drawn
        image = (image - 0.15) / 0.3
        return image, torch.tensor(self.labels[index], dtype=torch.long)

    def class_counts(self):
        """How many images there are of each digit."""
        return torch.bincount(torch.tensor(self.labels), minlength=10)


class EpochShuffle(Sampler):
    """A new order in each epoch, which depends on the seed and the epoch alone."""

    def __init__(self, dataset, seed=0):
        self.size = len(dataset)
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.size)
        return iter(order.tolist())

    def __len__(self):
        return self.size
