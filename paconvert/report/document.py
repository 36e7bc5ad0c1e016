"""The report of a run as JSON, for programs; its shape is stable and described in docs/report.md."""

from __future__ import annotations

import json
from typing import Any

from paconvert.project.records import FileReport, Left, ProjectReport, Status
from paconvert.records import Level, Summary

FORMAT = 1


def as_document(report: ProjectReport, version: str) -> dict[str, Any]:
    """The report in JSON types; the same for the same input and options."""
    return {
        "format": FORMAT,
        "version": version,
        "source": report.source,
        "target": report.target,
        "summary": {
            "files": len(report.files),
            "python_files": sum(file.python for file in report.files),
            "converted_files": sum(file.status is Status.CONVERTED for file in report.files),
            "failed_files": len(report.failed),
            **_counts(report.summary),
        },
        "unsupported": [_group(group) for group in report.by_api(Level.UNSUPPORTED)],
        "differences": [_group(group) for group in report.differences],
        "files": [_file(file) for file in report.files],
        "left_out": list(report.left_out),
        "notes": list(report.notes),
    }


def to_json(report: ProjectReport, version: str) -> str:
    """The document as text."""
    return json.dumps(as_document(report, version), indent=1) + "\n"


def _group(group: Left) -> dict[str, Any]:
    return {
        "api": group.api,
        "count": len(group.places),
        "message": group.message,
        "advice": group.advice,
        "places": [{"file": p.file, "line": p.line, "column": p.column} for p in group.places],
    }


def _file(file: FileReport) -> dict[str, Any]:
    return {
        "path": file.path,
        "status": file.status.value,
        "python": file.python,
        **_counts(file.summary),
        "diagnostics": [item.as_dict() for item in file.diagnostics],
    }


def _counts(summary: Summary) -> dict[str, Any]:
    return {
        "found": summary.found,
        "converted": summary.converted,
        "assumed": summary.assumed,
        "unsupported": summary.unsupported,
        "errors": summary.errors,
        "rate": round(summary.rate, 4),
    }
