"""Data sets, samplers and loaders with torch's interface."""

from __future__ import annotations

import bisect
import functools
import itertools
import math
import multiprocessing
import queue
import random
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy
import paddle

from paconvert.helpers.creation import seeded


def random_seed(generator: Any = None) -> int:
    """A number from `generator`, or from Paddle's default one, that moves it on."""
    with seeded(generator):
        return int(paddle.randint(0, 2**31 - 1, [], dtype="int64"))


def numpy_generator(generator: Any = None) -> numpy.random.Generator:
    """A numpy generator that draws what the Paddle generator's state decides."""
    return numpy.random.default_rng(random_seed(generator))


class Dataset:
    """A data set with indices; `+` puts two together."""

    def __class_getitem__(cls, item: Any) -> type:
        return cls

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Any) -> Any:
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """A data set that is iterated over; `+` puts two together."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Any) -> Any:
        return ChainDataset([self, other])


def is_iterable_dataset(dataset: Any) -> bool:
    """Says whether a data set has no indices, be it one of ours or of Paddle's."""
    return isinstance(dataset, (IterableDataset, paddle.io.IterableDataset))


class TensorDataset(Dataset):
    """The rows of tensors of the same length, as tuples."""

    def __init__(self, *tensors: Any) -> None:
        if any(tensor.shape[0] != tensors[0].shape[0] for tensor in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return int(self.tensors[0].shape[0])


class StackDataset(Dataset):
    """Several data sets side by side: items are tuples, or dicts when given by name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or``dict``- (via ``kwargs``) like input"
            )
        self.datasets: Any = args or kwargs
        sizes = [len(dataset) for dataset in (args or kwargs.values())]
        if len(set(sizes)) > 1:
            raise ValueError("Size mismatch between datasets")
        self._length = sizes[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset):
    """Data sets one after another."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(is_iterable_dataset(dataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = self.cumsum(self.datasets)

    @staticmethod
    def cumsum(sequence: Iterable[Any]) -> list[int]:
        """Where each of several data sets ends when they stand one after another."""
        return list(itertools.accumulate(len(dataset) for dataset in sequence))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: int) -> Any:
        if idx < 0:
            if -idx > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            idx += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, idx)
        return self.datasets[which][idx - (self.cumulative_sizes[which - 1] if which else 0)]


class ChainDataset(IterableDataset):
    """Iterable data sets one after another."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self.datasets)

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self.datasets)


class Subset(Dataset):
    """The items of a data set at the given indices."""

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """The items at several places at once."""
        return fetch_items(self.dataset, [self.indices[index] for index in indices])

    def __len__(self) -> int:
        return len(self.indices)


def fetch_items(dataset: Any, indices: Iterable[int]) -> Any:
    """The items of a data set at the indices, in one request where the data set can do that."""
    if callable(getattr(dataset, "__getitems__", None)):
        return dataset.__getitems__(indices)
    return [dataset[index] for index in indices]


def random_split(dataset: Any, lengths: Sequence[Any], generator: Any = None) -> list[Subset]:
    """Splits a data set at random into parts of the given lengths, or of the given shares."""
    total = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        if any(not 0 <= share <= 1 for share in lengths):
            raise ValueError("Fractions are not between 0 and 1")
        counts = [math.floor(total * share) for share in lengths]
        for index in range(total - sum(counts)):
            counts[index % len(counts)] += 1
    else:
        counts = list(lengths)
    if sum(counts) != total:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    indices = numpy_generator(generator).permutation(total).tolist()
    ends = list(itertools.accumulate(counts))
    return [Subset(dataset, indices[end - count : end]) for end, count in zip(ends, counts, strict=True)]


class Sampler:
    """The base of samplers: iterating gives indices."""

    def __class_getitem__(cls, item: Any) -> type:
        return cls

    def __init__(self, data_source: Any = None) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError


class SequentialSampler(Sampler):
    """The indices in order."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """The indices in random order, or random ones with replacement."""

    def __init__(
        self,
        data_source: Any,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Any = None,
    ) -> None:
        super().__init__(data_source)
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples < 0:
            raise ValueError(
                f"num_samples should be a non-negative integer value, but got {self.num_samples}"
            )

    @property
    def num_samples(self) -> int:
        """How many indices one pass gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        count = len(self.data_source)
        draw = numpy_generator(self.generator)
        if self.replacement:
            yield from draw.integers(0, count, self.num_samples).tolist()
            return
        for start in range(0, self.num_samples, count):
            yield from draw.permutation(count).tolist()[: self.num_samples - start]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """The given indices in random order."""

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        super().__init__()
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for place in numpy_generator(self.generator).permutation(len(self.indices)).tolist():
            yield self.indices[place]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """Random indices, each as often as its weight says."""

    def __init__(
        self, weights: Any, num_samples: int, replacement: bool = True, generator: Any = None
    ) -> None:
        super().__init__()
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={num_samples}"
            )
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = paddle.to_tensor(weights, dtype="float64")
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {self.weights.shape}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        weights = self.weights.numpy()
        draw = numpy_generator(self.generator)
        shares = weights / weights.sum()
        yield from draw.choice(len(weights), self.num_samples, self.replacement, shares).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler):
    """Lists of `batch_size` indices of another sampler."""

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool) -> None:
        super().__init__()
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(
                f"batch_size should be a positive integer value, but got batch_size={batch_size}"
            )
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        whole, rest = divmod(len(self.sampler), self.batch_size)
        return whole + bool(rest and not self.drop_last)


