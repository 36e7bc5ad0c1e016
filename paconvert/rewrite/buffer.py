"""Edits on a source text, kept sorted and without overlaps."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from paconvert.records import Edit, Level


@dataclass(order=True, slots=True)
class _Entry:
    start: int
    end: int
    order: int
    edit: Edit = field(compare=False)


class EditBuffer:
    """Collects edits; an edit takes in those inside its span, whose text its maker has rendered."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._entries: list[_Entry] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, start: int, end: int, text: str, rule: str = "", level: Level = Level.CONVERTED) -> None:
        """Replaces `source[start:end]`; nothing is noted when the text stays the same."""
        if start < end:
            self._swallow(start, end)
        if self.source[start:end] == text:
            return
        self._count += 1
        insort(self._entries, _Entry(start, end, self._count, Edit(start, end, text, rule, level)))

    def _swallow(self, start: int, end: int) -> None:
        first = bisect_left(self._entries, start, key=lambda entry: entry.start)
        last = first
        while last < len(self._entries) and self._entries[last].start < end:
            last += 1
        del self._entries[first:last]

    def text(self, start: int, end: int) -> str:
        """`source[start:end]` with the edits inside it applied."""
        parts = []
        position = start
        index = bisect_left(self._entries, start, key=lambda entry: entry.start)
        while index < len(self._entries):
            edit = self._entries[index].edit
            if edit.start >= end or edit.end > end:
                break
            parts.append(self.source[position : edit.start])
            parts.append(edit.text)
            position = edit.end
            index += 1
        parts.append(self.source[position:end])
        return "".join(parts)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits in order."""
        return tuple(entry.edit for entry in self._entries)


def apply_edits(source: str, edits: tuple[Edit, ...]) -> str:
    """The source with sorted, non-overlapping edits applied."""
    parts = []
    position = 0
    for edit in edits:
        parts.append(source[position : edit.start])
        parts.append(edit.text)
        position = edit.end
    parts.append(source[position:])
    return "".join(parts)
