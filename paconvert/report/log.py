"""The log of a run: one line for each use of an API and for each file that is not just copied."""

from __future__ import annotations

import logging
from pathlib import Path

from paconvert.project.records import ProjectReport, Status
from paconvert.records import Level

FILE = "paconvert.log"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LOG = logging.getLogger("paconvert")
_LEVELS = {
    Level.CONVERTED: logging.DEBUG,
    Level.ASSUMED: logging.INFO,
    Level.UNSUPPORTED: logging.WARNING,
    Level.ERROR: logging.ERROR,
}


def write_log(report: ProjectReport, folder: Path, level: str) -> Path:
    """Writes a run to `paconvert.log` in a folder, after what earlier runs wrote.

    Args:
        report: the run.
        folder: made when it is not there.
        level: the least level to write: DEBUG also has what was converted, WARNING only what was not.

    Raises:
        OSError: when the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOG.addHandler(handler)
    before, _LOG.propagate = _LOG.propagate, False
    _LOG.setLevel(level)
    try:
        _log(report)
    finally:
        _LOG.removeHandler(handler)
        _LOG.propagate = before
        handler.close()
    return path


def _log(report: ProjectReport) -> None:
    _LOG.info("%s -> %s", report.source, report.target or "nothing written")
    for file in report.files:
        if file.status is not Status.UNCHANGED:
            _LOG.info("%s: %s", file.path, file.status.value)
        for item in file.diagnostics:
            what = f"{item.api}: " if item.api else ""
            text = " ".join(part for part in (item.level.value, what + item.message, item.advice) if part)
            _LOG.log(_LEVELS[item.level], "%s:%d:%d: %s", file.path, item.line, item.column, text)
    summary = report.summary
    _LOG.info(
        "found %d, converted %d, assumed %d, unsupported %d",
        summary.found,
        summary.converted,
        summary.assumed,
        summary.unsupported,
    )
