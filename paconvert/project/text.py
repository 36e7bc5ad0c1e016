"""Bytes of a Python file to text and back, in its own encoding, with its byte order mark and line endings."""

from __future__ import annotations

import codecs
import io
import tokenize
from dataclasses import dataclass


class DecodeError(Exception):
    """The bytes are no text in the encoding that the file declares."""


@dataclass(frozen=True, slots=True)
class Source:
    """A decoded file. `text` is without the byte order mark; `encode` puts it back."""

    text: str
    encoding: str
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """Other text, as this file would hold it.

        Raises:
            UnicodeEncodeError: when the encoding has no such character.
        """
        return self.mark + text.encode(self.encoding)


def decode(data: bytes) -> Source:
    """Decodes a Python file as Python does: byte order mark, coding line, else UTF-8.

    Raises:
        DecodeError: says what is wrong and where.
    """
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        encoding = "utf-8" if mark else tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        if mark:
            tokenize.detect_encoding(io.BytesIO(data).readline)  # a coding line must not contradict the mark
        return Source(data[len(mark) :].decode(encoding), encoding, mark)
    except SyntaxError as error:
        raise DecodeError(str(error.msg)) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DecodeError(
            f"the file is not valid {error.encoding}: byte 0x{data[error.start]:02x} in line {line}"
        ) from None
