"""torchvision.datasets, read from the files that torchvision keeps under `root`."""

from __future__ import annotations

import gzip
import hashlib
import os
import pickle
import tarfile
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import numpy as np
import paddle

from paconvert.helpers.vision_functional import to_pil_image

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


class StandardTransform:
    """torchvision.datasets.vision.StandardTransform: transforms of samples and of targets, as one."""

    def __init__(
        self,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
    ) -> None:
        self.transform = transform
        self.target_transform = target_transform

    def __call__(self, input: Any, target: Any) -> tuple[Any, Any]:
        sample = input if self.transform is None else self.transform(input)
        return sample, target if self.target_transform is None else self.target_transform(target)


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
        if transform is not None or target_transform is not None:
            transforms = StandardTransform(transform, target_transform)
        self.transforms = transforms
        self.transform = transform
        self.target_transform = target_transform

    def _pair(self, sample: Any, target: Any) -> tuple[Any, Any]:
        if self.transforms is None:
            return sample, target
        sample, target = self.transforms(sample, target)
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


class KMNIST(MNIST):
    """torchvision.datasets.KMNIST."""

    mirror = "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"
    resources: ClassVar[list[tuple[str, str]]] = [
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ]
    classes: ClassVar[list[str]] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


class FakeData(VisionDataset):
    """torchvision.datasets.FakeData: the same random images at each place, but not torch's."""

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, ...] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__(transform=transform, target_transform=target_transform)
        self.size, self.num_classes, self.image_size = size, num_classes, image_size
        self.random_offset = random_offset

    def __getitem__(self, index: int) -> Any:
        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        numbers = np.random.default_rng(index + self.random_offset)
        image = paddle.to_tensor(numbers.standard_normal(self.image_size).astype("float32"))
        target = paddle.to_tensor(int(numbers.integers(self.num_classes)))
        image, target = self._pair(to_pil_image(image), target)
        return image, target.item()

    def __len__(self) -> int:
        return self.size


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


