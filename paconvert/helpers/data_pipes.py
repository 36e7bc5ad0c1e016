"""torch.utils.data.datapipes: data sets made of steps that are put one after another."""

from __future__ import annotations

import contextlib
import copy
import fnmatch
import functools
import os
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

import paddle

from paconvert.helpers.data import (
    Dataset,
    IterableDataset,
    SequentialSampler,
    default_collate,
    get_worker_info,
)


class DataChunk(list[Any]):
    """A batch of items."""

    def __init__(self, items: Iterable[Any]) -> None:
        items = list(items)
        super().__init__(items)
        self.items = items

    def as_str(self, indent: str = "") -> str:
        """The items as text."""
        return f"{indent}[{', '.join(str(item) for item in self)}]"

    def raw_iterator(self) -> Iterator[Any]:
        """The items as they were given."""
        yield from self.items


def iter_steps() -> dict[str, Callable[..., Any]]:
    """The steps that every step with an iteration has as methods."""
    return {
        "batch": PipeBatcher,
        "collate": PipeCollator,
        "concat": PipeConcater,
        "demux": pipe_demux,
        "filter": PipeFilter,
        "fork": pipe_fork,
        "groupby": PipeGrouper,
        "list_files": PipeFileLister,
        "map": PipeMapper,
        "mux": PipeMultiplexer,
        "open_files": PipeFileOpener,
        "read_from_stream": PipeStreamReader,
        "sharding_filter": PipeShardingFilter,
        "shuffle": PipeShuffler,
        "unbatch": PipeUnBatcher,
        "zip": PipeZipper,
    }


def map_steps() -> dict[str, Callable[..., Any]]:
    """The steps that every step with indices has as methods."""
    return {
        "batch": MapPipeBatcher,
        "concat": MapPipeConcater,
        "map": MapPipeMapper,
        "shuffle": MapPipeShuffler,
        "zip": MapPipeZipper,
    }


class DataPipeMethods:
    """Steps have others as methods, by the names they were registered under."""

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}

    @staticmethod
    def _steps() -> dict[str, Callable[..., Any]]:
        """The methods that are there from the start."""
        return {}

    def __getattr__(self, attribute_name: str) -> Any:
        function = self.functions.get(attribute_name) or self._steps().get(attribute_name)
        if function is not None:
            return functools.partial(function, self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {attribute_name!r}")

    @classmethod
    def register_function(cls, function_name: str, function: Callable[..., Any]) -> None:
        """Makes a function a method of all steps."""
        cls.functions[function_name] = function

    @classmethod
    def register_datapipe_as_function(
        cls, function_name: str, cls_to_register: Any, enable_df_api_tracing: bool = False
    ) -> None:
        """Makes a step a method of all steps."""
        if function_name in cls.functions or function_name in cls._steps():
            raise Exception(f"Unable to add DataPipe function name {function_name} as it is already taken")
        cls.functions[function_name] = cls_to_register

    def __str__(self) -> str:
        return str(type(self).__qualname__)


class IterDataPipe(DataPipeMethods, IterableDataset):
    """A step that is iterated."""

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}

    @staticmethod
    def _steps() -> dict[str, Callable[..., Any]]:
        return iter_steps()

    def reset(self) -> None:
        """Called before each iteration by those steps that keep something."""


class MapDataPipe(DataPipeMethods, Dataset):
    """A step with an item for each index or key."""

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}

    @staticmethod
    def _steps() -> dict[str, Callable[..., Any]]:
        return map_steps()


def functional_datapipe(name: str, enable_df_api_tracing: bool = False) -> Callable[[Any], Any]:
    """torch.utils.data.functional_datapipe: registers a class of steps under a method's name."""

    def register(cls: Any) -> Any:
        owner = MapDataPipe if isinstance(cls, type) and issubclass(cls, MapDataPipe) else IterDataPipe
        owner.register_datapipe_as_function(name, cls)
        return cls

    return register


def length_of(pipe: Any, source: Any) -> int:
    """The length of a source; an error that names the step where it has none."""
    try:
        return len(source)
    except TypeError:
        raise TypeError(f"{type(pipe).__name__} instance doesn't have valid length") from None


