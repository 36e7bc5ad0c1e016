"""torch.utils.tensorboard: writes what TensorBoard shows; takes the package tensorboard, as torch does."""

from __future__ import annotations

import io
import os
import socket
import time
import wave
from datetime import datetime
from typing import Any

import numpy as np
import paddle


def summary_array(value: Any) -> Any:
    """A number, tensor or array as an array."""
    if isinstance(value, np.ndarray):
        return value
    if np.isscalar(value):
        return np.array([value])
    if isinstance(value, paddle.Tensor):
        value = value.detach()
        return (value.astype("float16") if value.dtype == paddle.bfloat16 else value).numpy()
    raise NotImplementedError(f"Got {type(value)}, but numpy array or tensor are expected.")


def single_value(**content: Any) -> Any:
    """A summary of one value."""
    from tensorboard.compat.proto.summary_pb2 import Summary  # type: ignore[import-not-found, unused-ignore]

    return Summary(value=[Summary.Value(**content)])


def plugin_metadata(name: str, content: bytes = b"") -> Any:
    """What tells TensorBoard which of its plugins shows a value."""
    from tensorboard.compat.proto.summary_pb2 import (  # type: ignore[import-not-found, unused-ignore]
        SummaryMetadata,
    )

    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=name, content=content))


def summary_tensor(dtype: str, shape: Any, **values: Any) -> Any:
    """A tensor in TensorBoard's own form."""
    from tensorboard.compat.proto.tensor_pb2 import TensorProto  # type: ignore[import-not-found, unused-ignore]
    from tensorboard.compat.proto.tensor_shape_pb2 import (  # type: ignore[import-not-found, unused-ignore]
        TensorShapeProto,
    )

    sizes = [TensorShapeProto.Dim(size=int(size)) for size in shape]
    return TensorProto(dtype=dtype, tensor_shape=TensorShapeProto(dim=sizes), **values)


def scalar_summary(tag: str, value: Any, new_style: bool = False, double_precision: bool = False) -> Any:
    """One number."""
    array = summary_array(value).squeeze()
    if array.ndim:
        raise AssertionError(f"Tensor should contain one element, but its shape is {array.shape}.")
    number = float(array)
    if not new_style:
        return single_value(tag=tag, simple_value=number)
    from tensorboard.compat.proto.tensor_pb2 import TensorProto  # type: ignore[import-not-found, unused-ignore]

    field = {"double_val": [number]} if double_precision else {"float_val": [number]}
    tensor = TensorProto(dtype="DT_DOUBLE" if double_precision else "DT_FLOAT", **field)
    return single_value(tag=tag, tensor=tensor, metadata=plugin_metadata("scalars"))


def default_buckets() -> list[float]:
    """The limits of TensorBoard's histograms, each a tenth further from zero than the one before."""
    limits = []
    limit = 1e-12
    while limit < 1e20:
        limits.append(limit)
        limit *= 1.1
    return [*(-x for x in reversed(limits)), 0, *limits]


def histogram_summary(tag: str, values: Any, bins: Any, max_bins: int | None) -> Any:
    """How often values fall between limits, without the empty buckets at both ends, but for one before."""
    array = summary_array(values).astype(float).reshape(-1)
    if not array.size:
        raise ValueError("The input has no element.")
    counts, limits = np.histogram(array, bins=bins)
    if max_bins is not None and len(counts) > max_bins:
        step = len(counts) // max_bins
        if rest := len(counts) % step:
            counts = np.pad(counts, (0, step - rest))
        counts = counts.reshape(-1, step).sum(axis=-1)
        limits = np.append(limits[:-1:step], limits[-1])
    used = np.flatnonzero(counts)
    first, last = int(used[0]), int(used[-1]) + 1
    taken = counts[first - 1 : last] if first else np.concatenate([[0], counts[:last]])
    return raw_histogram(
        tag,
        array.min(),
        array.max(),
        array.size,
        array.sum(),
        array.dot(array),
        limits[first : last + 1].tolist(),
        taken.tolist(),
    )


def raw_histogram(
    tag: str, low: Any, high: Any, num: Any, total: Any, sum_squares: Any, limits: Any, counts: Any
) -> Any:
    """A histogram of which all is known."""
    from tensorboard.compat.proto.summary_pb2 import (  # type: ignore[import-not-found, unused-ignore]
        HistogramProto,
    )

    return single_value(
        tag=tag,
        histo=HistogramProto(
            min=low,
            max=high,
            num=num,
            sum=total,
            sum_squares=sum_squares,
            bucket_limit=limits,
            bucket=counts,
        ),
    )


