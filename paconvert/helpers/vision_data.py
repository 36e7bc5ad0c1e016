"""torchvision.datasets, read from the files that torchvision keeps under `root`."""

from __future__ import annotations

import gzip
import hashlib
import os
import pickle
import tarfile
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import paddle

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


class VisionDataset(paddle.io.Dataset):  # type: ignore[misc]
    """torchvision.datasets.VisionDataset."""

    def __init__(
        self,
        root: Any = None,
        transforms: Callable[..., Any] | None = None,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        if transforms is not None and (transform is not None or target_transform is not None):
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.transforms = transforms
        self.transform = transform
        self.target_transform = target_transform

    def _pair(self, sample: Any, target: Any) -> tuple[Any, Any]:
        if self.transforms is not None:
            sample, target = self.transforms(sample, target)
            return sample, target
        if self.transform is not None:
            sample = self.transform(sample)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return sample, target

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def __repr__(self) -> str:
        head = f"Dataset {type(self).__name__}\n    Number of datapoints: {len(self)}"
        return f"{head}\n    Root location: {self.root}"


def fetch_file(url: str, path: str, md5: str) -> None:
    """Downloads a file, unless it is there with the right checksum."""
    if os.path.isfile(path) and file_md5(path) == md5:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with urllib.request.urlopen(url) as answer, open(path + ".part", "wb") as out:
        while chunk := answer.read(1 << 20):
            out.write(chunk)
    if file_md5(path + ".part") != md5:
        raise RuntimeError(f"{url} does not have the expected content")
    os.replace(path + ".part", path)


def file_md5(path: str) -> str:
    """The MD5 checksum of a file."""
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def read_idx(path: str) -> Any:
    """The bytes of an IDX file (also `.gz`) as an array."""
    opener: Any = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        content = file.read()
    dimensions = content[3]
    shape = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


class MNIST(VisionDataset):
    """torchvision.datasets.MNIST."""

    mirror = "https://ossci-datasets.s3.amazonaws.com/mnist/"
    resources: ClassVar[list[tuple[str, str]]] = [
        ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ]
    classes: ClassVar[list[str]] = [
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
        "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine",
    ]  # fmt: skip

    def __init__(
        self,
        root: Any,
        train: bool = True,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download:
            for name, md5 in self.resources:
                fetch_file(self.mirror + name, os.path.join(self.raw_folder, name), md5)
        stem = "train" if train else "t10k"
        self.data = paddle.to_tensor(read_idx(self._file(f"{stem}-images-idx3-ubyte")).copy())
        self.targets = paddle.to_tensor(read_idx(self._file(f"{stem}-labels-idx1-ubyte")).astype(np.int64))

    def _file(self, name: str) -> str:
        for path in (os.path.join(self.raw_folder, name), os.path.join(self.raw_folder, name + ".gz")):
            if os.path.isfile(path):
                return path
        raise RuntimeError("Dataset not found. You can use download=True to download it")

    @property
    def raw_folder(self) -> str:
        """Where the files are."""
        # The name of a helper may have got an underscore where the source uses it for something else.
        return os.path.join(self.root, type(self).__name__.removesuffix("_"), "raw")

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Class name → index."""
        return {name: index for index, name in enumerate(self.classes)}

    def __getitem__(self, index: int) -> Any:
        from PIL import Image  # type: ignore[import-not-found, unused-ignore]

        return self._pair(Image.fromarray(self.data[index].numpy()), int(self.targets[index]))

    def __len__(self) -> int:
        return int(self.data.shape[0])


class FashionMNIST(MNIST):
    """torchvision.datasets.FashionMNIST."""

    mirror = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    resources: ClassVar[list[tuple[str, str]]] = [
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ]
    classes: ClassVar[list[str]] = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]  # fmt: skip


class CIFAR10(VisionDataset):
    """torchvision.datasets.CIFAR10."""

    base_folder = "cifar-10-batches-py"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    filename = "cifar-10-python.tar.gz"
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    train_list: ClassVar[list[str]] = [f"data_batch_{number}" for number in range(1, 6)]
    test_list: ClassVar[list[str]] = ["test_batch"]
    meta: ClassVar[tuple[str, str]] = ("batches.meta", "label_names")

    def __init__(
        self,
        root: Any,
        train: bool = True,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        folder = os.path.join(self.root, self.base_folder)
        if download and not os.path.isdir(folder):
            archive = os.path.join(self.root, self.filename)
            fetch_file(self.url, archive, self.tgz_md5)
            with tarfile.open(archive) as tar:
                tar.extractall(self.root, filter="data")
        if not os.path.isdir(folder):
            raise RuntimeError("Dataset not found or corrupted. You can use download=True to download it")
        pixels, self.targets = [], []
        for name in self.train_list if train else self.test_list:
            entry = self._read(name)
            pixels.append(entry["data"])
            self.targets.extend(entry["labels"] if "labels" in entry else entry["fine_labels"])
        self.data = np.vstack(pixels).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self.classes = self._read(self.meta[0])[self.meta[1]]
        self.class_to_idx = {name: index for index, name in enumerate(self.classes)}

    def _read(self, name: str) -> Any:
        with open(os.path.join(self.root, self.base_folder, name), "rb") as file:
            return pickle.load(file, encoding="latin1")

    def __getitem__(self, index: int) -> Any:
        from PIL import Image  # type: ignore[import-not-found, unused-ignore]

        return self._pair(Image.fromarray(self.data[index]), self.targets[index])

    def __len__(self) -> int:
        return len(self.data)


class CIFAR100(CIFAR10):
    """torchvision.datasets.CIFAR100."""

    base_folder = "cifar-100-python"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    filename = "cifar-100-python.tar.gz"
    tgz_md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_list: ClassVar[list[str]] = ["train"]
    test_list: ClassVar[list[str]] = ["test"]
    meta: ClassVar[tuple[str, str]] = ("meta", "fine_label_names")


def default_loader(path: str) -> Any:
    """The image of a file, in RGB."""
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]

    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


class DatasetFolder(VisionDataset):
    """torchvision.datasets.DatasetFolder: one folder for each class."""

    def __init__(
        self,
        root: Any,
        loader: Callable[[str], Any],
        extensions: Sequence[str] | None = None,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        if (extensions is None) == (is_valid_file is None):
            raise ValueError("Both extensions and is_valid_file cannot be None or not None at the same time")
        self.loader = loader
        self.extensions = extensions
        self.classes, self.class_to_idx = self.find_classes(self.root)
        self.samples = self._find_samples(is_valid_file, allow_empty)
        self.targets = [target for _, target in self.samples]

    def find_classes(self, directory: Any) -> tuple[list[str], dict[str, int]]:
        """The class names, and their indices."""
        classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
        if not classes:
            raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
        return classes, {name: index for index, name in enumerate(classes)}

    def _find_samples(
        self, is_valid_file: Callable[[str], bool] | None, allow_empty: bool
    ) -> list[tuple[str, int]]:
        endings = tuple(self.extensions or ())
        samples: list[tuple[str, int]] = []
        for name in sorted(self.class_to_idx):
            before = len(samples)
            for folder, _, files in sorted(os.walk(os.path.join(self.root, name), followlinks=True)):
                for file in sorted(files):
                    path = os.path.join(folder, file)
                    if is_valid_file(path) if is_valid_file is not None else path.lower().endswith(endings):
                        samples.append((path, self.class_to_idx[name]))
            if len(samples) == before and not allow_empty:
                raise FileNotFoundError(f"Found no valid file for the classes {name}.")
        return samples

    def __getitem__(self, index: int) -> Any:
        path, target = self.samples[index]
        return self._pair(self.loader(path), target)

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """torchvision.datasets.ImageFolder."""

    def __init__(
        self,
        root: Any,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(
            root,
            loader,
            IMG_EXTENSIONS if is_valid_file is None else None,
            transform=transform,
            target_transform=target_transform,
            is_valid_file=is_valid_file,
            allow_empty=allow_empty,
        )
        self.imgs = self.samples