def picked(fn: Callable[..., Any], data: Any, columns: Any) -> Any:
    """`fn` of an item, or of some of its columns."""
    if columns is None:
        return fn(data)
    if isinstance(columns, (list, tuple)):
        return fn(*(data[column] for column in columns))
    return fn(data[columns])


class PipeIterableWrapper(IterDataPipe):
    """Any iterable as a step; each iteration begins with a copy of its own."""

    def __init__(self, iterable: Any, deepcopy: bool = True) -> None:
        self.iterable, self.deepcopy = iterable, deepcopy

    def __iter__(self) -> Iterator[Any]:
        source = self.iterable
        if self.deepcopy:
            with contextlib.suppress(TypeError):  # such as generators
                source = copy.deepcopy(source)
        yield from source

    def __len__(self) -> int:
        return length_of(self, self.iterable)


class PipeMapper(IterDataPipe):
    """`fn` of each item, or of columns of it; the result stands in a column, or for the item."""

    def __init__(
        self, datapipe: Any, fn: Callable[..., Any], input_col: Any = None, output_col: Any = None
    ) -> None:
        if input_col is None and output_col is not None:
            raise ValueError("`output_col` must be None when `input_col` is None.")
        if isinstance(output_col, (list, tuple)):
            if len(output_col) > 1:
                raise ValueError("`output_col` must be a single-element list or tuple")
            output_col = output_col[0]
        self.datapipe, self.fn, self.input_col, self.output_col = datapipe, fn, input_col, output_col

    def _applied(self, data: Any) -> Any:
        result = picked(self.fn, data, self.input_col)
        if self.input_col is None:
            return result
        changed = list(data) if isinstance(data, tuple) else copy.copy(data)
        if self.output_col is not None:
            if self.output_col == -1:
                changed.append(result)
            else:
                changed[self.output_col] = result
        elif isinstance(self.input_col, (list, tuple)):
            first, *others = self.input_col
            changed[first] = result
            for column in sorted(others, reverse=True):
                del changed[column]
        else:
            changed[self.input_col] = result
        return tuple(changed) if isinstance(data, tuple) else changed

    def __iter__(self) -> Iterator[Any]:
        for data in self.datapipe:
            yield self._applied(data)

    def __len__(self) -> int:
        return length_of(self, self.datapipe)


class PipeCollator(PipeMapper):
    """Batches as tensors."""

    def __init__(
        self, datapipe: Any, conversion: Any = default_collate, collate_fn: Callable[..., Any] | None = None
    ) -> None:
        function = collate_fn if collate_fn is not None else conversion
        if not callable(function):
            raise NotImplementedError("conversions of data frames are not supported")
        super().__init__(datapipe, fn=function)


class PipeFilter(IterDataPipe):
    """The items that fulfil a condition."""

    def __init__(self, datapipe: Any, filter_fn: Callable[..., Any], input_col: Any = None) -> None:
        self.datapipe, self.filter_fn, self.input_col = datapipe, filter_fn, input_col

    def __iter__(self) -> Iterator[Any]:
        for data in self.datapipe:
            condition = picked(self.filter_fn, data, self.input_col)
            if not isinstance(condition, bool):
                raise ValueError(f"Boolean output is required for `filter_fn`, got {type(condition)}")
            if condition:
                yield data


class Batches:
    """What steps that make batches are told."""

    def __init__(
        self, datapipe: Any, batch_size: int, drop_last: bool = False, wrapper_class: Any = DataChunk
    ) -> None:
        if batch_size <= 0:
            raise AssertionError("Batch size is required to be larger than 0!")
        self.datapipe, self.batch_size = datapipe, batch_size
        self.drop_last, self.wrapper_class = drop_last, wrapper_class


class PipeBatcher(Batches, IterDataPipe):
    """Several items as one."""

    def __iter__(self) -> Iterator[Any]:
        batch = []
        for item in self.datapipe:
            batch.append(item)
            if len(batch) == self.batch_size:
                yield self.wrapper_class(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.wrapper_class(batch)

    def __len__(self) -> int:
        length = length_of(self, self.datapipe)
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)