def tiled(images: Any) -> Any:
    """Images (N, C, H, W) as one in colour (C, H, W), eight in a row."""
    if images.shape[1] == 1:
        images = np.concatenate([images] * 3, axis=1)
    if images.ndim != 4 or images.shape[1] != 3:
        raise AssertionError("Input should be a 4D numpy array with 3 channels")
    count, _, height, width = images.shape
    columns = min(count, 8)
    canvas = np.zeros((3, height * -(-count // columns), width * columns), images.dtype)
    for index, image in enumerate(images):
        y, x = index // columns * height, index % columns * width
        canvas[:, y : y + height, x : x + width] = image
    return canvas


def image_summary(tag: str, picture: Any, dataformats: str) -> Any:
    """A picture, or several in one; numbers that are not bytes go from 0 to 1."""
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]
    from tensorboard.compat.proto.summary_pb2 import Summary  # type: ignore[import-not-found, unused-ignore]

    array = summary_array(picture)
    if len(set(dataformats)) != len(dataformats):
        raise AssertionError(f"You can not use the same dimension shorthand twice: {dataformats}")
    if array.ndim != len(dataformats):
        raise AssertionError(f"tensor shape: {array.shape}, input_format: {dataformats}")
    order = {4: "NCHW", 3: "HWC", 2: "HW"}[array.ndim]
    array = array.transpose([dataformats.upper().find(letter) for letter in order])
    if array.ndim == 4:
        array = tiled(array).transpose(1, 2, 0)
    elif array.ndim == 2:
        array = np.stack([array] * 3, axis=2)
    elif array.shape[2] == 1:
        array = np.concatenate([array] * 3, axis=2)
    scale = 1 if array.dtype == np.uint8 else 255
    array = (array.astype(np.float32) * scale).clip(0, 255).astype(np.uint8)
    height, width, channels = array.shape
    out = io.BytesIO()
    Image.fromarray(array).save(out, format="PNG")
    shown = Summary.Image(
        height=height, width=width, colorspace=channels, encoded_image_string=out.getvalue()
    )
    return single_value(tag=tag, image=shown)


def drawn(figure: Any, close: bool) -> Any:
    """A figure of matplotlib as a picture (C, H, W)."""
    import matplotlib.pyplot as plt  # type: ignore[import-not-found, unused-ignore]
    from matplotlib.backends.backend_agg import (  # type: ignore[import-not-found, unused-ignore]
        FigureCanvasAgg,
    )

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = figure.canvas.get_width_height()
    pixels = np.frombuffer(canvas.buffer_rgba(), np.uint8).reshape([height, width, 4])[:, :, :3]
    if close:
        plt.close(figure)
    return np.moveaxis(pixels, 2, 0)


def audio_summary(tag: str, sound: Any, sample_rate: int) -> Any:
    """A sound of one channel."""
    from tensorboard.compat.proto.summary_pb2 import Summary  # type: ignore[import-not-found, unused-ignore]

    array = summary_array(sound).squeeze()
    if np.abs(array).max() > 1:
        print("warning: audio amplitude out of range, auto clipped.")
        array = array.clip(-1, 1)
    if array.ndim != 1:
        raise AssertionError("input tensor should be 1 dimensional.")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes((array * np.iinfo(np.int16).max).astype("<i2").tobytes())
    content = Summary.Audio(
        sample_rate=sample_rate,
        num_channels=1,
        length_frames=array.shape[-1],
        encoded_audio_string=out.getvalue(),
        content_type="audio/wav",
    )
    return single_value(tag=tag, audio=content)


def curve_summary(tag: str, rows: Any, num_thresholds: int) -> Any:
    """Precision and recall at several thresholds, with the counts that they come from."""
    from tensorboard.plugins.pr_curve.plugin_data_pb2 import (  # type: ignore[import-not-found, unused-ignore]
        PrCurvePluginData,
    )

    facts = PrCurvePluginData(version=0, num_thresholds=num_thresholds).SerializeToString()
    tensor = summary_tensor("DT_FLOAT", rows.shape, float_val=rows.reshape(-1).tolist())
    return single_value(tag=tag, tensor=tensor, metadata=plugin_metadata("pr_curves", facts))


def curve_rows(labels: Any, predictions: Any, num_thresholds: int, weights: Any) -> Any:
    """True and false positives and negatives, precision and recall, for each threshold."""
    weights = 1.0 if weights is None else weights
    places = np.int32(np.floor(predictions * (num_thresholds - 1)))
    truth = labels.astype(np.float64)

    def at_least(share: Any) -> Any:
        span = (0, num_thresholds - 1)
        buckets, _ = np.histogram(places, bins=num_thresholds, range=span, weights=share)
        return np.cumsum(buckets[::-1])[::-1]

    tp, fp = at_least(truth * weights), at_least((1.0 - truth) * weights)
    tn, fn = fp[0] - fp, tp[0] - tp
    return np.stack((tp, fp, tn, fn, tp / np.maximum(1e-7, tp + fp), tp / np.maximum(1e-7, tp + fn)))


def hparam_summaries(hparams: dict[str, Any], metrics: dict[str, Any], domains: Any) -> list[Any]:
    """The experiment, the start of its session, and its end, as TensorBoard's plugin for them wants it."""
    from google.protobuf.struct_pb2 import ListValue, Value  # type: ignore[import-not-found, import-untyped, unused-ignore]
    from tensorboard.plugins.hparams import (  # type: ignore[import-not-found, unused-ignore]
        api_pb2,
        metadata,
        plugin_data_pb2,
    )

    domains = domains or {}
    for name, choices in domains.items():
        kind = type(hparams.get(name))
        if name not in hparams or not isinstance(choices, list):
            raise TypeError(f"parameter: hparam_domain_discrete[{name}] should be a list")
        if not all(isinstance(choice, kind) for choice in choices):
            raise TypeError(f"parameter: hparam_domain_discrete[{name}] should be a list of {kind}")
    start = plugin_data_pb2.SessionStartInfo()
    infos = []
    for name, value in hparams.items():
        if value is None:
            continue
        field, shown = "number_value", "DATA_TYPE_FLOAT64"
        if isinstance(value, str):
            field, shown = "string_value", "DATA_TYPE_STRING"
        elif isinstance(value, paddle.Tensor):
            value = summary_array(value).reshape(-1)[0]
        elif not isinstance(value, (int, float)):
            raise ValueError("value should be one of int, float, str, bool, or torch.Tensor")
        setattr(start.hparams[name], field, value)
        choices = None
        if name in domains:
            choices = ListValue(values=[Value(**{field: choice}) for choice in domains[name]])
        infos.append(
            api_pb2.HParamInfo(name=name, type=api_pb2.DataType.Value(shown), domain_discrete=choices)
        )
    experiment = api_pb2.Experiment(
        hparam_infos=infos,
        metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag)) for tag in metrics],
    )
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.Status.Value("STATUS_SUCCESS"))
    parts = (
        (metadata.EXPERIMENT_TAG, {"experiment": experiment}),
        (metadata.SESSION_START_INFO_TAG, {"session_start_info": start}),
        (metadata.SESSION_END_INFO_TAG, {"session_end_info": end}),
    )
    summaries = []
    for tag, content in parts:
        data = plugin_data_pb2.HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, **content)
        facts = plugin_metadata(metadata.PLUGIN_NAME, data.SerializeToString())
        summaries.append(single_value(tag=tag, metadata=facts))
    return summaries


