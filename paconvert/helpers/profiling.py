"""torch's profilers as ones of Paddle, with tables of what Paddle has measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import paddle
from paddle.profiler.profiler_statistic import StatisticData

# torch's words for devices, and those of the attributes here.
_DEVICE_WORDS = ("cuda", "xpu", "hpu")


@dataclass
class ProfiledEvent:
    """What was measured of one operator or user's event; times in microseconds, on the CPU and the device."""

    key: str
    count: int
    cpu_time_total: float
    device_time_total: float
    cpu_memory_usage: int = field(default=0, repr=False)
    device_memory_usage: int = field(default=0, repr=False)

    @property
    def name(self) -> str:
        """Its name, under another name."""
        return self.key

    @property
    def self_cpu_time_total(self) -> float:
        """As `cpu_time_total`: Paddle's operators do not call one another."""
        return self.cpu_time_total

    @property
    def self_device_time_total(self) -> float:
        """As `device_time_total`."""
        return self.device_time_total

    @property
    def cpu_time(self) -> float:
        """The mean time on the CPU."""
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def device_time(self) -> float:
        """The mean time on the device."""
        return self.device_time_total / self.count if self.count else 0.0

    def __getattr__(self, name: str) -> Any:
        for word in _DEVICE_WORDS:
            if word in name:
                return getattr(self, name.replace(word, "device"))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


class ProfiledEvents(list[Any]):
    """`torch.autograd.profiler.EventList`: events and their table."""

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:
        """The events as text, those with the most of `sort_by` first."""
        events = self if sort_by is None else sorted(self, key=lambda e: getattr(e, sort_by), reverse=True)
        names = ("Name", "CPU total us", "CPU avg us", "Device total us", "# of Calls")
        width = max([len(event.key) for event in events] + [len(names[0])])
        width = min(width, max_name_column_width)
        lines = [] if header is None else [header]
        lines.append(names[0].ljust(width) + "".join(name.rjust(18) for name in names[1:]))
        for event in events[: row_limit if row_limit >= 0 else None]:
            times = (event.cpu_time_total, event.cpu_time, event.device_time_total)
            numbers = "".join(f"{time:18.3f}" for time in times) + f"{event.count:18d}"
            lines.append(event.key[:width].ljust(width) + numbers)
        lines.append(f"Self CPU time total: {self.self_cpu_time_total:.3f}us")
        return "\n".join(lines) + "\n"

    @property
    def self_cpu_time_total(self) -> float:
        """The time on the CPU of all events."""
        return float(sum(event.cpu_time_total for event in self))

    def total_average(self) -> ProfiledEvent:
        """One event for all."""
        on_device = float(sum(event.device_time_total for event in self))
        return ProfiledEvent("Total", sum(e.count for e in self), self.self_cpu_time_total, on_device)

    def key_averages(
        self,
        group_by_input_shapes: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> Any:
        """The events: they stand for all calls of an operator already."""
        return self

    def __str__(self) -> str:
        return self.table()


class TorchProfiler(paddle.profiler.Profiler):
    """`torch.profiler.profile`."""

    def __init__(
        self,
        *,
        activities: Iterable[Any] | None = None,
        schedule: Callable[[int], Any] | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_flops: bool = False,
    ) -> None:
        self.options: dict[str, Any] = {
            "targets": None if activities is None else list(activities),
            "scheduler": schedule,
            "on_trace_ready": on_trace_ready or (lambda profiler: None),  # Paddle's would write a file
            "record_shapes": record_shapes,
            "profile_memory": profile_memory,
            "with_flops": with_flops,
        }
        self.profiler_result, self.step_num = None, 0

    def start(self) -> None:
        """Starts to measure; only now, as Paddle has one profiler at a time."""
        super().__init__(**self.options)
        super().start()

    def stop(self) -> None:
        """Stops, and makes way for other profilers."""
        super().stop()
        self.profiler = None

    def key_averages(
        self,
        group_by_input_shape: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> ProfiledEvents:
        """What was measured, by operator and user's event."""
        if not self.profiler_result:
            return ProfiledEvents()
        measured = StatisticData(self.profiler_result.get_data(), self.profiler_result.get_extra_info())
        found = {**measured.event_summary.items, **measured.event_summary.userdefined_items}
        return ProfiledEvents(
            ProfiledEvent(name.removesuffix(" dygraph"), item.call, item.cpu_time / 1e3, item.gpu_time / 1e3)
            for name, item in found.items()
        )

    def events(self) -> ProfiledEvents:
        """As `key_averages`: Paddle sums them up."""
        return self.key_averages()

    def export_chrome_trace(self, path: str, use_python_export: bool = False) -> None:
        """Writes what was measured for Chrome's tracing tools."""
        self.export(path, "json")


class AutogradProfiler(TorchProfiler):
    """`torch.autograd.profiler.profile`: measures nothing unless `enabled`."""

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        use_cpu: bool = True,
    ) -> None:
        on_device = use_cuda or use_device is not None
        targets = paddle.profiler.ProfilerTarget
        wanted = [targets.CPU] * use_cpu + [targets.GPU] * on_device
        self.enabled = enabled
        super().__init__(
            activities=wanted,
            record_shapes=record_shapes,
            profile_memory=profile_memory,
            with_flops=with_flops,
        )

    def __enter__(self) -> Any:
        return super().__enter__() if self.enabled else None

    def __exit__(self, *error: Any) -> None:
        if self.enabled:
            super().__exit__(*error)

    @property
    def function_events(self) -> ProfiledEvents:
        """What was measured."""
        return self.key_averages()

    @property
    def self_cpu_time_total(self) -> float:
        """The time on the CPU of all events."""
        return self.key_averages().self_cpu_time_total

    def total_average(self) -> ProfiledEvent:
        """One event for all."""
        return self.key_averages().total_average()

    def table(self, *args: Any, **kwargs: Any) -> str:
        """The events as text."""
        return self.key_averages().table(*args, **kwargs)

    def __str__(self) -> str:
        return self.table()