class PipeUnBatcher(IterDataPipe):
    """The items of batches, of so many levels; of all levels with -1."""

    def __init__(self, datapipe: Any, unbatch_level: int = 1) -> None:
        self.datapipe, self.unbatch_level = datapipe, unbatch_level

    def _items(self, element: Any, level: int) -> Iterator[Any]:
        if level < -1:
            raise ValueError("unbatch_level must be -1 or >= 0")
        if level == 0 or (level == -1 and not isinstance(element, list)):
            yield element
        elif not isinstance(element, list):
            raise IndexError(f"unbatch_level {self.unbatch_level} exceeds the depth of the DataPipe")
        else:
            for item in element:
                yield from self._items(item, level if level == -1 else level - 1)

    def __iter__(self) -> Iterator[Any]:
        for element in self.datapipe:
            yield from self._items(element, self.unbatch_level)


class PipeConcater(IterDataPipe):
    """Steps one after another."""

    def __init__(self, *datapipes: Any) -> None:
        if not datapipes:
            raise ValueError("Expected at least one DataPipe, but got nothing")
        if not all(isinstance(pipe, IterDataPipe) for pipe in datapipes):
            raise TypeError("Expected all inputs to be `IterDataPipe`")
        self.datapipes = datapipes

    def __iter__(self) -> Iterator[Any]:
        for pipe in self.datapipes:
            yield from pipe

    def __len__(self) -> int:
        return sum(length_of(self, pipe) for pipe in self.datapipes)


class PipeZipper(IterDataPipe):
    """Tuples of the items of several steps."""

    def __init__(self, *datapipes: Any) -> None:
        if not all(isinstance(pipe, IterDataPipe) for pipe in datapipes):
            raise TypeError("All inputs are required to be `IterDataPipe` for `ZipIterDataPipe`.")
        self.datapipes = datapipes

    def __iter__(self) -> Iterator[Any]:
        yield from zip(*self.datapipes, strict=False)

    def __len__(self) -> int:
        return min(length_of(self, pipe) for pipe in self.datapipes)


class PipeMultiplexer(IterDataPipe):
    """One item of each step in turn, until one of them ends."""

    def __init__(self, *datapipes: Any) -> None:
        self.datapipes = datapipes

    def __iter__(self) -> Iterator[Any]:
        for row in zip(*self.datapipes, strict=False):
            yield from row

    def __len__(self) -> int:
        return min(length_of(self, pipe) for pipe in self.datapipes) * len(self.datapipes)


class PipeShuffler(IterDataPipe):
    """Items in random order, as far as they fit into a buffer."""

    def __init__(self, datapipe: Any, *, buffer_size: int = 10000, unbatch_level: int = 0) -> None:
        if buffer_size <= 0:
            raise AssertionError("buffer_size should be larger than 0")
        self.datapipe = datapipe.unbatch(unbatch_level=unbatch_level) if unbatch_level else datapipe
        self.buffer_size = buffer_size
        self._enabled, self._seed = True, None

    def set_shuffle(self, shuffle: bool = True) -> Any:
        """Whether the order is random."""
        self._enabled = shuffle
        return self

    def set_seed(self, seed: Any) -> Any:
        """The seed of the next iteration."""
        self._seed = seed
        return self

    def __iter__(self) -> Iterator[Any]:
        if not self._enabled:
            yield from self.datapipe
            return
        seed, self._seed = self._seed, None
        draw = random.Random(int(paddle.randint(0, 2**31 - 1, [1]).item()) if seed is None else seed)
        buffer: list[Any] = []
        for item in self.datapipe:
            if len(buffer) < self.buffer_size:
                buffer.append(item)
                continue
            place = draw.randint(0, len(buffer) - 1)
            buffer[place], item = item, buffer[place]
            yield item
        while buffer:
            yield buffer.pop(draw.randint(0, len(buffer) - 1))

    def __len__(self) -> int:
        return length_of(self, self.datapipe)


class PipeSampler(IterDataPipe):
    """What a sampler makes of the source."""

    def __init__(
        self,
        datapipe: Any,
        sampler: Any = SequentialSampler,
        sampler_args: tuple[Any, ...] | None = None,
        sampler_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.datapipe = datapipe
        self.sampler = sampler(*(sampler_args or ()), data_source=datapipe, **(sampler_kwargs or {}))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.sampler)

    def __len__(self) -> int:
        return length_of(self, self.sampler)