class DistributedSampler(Sampler):
    """The share of the indices that belongs to one process; `set_epoch` changes the shuffled order."""

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        super().__init__()
        self.dataset = dataset
        self.num_replicas = paddle.distributed.get_world_size() if num_replicas is None else num_replicas
        self.rank = paddle.distributed.get_rank() if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, {self.num_replicas - 1}]"
            )
        self.epoch = 0
        self.drop_last = drop_last
        rounded = math.floor if drop_last else math.ceil
        self.num_samples = rounded(len(dataset) / self.num_replicas)
        self.total_size = self.num_samples * self.num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        indices = list(range(len(self.dataset)))
        if self.shuffle:
            indices = numpy.random.default_rng(self.seed + self.epoch).permutation(len(indices)).tolist()
        indices = list(itertools.islice(itertools.cycle(indices), self.total_size))
        return iter(indices[self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch, on which the order depends."""
        self.epoch = epoch


def default_convert(data: Any) -> Any:
    """Arrays inside of containers as tensors; everything else as it is."""
    if isinstance(data, (numpy.ndarray, numpy.generic)) and data.dtype.kind not in "SUOV":
        return paddle.to_tensor(numpy.asarray(data))
    if isinstance(data, Mapping):
        return type(data)({key: default_convert(value) for key, value in data.items()})  # type: ignore[call-arg]
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(value) for value in data))
    if isinstance(data, tuple):
        return [default_convert(value) for value in data]
    if isinstance(data, list):
        return [default_convert(value) for value in data]
    return data


def default_collate(batch: Any) -> Any:
    """Puts items together to a batch: tensors, arrays and numbers are stacked, inside of containers too."""
    first = batch[0]
    if isinstance(first, paddle.Tensor):
        return paddle.stack(list(batch), 0)
    if isinstance(first, (numpy.ndarray, numpy.generic)) and not isinstance(first, (str, bytes)):
        if first.dtype.kind in "SUOV":
            raise TypeError(
                f"default_collate: batch must contain tensors, numbers or lists; found {first.dtype}"
            )
        return paddle.to_tensor(numpy.stack([numpy.asarray(item) for item in batch]))
    if isinstance(first, (bool, int, float, complex)):
        kind = {bool: "bool", int: "int64", float: "float64", complex: "complex64"}[type(first)]
        return paddle.to_tensor(list(batch), dtype=kind)
    if isinstance(first, (str, bytes)):
        return batch
    return collate_containers(batch, default_collate)


def collate_containers(batch: Any, inner: Callable[[Any], Any]) -> Any:
    """Puts containers together: what stands at the same place in each, by `inner`."""
    first = batch[0]
    if isinstance(first, Mapping):
        return type(first)({key: inner([item[key] for item in batch]) for key in first})  # type: ignore[call-arg]
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(inner(items) for items in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        if any(len(item) != len(first) for item in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [inner(items) for items in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else type(first)(columns)  # type: ignore[call-arg]
    raise TypeError(
        f"default_collate: batch must contain tensors, numbers, dicts or lists; found {type(first)}"
    )


def collate(batch: Any, *, collate_fn_map: Mapping[Any, Callable[..., Any]] | None = None) -> Any:
    """Puts items together by the functions for their types, inside of containers too."""
    functions = collate_fn_map or {}
    function = functions.get(type(batch[0])) or next(
        (function for kinds, function in functions.items() if isinstance(batch[0], kinds)), None
    )
    if function is not None:
        return function(batch, collate_fn_map=collate_fn_map)
    return collate_containers(batch, functools.partial(collate, collate_fn_map=collate_fn_map))


class WorkerInfo:
    """What a loader's worker process knows of itself: `id`, `num_workers`, `seed` and its `dataset`."""

    current: Any = None

    def __init__(self, id: int, num_workers: int, seed: int, dataset: Any) -> None:
        self.id = id
        self.num_workers = num_workers
        self.seed = seed
        self.dataset = dataset


def get_worker_info() -> Any:
    """What this worker process knows of itself; `None` in the main process."""
    return WorkerInfo.current


class BatchFetcher:
    """Makes batches from what a loader's sampler gives, or from an iterable data set."""

    def __init__(
        self, dataset: Any, collate_fn: Callable[[Any], Any], batched: bool, drop_last: bool
    ) -> None:
        self.dataset = dataset
        self.collate_fn = collate_fn
        self.batched = batched
        self.drop_last = drop_last
        self.items = iter(dataset) if is_iterable_dataset(dataset) else None

    def fetch(self, indices: Any) -> Any:
        """One batch; `StopIteration` at the end of an iterable data set."""
        if self.items is None:
            return self.collate_fn(
                fetch_items(self.dataset, indices) if self.batched else self.dataset[indices]
            )
        if not self.batched:
            return self.collate_fn(next(self.items))
        batch = list(itertools.islice(self.items, len(indices)))
        if not batch or (self.drop_last and len(batch) < len(indices)):
            raise StopIteration
        return self.collate_fn(batch)


def run_worker(
    info: WorkerInfo,
    init: Callable[[int], Any] | None,
    collate_fn: Callable[[Any], Any],
    batched: bool,
    drop_last: bool,
    tasks: Any,
    results: Any,
) -> None:
    """The work of one process: takes (number, indices), gives (number, worker, batch, exception)."""
    WorkerInfo.current = info
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # Paddle's own handler prints a stack trace
    paddle.set_device("cpu")
    random.seed(info.seed)
    numpy.random.seed(info.seed % 2**32)
    paddle.seed(info.seed)
    fetcher, failed = None, None
    try:
        if init is not None:
            init(info.id)
        fetcher = BatchFetcher(info.dataset, collate_fn, batched, drop_last)
    except Exception as exception:
        failed = exception
    while (task := tasks.get()) is not None:
        number, indices = task
        try:
            if fetcher is None:
                raise failed or RuntimeError("the worker did not start")
            results.put((number, info.id, fetcher.fetch(indices), None))
        except StopIteration:
            results.put((number, info.id, None, StopIteration()))
        except Exception as exception:
            results.put((number, info.id, None, exception))


class DataLoaderIterator:
    """One pass over a loader, in this process."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._indices = iter(loader._index_sampler)
        batched = loader._auto_collation
        self._fetcher = BatchFetcher(loader.dataset, loader.collate_fn, batched, loader.drop_last)
        self._base_seed = random_seed(loader.generator)

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self._fetcher.fetch(next(self._indices))

    def __len__(self) -> int:
        return len(self._loader)


class WorkersIterator:
    """One pass over a loader whose batches are made by other processes, in the order of the sampler."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        context = loader.multiprocessing_context
        if not hasattr(context, "Process"):
            context = multiprocessing.get_context(context)
        seed = random_seed(loader.generator)
        self._results = context.Queue()
        self._tasks, self._processes = [], []
        for worker in range(loader.num_workers):
            tasks = context.Queue()
            info = WorkerInfo(worker, loader.num_workers, seed + worker, loader.dataset)
            settings = (loader.worker_init_fn, loader.collate_fn, loader._auto_collation, loader.drop_last)
            process = context.Process(
                target=run_worker, args=(info, *settings, tasks, self._results), daemon=True
            )
            process.start()
            self._tasks.append(tasks)
            self._processes.append(process)
        self._start()

    def _start(self) -> None:
        self._indices = iter(self._loader._index_sampler)
        self._sent = self._next = 0
        self._ready: dict[int, tuple[Any, Any]] = {}
        self._active = list(range(len(self._processes)))
        for _ in range((self._loader.prefetch_factor or 2) * len(self._processes)):
            self._send()

    def _send(self) -> None:
        indices = next(self._indices, self) if self._active else self
        if indices is not self:
            self._tasks[self._active[self._sent % len(self._active)]].put((self._sent, indices))
            self._sent += 1

    def __iter__(self) -> Any:
        return self

    def __len__(self) -> int:
        return len(self._loader)

    def __next__(self) -> Any:
        while self._next < self._sent:
            while self._next not in self._ready:
                self._receive()
            batch, exception = self._ready.pop(self._next)
            self._next += 1
            if isinstance(exception, StopIteration):
                continue
            self._send()
            if exception is not None:
                raise exception
            return batch
        if not self._loader.persistent_workers:
            self.close()
        raise StopIteration

    def _receive(self) -> None:
        waited = 0.0
        while True:
            try:
                number, worker, batch, exception = self._results.get(timeout=5.0)
                break
            except queue.Empty:
                waited += 5.0
                dead = [process.pid for process in self._processes if not process.is_alive()]
                if dead:
                    raise RuntimeError(f"DataLoader worker (pid(s) {dead}) exited unexpectedly") from None
                if self._loader.timeout and waited >= self._loader.timeout:
                    raise RuntimeError(f"DataLoader timed out after {self._loader.timeout} seconds") from None
        if isinstance(exception, StopIteration) and worker in self._active:
            self._active.remove(worker)
            self._send()
        self._ready[number] = (batch, exception)

    def close(self) -> None:
        """Ends the processes."""
        for tasks in self._tasks:
            tasks.put(None)
        for process in self._processes:
            process.join(timeout=5)
            if process.is_alive():
                process.kill()
        self._processes, self._tasks = [], []

    def __del__(self) -> None:
        for process in self._processes:
            process.kill()


class EndlessSampler(Sampler):
    """Gives `None` for ever: the index sampler of iterable data sets."""

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None)


class DataLoader:
    """Iterates over a data set in batches, with torch's arguments; worker processes keep the order.

    `pin_memory` makes no difference: Paddle copies to a device when it needs to.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        iterable = is_iterable_dataset(dataset)
        self._check(num_workers, timeout, prefetch_factor, persistent_workers)
        if iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError(
                "DataLoader with IterableDataset takes no shuffle, sampler or batch_sampler option"
            )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler excludes batch_size, shuffle, sampler, and drop_last")
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and excludes drop_last")
        if sampler is None:
            if iterable:
                sampler = EndlessSampler()
            else:
                sampler = (
                    RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
                )
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.drop_last = drop_last
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.generator = generator
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._iterator: Any = None

    def _check(
        self, num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
    ) -> None:
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
            )
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError("prefetch_factor option could only be specified in multiprocessing.")
        if num_workers == 0 and persistent_workers:
            raise ValueError("persistent_workers option needs num_workers > 0")

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.batch_sampler if self._auto_collation else self.sampler

    def _get_iterator(self) -> Any:
        return DataLoaderIterator(self) if self.num_workers == 0 else WorkersIterator(self)

    def __iter__(self) -> Iterator[Any]:
        if not self.persistent_workers or self.num_workers == 0:
            return self._get_iterator()  # type: ignore[no-any-return]
        if self._iterator is None:
            self._iterator = self._get_iterator()
        else:
            self._iterator._start()
        return self._iterator  # type: ignore[no-any-return]

    def __len__(self) -> int:
        if not is_iterable_dataset(self.dataset):
            return len(self._index_sampler)
        length = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)