class FileWriter:
    """torch.utils.tensorboard.FileWriter: writes events to a file of a folder."""

    def __init__(
        self, log_dir: Any, max_queue: int = 10, flush_secs: int = 120, filename_suffix: str = ""
    ) -> None:
        from tensorboard.summary.writer.event_file_writer import (  # type: ignore[import-not-found, unused-ignore]
            EventFileWriter,
        )

        self.event_writer = EventFileWriter(str(log_dir), max_queue, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The folder."""
        return str(self.event_writer.get_logdir())

    def add_event(self, event: Any, step: Any = None, walltime: float | None = None) -> None:
        """Writes an event."""
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(self, summary: Any, global_step: Any = None, walltime: float | None = None) -> None:
        """Writes an event with a summary."""
        from tensorboard.compat.proto.event_pb2 import Event  # type: ignore[import-not-found, unused-ignore]

        self.add_event(Event(summary=summary), global_step, walltime)

    def flush(self) -> None:
        """Makes sure that all is on the disk."""
        self.event_writer.flush()

    def close(self) -> None:
        """Ends the file."""
        self.event_writer.close()


class SummaryWriter:
    """torch.utils.tensorboard.SummaryWriter."""

    def __init__(
        self,
        log_dir: Any = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        now = datetime.now().strftime("%b%d_%H-%M-%S")
        self.log_dir = log_dir or os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.purge_step, self.filename_suffix = purge_step, filename_suffix
        self.max_queue, self.flush_secs = max_queue, flush_secs
        self.all_writers: dict[str, FileWriter] | None = None
        self.file_writer: FileWriter | None = None
        self.default_bins = default_buckets()
        self._get_file_writer()

    def _get_file_writer(self) -> FileWriter:
        if self.file_writer is None:
            writer = FileWriter(self.log_dir, self.max_queue, self.flush_secs, self.filename_suffix)
            self.file_writer, self.all_writers = writer, {writer.get_logdir(): writer}
            if self.purge_step is not None:
                from tensorboard.compat.proto.event_pb2 import (  # type: ignore[import-not-found, unused-ignore]
                    Event,
                    SessionLog,
                )

                writer.add_event(Event(step=self.purge_step, file_version="brain.Event:2"))
                log = SessionLog(status=SessionLog.START)
                writer.add_event(Event(step=self.purge_step, session_log=log))
                self.purge_step = None
        return self.file_writer

    def get_logdir(self) -> Any:
        """The folder."""
        return self.log_dir

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """Writes a number."""
        summary = scalar_summary(tag, scalar_value, new_style, double_precision)
        self._get_file_writer().add_summary(summary, global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: dict[str, Any],
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Writes several numbers, each to a folder of its own, to be shown together."""
        walltime = time.time() if walltime is None else walltime
        folder = self._get_file_writer().get_logdir()
        writers = self.all_writers if self.all_writers is not None else {}
        for tag, value in tag_scalar_dict.items():
            name = f"{folder}/{main_tag.replace('/', '_')}_{tag}"
            if name not in writers:
                writers[name] = FileWriter(name, self.max_queue, self.flush_secs, self.filename_suffix)
            writers[name].add_summary(scalar_summary(main_tag, value), global_step, walltime)

    def add_hparams(
        self,
        hparam_dict: dict[str, Any],
        metric_dict: dict[str, Any],
        hparam_domain_discrete: dict[str, list[Any]] | None = None,
        run_name: str | None = None,
        global_step: Any = None,
    ) -> None:
        """Writes the hyperparameters of a run, with what came out of it."""
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        summaries = hparam_summaries(hparam_dict, metric_dict, hparam_domain_discrete)
        folder = os.path.join(self._get_file_writer().get_logdir(), run_name or str(time.time()))
        with SummaryWriter(log_dir=folder) as inner:
            for summary in summaries:
                inner._get_file_writer().add_summary(summary, global_step)
            for tag, value in metric_dict.items():
                inner.add_scalar(tag, value, global_step)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Writes how often values fall between limits."""
        limits = self.default_bins if isinstance(bins, str) and bins == "tensorflow" else bins
        self._get_file_writer().add_summary(
            histogram_summary(tag, values, limits, max_bins), global_step, walltime
        )

    def add_histogram_raw(
        self,
        tag: str,
        min: Any,
        max: Any,
        num: Any,
        sum: Any,
        sum_squares: Any,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Writes a histogram of which all is known."""
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError("len(bucket_limits) != len(bucket_counts), see the document.")
        summary = raw_histogram(tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts)
        self._get_file_writer().add_summary(summary, global_step, walltime)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Writes a picture."""
        self._get_file_writer().add_summary(
            image_summary(tag, img_tensor, dataformats), global_step, walltime
        )

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Writes several pictures as one."""
        self.add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: Any = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Writes a figure of matplotlib, or several of one size."""
        several = isinstance(figure, list)
        picture = np.stack([drawn(one, close) for one in figure]) if several else drawn(figure, close)
        self.add_image(tag, picture, global_step, walltime, "NCHW" if several else "CHW")

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: Any = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Writes a sound, from -1 to 1."""
        self._get_file_writer().add_summary(
            audio_summary(tag, snd_tensor, sample_rate), global_step, walltime
        )

    def add_text(
        self, tag: str, text_string: str, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Writes a text."""
        from tensorboard.plugins.text.plugin_data_pb2 import (  # type: ignore[import-not-found, unused-ignore]
            TextPluginData,
        )

        shown = plugin_metadata("text", TextPluginData(version=0).SerializeToString())
        tensor = summary_tensor("DT_STRING", [1], string_val=[text_string.encode()])
        summary = single_value(tag=f"{tag}/text_summary", metadata=shown, tensor=tensor)
        self._get_file_writer().add_summary(summary, global_step, walltime)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Writes the curve of precision and recall."""
        count = min(num_thresholds, 127)
        rows = curve_rows(summary_array(labels), summary_array(predictions), count, weights)
        self._get_file_writer().add_summary(curve_summary(tag, rows, count), global_step, walltime)

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Writes a curve of precision and recall of which all is known."""
        rows = np.stack(
            (
                true_positive_counts,
                false_positive_counts,
                true_negative_counts,
                false_negative_counts,
                precision,
                recall,
            )
        )
        self._get_file_writer().add_summary(
            curve_summary(tag, rows, min(num_thresholds, 127)), global_step, walltime
        )

    def flush(self) -> None:
        """Makes sure that all is on the disk."""
        for writer in (self.all_writers or {}).values():
            writer.flush()

    def close(self) -> None:
        """Ends the files."""
        for writer in (self.all_writers or {}).values():
            writer.flush()
            writer.close()
        self.file_writer = self.all_writers = None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()