class PipeShardingFilter(IterDataPipe):
    """The items that are this worker's."""

    def __init__(self, source_datapipe: Any, sharding_group_filter: Any = None) -> None:
        self.source_datapipe, self.sharding_group_filter = source_datapipe, sharding_group_filter
        self.num_of_instances, self.instance_id = 1, 0

    def apply_sharding(self, num_of_instances: int, instance_id: int, sharding_group: Any = None) -> None:
        """Says which of so many workers this is."""
        if instance_id >= num_of_instances:
            raise ValueError(f"instance_id({instance_id}) should be smaller than {num_of_instances}")
        self.num_of_instances, self.instance_id = num_of_instances, instance_id

    def __iter__(self) -> Iterator[Any]:
        count, own, worker = self.num_of_instances, self.instance_id, get_worker_info()
        if count == 1 and worker is not None:
            count, own = worker.num_workers, worker.id
        for index, item in enumerate(self.source_datapipe):
            if index % count == own:
                yield item

    def __len__(self) -> int:
        length = length_of(self, self.source_datapipe)
        return length // self.num_of_instances + (self.instance_id < length % self.num_of_instances)


class SharedSource:
    """One iteration of a source that several children take from, each in its own time."""

    def __init__(self, datapipe: Any, count: int, pull: Callable[[Any, int], None]) -> None:
        self.datapipe, self.pull = datapipe, pull
        self.buffers: list[deque[Any]] = [deque() for _ in range(count)]
        self.items: Iterator[Any] | None = None
        self.started: set[int] = set()

    def items_for(self, child: int) -> Iterator[Any]:
        """The items of a child; all begin again when one of them does."""
        if self.items is None or child in self.started:
            self.items = iter(self.datapipe)
            self.started.clear()
            for buffer in self.buffers:
                buffer.clear()
        self.started.add(child)
        own = self.items
        while self.items is own:
            if not self.buffers[child]:
                try:
                    self.pull(self, child)
                except StopIteration:
                    return
                continue
            yield self.buffers[child].popleft()


class PipeChild(IterDataPipe):
    """One of the steps that a step was divided into."""

    def __init__(self, source: SharedSource, number: int, counted: bool) -> None:
        self.source, self.number, self.counted = source, number, counted

    def __iter__(self) -> Iterator[Any]:
        return self.source.items_for(self.number)

    def __len__(self) -> int:
        if not self.counted:
            raise TypeError(f"{type(self).__name__} instance doesn't have valid length")
        return len(self.source.datapipe)


def pipe_fork(datapipe: Any, num_instances: int, buffer_size: int = 1000, copy: str | None = None) -> Any:
    """torch.utils.data.datapipes.iter.Forker: several steps with the same items."""
    if num_instances < 1:
        raise ValueError(f"Expected `num_instances` larger than 0, but {num_instances} is found")
    if num_instances == 1:
        return datapipe
    duplicate = copy_of(copy)

    def pull(source: SharedSource, child: int) -> None:
        if 0 <= buffer_size < max(len(buffer) for buffer in source.buffers):
            raise BufferError("ForkerIterDataPipe buffer overflow, buffer size is insufficient.")
        item = next(source.items)  # type: ignore[arg-type]
        for buffer in source.buffers:
            buffer.append(duplicate(item))

    shared = SharedSource(datapipe, num_instances, pull)
    return [PipeChild(shared, number, True) for number in range(num_instances)]


def copy_of(kind: str | None) -> Callable[[Any], Any]:
    """The function that duplicates items for the children of a fork."""
    kinds: dict[Any, Callable[[Any], Any]] = {
        None: lambda item: item,
        "shallow": copy.copy,
        "deep": copy.deepcopy,
    }
    if kind not in kinds:
        raise ValueError(f"Unknown copy method `{kind}` for fork, choose one of None, `shallow` or `deep`.")
    return kinds[kind]


