import codecs

import pytest

from paconvert.project.text import DecodeError, decode


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x = 1\r\ny = 2\r\n",
        codecs.BOM_UTF8 + "x = 'é'\n".encode(),
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"#!/usr/bin/python\n# coding: cp1252\nx = '\x80'\n",
        b"x = 1\ry = 2\x0c\n",
        "x = '漢'".encode(),
    ],
)
def test_bytes_come_back_as_they_were(data):
    source = decode(data)
    assert "\ufeff" not in source.text
    assert source.encode(source.text) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = '\xff'\n", "byte 0xff in line 1|invalid or missing encoding"),
        (b"# ok\n\n\nx = '\xe9'\n", "0xe9 in line 4"),
        (b"# coding: no-such-code\n", "unknown encoding"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "encoding problem"),
        ("x".encode("utf-16"), "."),
    ],
)
def test_says_what_is_wrong(data, message):
    with pytest.raises(DecodeError, match=message):
        decode(data)


def test_an_encoding_may_lack_a_character():
    with pytest.raises(UnicodeEncodeError):
        decode(b"# coding: latin-1\n").encode("漢")
