"""The result of converting one file, as it travels between processes and into the cache."""

from __future__ import annotations

import json
from dataclasses import dataclass

from paconvert.records import Diagnostic, Level


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is `None` when the file stays as it is; `helpers` are those that the code needs."""

    code: str | None
    diagnostics: tuple[Diagnostic, ...] = ()
    helpers: frozenset[str] = frozenset()

    @property
    def is_failed(self) -> bool:
        """Whether the file could not be converted."""
        return any(item.level is Level.ERROR for item in self.diagnostics)

    def to_bytes(self) -> bytes:
        """The outcome for the cache; texts that repeat are stored once."""
        texts: dict[str, int] = {}

        def number(text: str) -> int:
            return texts.setdefault(text, len(texts))

        rows = [
            [
                number(item.level.value),
                number(item.api),
                item.line,
                item.column,
                number(item.message),
                number(item.advice),
                item.start,
                item.end,
            ]
            for item in self.diagnostics
        ]
        record = {
            "code": self.code,
            "helpers": sorted(self.helpers),
            "texts": list(texts),
            "diagnostics": rows,
        }
        return json.dumps(record, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes, path: str) -> Outcome:
        """The outcome that `to_bytes` stored, for the file at `path`."""
        record = json.loads(data)
        texts = record["texts"]
        levels = {index: Level(text) for index, text in enumerate(texts) if text in _LEVELS}
        return cls(
            record["code"],
            tuple(
                Diagnostic(levels[a], texts[b], line, column, texts[c], texts[d], path, start, end)
                for a, b, line, column, c, d, start, end in record["diagnostics"]
            ),
            frozenset(record["helpers"]),
        )


_LEVELS = frozenset(level.value for level in Level)


def failure(path: str, message: str, advice: str = "") -> Outcome:
    """The outcome for a file that stays as it is because of an error."""
    return Outcome(None, (Diagnostic(Level.ERROR, "", 1, 0, message, advice, path),))