def pipe_demux(
    datapipe: Any,
    num_instances: int,
    classifier_fn: Callable[[Any], Any],
    drop_none: bool = False,
    buffer_size: int = 1000,
) -> Any:
    """torch.utils.data.datapipes.iter.Demultiplexer: several steps, to one of which each item goes."""
    if num_instances < 1:
        raise ValueError(f"Expected `num_instances` larger than 0, but {num_instances} is found")

    def pull(source: SharedSource, child: int) -> None:
        if sum(map(len, source.buffers)) == buffer_size:
            raise BufferError(
                f"DemultiplexerIterDataPipe buffer overflow, buffer size {buffer_size} is insufficient."
            )
        item = next(source.items)  # type: ignore[arg-type]
        place = classifier_fn(item)
        if place is None and drop_none:
            return
        if place is None or place >= num_instances or place < 0:
            raise ValueError(
                f"Output of the classification fn should be between 0 and {num_instances - 1}, "
                f"but it is {place}"
            )
        source.buffers[place].append(item)

    shared = SharedSource(datapipe, num_instances, pull)
    return [PipeChild(shared, number, False) for number in range(num_instances)]


class PipeGrouper(IterDataPipe):
    """Items with the same key, together."""

    def __init__(
        self,
        datapipe: Any,
        group_key_fn: Callable[[Any], Any],
        *,
        keep_key: bool = False,
        buffer_size: int = 10000,
        group_size: int | None = None,
        guaranteed_group_size: int | None = None,
        drop_remaining: bool = False,
    ) -> None:
        if group_size is not None and not 0 < group_size <= buffer_size:
            raise AssertionError("group_size must be larger than 0 and at most buffer_size")
        if guaranteed_group_size is not None and not (
            group_size is not None and 0 < guaranteed_group_size <= group_size
        ):
            raise AssertionError("guaranteed_group_size must be larger than 0 and at most group_size")
        self.datapipe, self.group_key_fn, self.keep_key = datapipe, group_key_fn, keep_key
        self.buffer_size, self.group_size, self.drop_remaining = buffer_size, group_size, drop_remaining
        self.guaranteed_group_size = group_size if guaranteed_group_size is None else guaranteed_group_size

    def _shown(self, key: Any, items: list[Any]) -> Any:
        return (key, DataChunk(items)) if self.keep_key else DataChunk(items)

    def __iter__(self) -> Iterator[Any]:
        groups: dict[Any, list[Any]] = {}
        held = 0
        for item in self.datapipe:
            key = self.group_key_fn(item)
            groups.setdefault(key, []).append(item)
            held += 1
            if self.group_size is not None and len(groups[key]) == self.group_size:
                held -= self.group_size
                yield self._shown(key, groups.pop(key))
            if held == self.buffer_size:
                items = groups.pop(max(groups, key=lambda name: len(groups[name])))
                held -= len(items)
                enough = self.guaranteed_group_size is None or len(items) >= self.guaranteed_group_size
                if enough:  # as in torch, under the key of the last item
                    yield self._shown(key, items)
                elif not self.drop_remaining:
                    raise RuntimeError("Failed to group items", str(items))
        for key in list(groups):
            yield self._shown(key, groups.pop(key))


class GivenLength(IterDataPipe):
    """A step whose length is what the user says, or unknown (-1)."""

    length = -1

    def __len__(self) -> int:
        if self.length == -1:
            raise TypeError(f"{type(self).__name__} instance doesn't have valid length")
        return self.length


class PipeFileLister(GivenLength):
    """The paths of the files of folders."""

    def __init__(
        self,
        root: Any = ".",
        masks: Any = "",
        *,
        recursive: bool = False,
        abspath: bool = False,
        non_deterministic: bool = False,
        length: int = -1,
    ) -> None:
        self.roots = [root] if isinstance(root, str) else root
        self.masks = [masks] if isinstance(masks, str) else masks
        self.recursive, self.abspath = recursive, abspath
        self.non_deterministic, self.length = non_deterministic, length

    def _fits(self, name: str) -> bool:
        masks = [mask for mask in self.masks if mask]
        return not masks or any(fnmatch.fnmatch(name, mask) for mask in masks)

    def __iter__(self) -> Iterator[str]:
        for root in self.roots:
            if os.path.isfile(root):
                if self._fits(os.path.basename(root)):
                    yield os.path.abspath(root) if self.abspath else root
                continue
            for path, folders, files in os.walk(root):
                if not self.non_deterministic:
                    files.sort()
                    folders.sort()
                shown = os.path.abspath(path) if self.abspath else path
                for name in files:
                    if self._fits(name):
                        yield os.path.join(shown, name)
                if not self.recursive:
                    break