class Flowers102(VisionDataset):
    """torchvision.datasets.Flowers102; reading its lists takes scipy, as in torchvision."""

    url = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/"
    archive = ("102flowers.tgz", "52808999861908f626f3c1f4e79d11fa")
    lists: ClassVar[dict[str, str]] = {
        "imagelabels.mat": "e0620be6f572b9609742df49c70aed4d",
        "setid.mat": "a5357ecc9cb78c4bef273ce3793fc85c",
    }
    splits: ClassVar[dict[str, str]] = {"train": "trnid", "val": "valid", "test": "tstid"}
    classes: ClassVar[list[str]] = [
        "pink primrose", "hard-leaved pocket orchid", "canterbury bells", "sweet pea", "english marigold",
        "tiger lily", "moon orchid", "bird of paradise", "monkshood", "globe thistle", "snapdragon",
        "colt's foot", "king protea", "spear thistle", "yellow iris", "globe-flower", "purple coneflower",
        "peruvian lily", "balloon flower", "giant white arum lily", "fire lily", "pincushion flower",
        "fritillary", "red ginger", "grape hyacinth", "corn poppy", "prince of wales feathers",
        "stemless gentian", "artichoke", "sweet william", "carnation", "garden phlox", "love in the mist",
        "mexican aster", "alpine sea holly", "ruby-lipped cattleya", "cape flower", "great masterwort",
        "siam tulip", "lenten rose", "barbeton daisy", "daffodil", "sword lily", "poinsettia",
        "bolero deep blue", "wallflower", "marigold", "buttercup", "oxeye daisy", "common dandelion",
        "petunia", "wild pansy", "primula", "sunflower", "pelargonium", "bishop of llandaff", "gaura",
        "geranium", "orange dahlia", "pink-yellow dahlia?", "cautleya spicata", "japanese anemone",
        "black-eyed susan", "silverbush", "californian poppy", "osteospermum", "spring crocus",
        "bearded iris", "windflower", "tree poppy", "gazania", "azalea", "water lily", "rose",
        "thorn apple", "morning glory", "passion flower", "lotus", "toad lily", "anthurium", "frangipani",
        "clematis", "hibiscus", "columbine", "desert-rose", "tree mallow", "magnolia", "cyclamen",
        "watercress", "canna lily", "hippeastrum", "bee balm", "ball moss", "foxglove", "bougainvillea",
        "camellia", "mallow", "mexican petunia", "bromelia", "blanket flower", "trumpet creeper",
        "blackberry lily",
    ]  # fmt: skip

    def __init__(
        self,
        root: Any,
        split: str = "train",
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
        loader: Callable[[Any], Any] = default_loader,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        if split not in self.splits:
            raise ValueError(
                f"Unknown value {split!r} for argument split. Valid values are {{train, val, test}}."
            )
        self.loader = loader
        self._split = split
        self._base_folder = Path(self.root) / "flowers-102"
        self._images_folder = self._base_folder / "jpg"
        if download:
            self.download()
        if not self._check_integrity():
            raise RuntimeError("Dataset not found or corrupted. You can use download=True to download it")
        from scipy.io import loadmat  # type: ignore[import-not-found, import-untyped, unused-ignore]

        chosen = loadmat(self._base_folder / "setid.mat", squeeze_me=True)[self.splits[split]].tolist()
        labels = loadmat(self._base_folder / "imagelabels.mat", squeeze_me=True)["labels"].tolist()
        self._labels = [labels[number - 1] - 1 for number in chosen]
        self._image_files = [self._images_folder / f"image_{number:05d}.jpg" for number in chosen]

    def _check_integrity(self) -> bool:
        files = {self._base_folder / name: md5 for name, md5 in self.lists.items()}
        return self._images_folder.is_dir() and all(
            path.is_file() and file_md5(str(path)) == md5 for path, md5 in files.items()
        )

    def download(self) -> None:
        """Fetches what is not there."""
        if self._check_integrity():
            return
        name, md5 = self.archive
        fetch_file(self.url + name, str(self._base_folder / name), md5)
        with tarfile.open(self._base_folder / name) as tar:
            tar.extractall(self._base_folder, filter="data")
        for name, md5 in self.lists.items():
            fetch_file(self.url + name, str(self._base_folder / name), md5)

    def __getitem__(self, index: int) -> Any:
        return self._pair(self.loader(self._image_files[index]), self._labels[index])

    def __len__(self) -> int:
        return len(self._image_files)


class PascalVOC(VisionDataset):
    """What the datasets of Pascal VOC share: where images and targets of a year and set are."""

    host = "https://thor.robots.ox.ac.uk/pascal/VOC/"
    archives: ClassVar[dict[str, tuple[str, str, str]]] = {
        "2012": ("voc2012/VOCtrainval_11-May-2012.tar", "6cd6e144f989b92b3379bac3b3de84fd", ""),
        "2011": ("voc2011/VOCtrainval_25-May-2011.tar", "6c3384ef61512963050cb5d687e5bf1e", "TrainVal"),
        "2010": ("voc2010/VOCtrainval_03-May-2010.tar", "da459979d0c395079b5c75ee67908abb", ""),
        "2009": ("voc2009/VOCtrainval_11-May-2009.tar", "a3e00b113cfcfebf17e343f59da3caa1", ""),
        "2008": ("voc2008/VOCtrainval_14-Jul-2008.tar", "2629fa636546599198acfcfbfcf1904a", ""),
        "2007": ("voc2007/VOCtrainval_06-Nov-2007.tar", "c52e279531787c972589f7e41ab4ae64", ""),
        "2007-test": ("voc2007/VOCtest_06-Nov-2007.tar", "b6e924de25625d8de591ea690078ad9f", ""),
    }
    lists = "Main"
    folder = "Annotations"
    suffix = ".xml"

    def __init__(
        self,
        root: Any,
        year: str = "2012",
        image_set: str = "train",
        download: bool = False,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        transforms: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(root, transforms, transform, target_transform)
        sets = ("train", "trainval", "val", "test") if year == "2007" else ("train", "trainval", "val")
        for name, value, known in (("year", year, self.archives), ("image_set", image_set, sets)):
            if value not in known or value == "2007-test":
                valid = ", ".join(key for key in known if key != "2007-test")
                raise ValueError(
                    f"Unknown value {value!r} for argument {name}. Valid values are {{{valid}}}."
                )
        self.year, self.image_set = year, image_set
        path, md5, parent = self.archives[f"{year}-test" if image_set == "test" else year]
        base = os.path.join(self.root, parent, "VOCdevkit", f"VOC{year}")
        if download:
            archive = os.path.join(self.root, path.rpartition("/")[2])
            fetch_file(self.host + path, archive, md5)
            with tarfile.open(archive) as tar:
                tar.extractall(self.root, filter="data")
        if not os.path.isdir(base):
            raise RuntimeError("Dataset not found or corrupted. You can use download=True to download it")
        with open(os.path.join(base, "ImageSets", self.lists, f"{image_set}.txt")) as file:
            names = [line.strip() for line in file]
        self.images = [os.path.join(base, "JPEGImages", f"{name}.jpg") for name in names]
        self.targets = [os.path.join(base, self.folder, name + self.suffix) for name in names]

    def __len__(self) -> int:
        return len(self.images)


class VOCDetection(PascalVOC):
    """torchvision.datasets.VOCDetection: images with the boxes of their objects."""

    @property
    def annotations(self) -> list[str]:
        """The files of the targets."""
        return self.targets

    @staticmethod
    def parse_voc_xml(node: Any) -> dict[str, Any]:
        """An element of XML as a dictionary; what stands there several times is a list."""
        children = list(node)
        if not children:
            return {node.tag: node.text.strip()} if node.text else {}
        found: dict[str, list[Any]] = {}
        for child in children:
            for tag, value in VOCDetection.parse_voc_xml(child).items():
                found.setdefault(tag, []).append(value)
        if node.tag == "annotation":
            found["object"] = [found.get("object", [])]
        return {node.tag: {tag: values[0] if len(values) == 1 else values for tag, values in found.items()}}

    def __getitem__(self, index: int) -> Any:
        target = self.parse_voc_xml(ElementTree.parse(self.targets[index]).getroot())
        return self._pair(default_loader(self.images[index]), target)


class VOCSegmentation(PascalVOC):
    """torchvision.datasets.VOCSegmentation: images with the classes of their pixels."""

    lists = "Segmentation"
    folder = "SegmentationClass"
    suffix = ".png"

    @property
    def masks(self) -> list[str]:
        """The files of the targets."""
        return self.targets

    def __getitem__(self, index: int) -> Any:
        from PIL import Image  # type: ignore[import-not-found, unused-ignore]

        return self._pair(default_loader(self.images[index]), Image.open(self.targets[index]))