class PipeFileOpener(GivenLength):
    """Paths, each with its open file."""

    def __init__(self, datapipe: Any, mode: str = "r", encoding: str | None = None, length: int = -1) -> None:
        if mode not in ("b", "t", "rb", "rt", "r"):
            raise ValueError(f"Invalid mode {mode}")
        if "b" in mode and encoding is not None:
            raise ValueError("binary mode doesn't take an encoding argument")
        self.datapipe, self.mode = datapipe, mode if mode.startswith("r") else f"r{mode}"
        self.encoding, self.length = encoding, length

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for path in self.datapipe:
            yield path, open(path, self.mode, encoding=self.encoding)  # noqa: SIM115  closed by who reads it


class PipeStreamReader(IterDataPipe):
    """Paths with what is read from their streams, all at once or in chunks."""

    def __init__(self, datapipe: Any, chunk: int | None = None) -> None:
        self.datapipe, self.chunk = datapipe, chunk

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for path, stream in self.datapipe:
            while content := stream.read(self.chunk):
                yield path, content
            stream.close()


class MapPipeSequenceWrapper(MapDataPipe):
    """A sequence or a dictionary as a step."""

    def __init__(self, sequence: Any, deepcopy: bool = True) -> None:
        try:
            self.sequence = copy.deepcopy(sequence) if deepcopy else sequence
        except TypeError:
            self.sequence = sequence

    def __getitem__(self, index: Any) -> Any:
        return self.sequence[index]

    def __len__(self) -> int:
        return len(self.sequence)


def same(item: Any) -> Any:
    """The item."""
    return item


class MapPipeMapper(MapDataPipe):
    """`fn` of each item."""

    def __init__(self, datapipe: Any, fn: Callable[[Any], Any] = same) -> None:
        self.datapipe, self.fn = datapipe, fn

    def __getitem__(self, index: Any) -> Any:
        return self.fn(self.datapipe[index])

    def __len__(self) -> int:
        return len(self.datapipe)


class SeveralMapPipes(MapDataPipe):
    """A step made of several."""

    def __init__(self, *datapipes: Any) -> None:
        if not datapipes:
            raise ValueError("Expected at least one DataPipe, but got nothing")
        self.datapipes = datapipes


class MapPipeConcater(SeveralMapPipes):
    """Steps one after another."""

    def __getitem__(self, index: int) -> Any:
        left = index
        for pipe in self.datapipes:
            if left < len(pipe):
                return pipe[left]
            left -= len(pipe)
        raise IndexError(f"Index {index} is out of range.")

    def __len__(self) -> int:
        return sum(len(pipe) for pipe in self.datapipes)


class MapPipeZipper(SeveralMapPipes):
    """Tuples of the items of several steps."""

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(pipe[index] for pipe in self.datapipes)

    def __len__(self) -> int:
        return min(len(pipe) for pipe in self.datapipes)


class MapPipeBatcher(Batches, MapDataPipe):
    """Several items as one."""

    def __getitem__(self, index: int) -> Any:
        start, length = index * self.batch_size, len(self.datapipe)
        end = start + self.batch_size
        if start >= length or (end > length and self.drop_last):
            raise IndexError("Index is out of bound.")
        return self.wrapper_class([self.datapipe[place] for place in range(start, min(end, length))])

    def __len__(self) -> int:
        length = len(self.datapipe)
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)


class MapPipeShuffler(IterDataPipe):
    """The items of a step with indices, in random order."""

    def __init__(self, datapipe: Any, *, indices: list[Any] | None = None) -> None:
        self.datapipe = datapipe
        self.indices = list(range(len(datapipe))) if indices is None else indices
        self._enabled, self._seed = True, None

    def set_shuffle(self, shuffle: bool = True) -> Any:
        """Whether the order is random."""
        self._enabled = shuffle
        return self

    def set_seed(self, seed: Any) -> Any:
        """The seed of the next iteration."""
        self._seed = seed
        return self

    def __iter__(self) -> Iterator[Any]:
        order = list(self.indices)
        if self._enabled:
            seed, self._seed = self._seed, None
            drawn = int(paddle.randint(0, 2**31 - 1, [1]).item()) if seed is None else seed
            order = random.Random(drawn).sample(order, len(order))[::-1]
        for index in order:
            yield self.datapipe[index]

    def __len__(self) -> int:
        return length_of(self, self.datapipe)
