"""Which encoding a file is found to be in, and what people are shown of it."""

import codecs

import pytest

from tests.tables_to_upflow.sources.opening import opened
from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.sources.encoding import CHUNK, encoding_of


@pytest.mark.parametrize(
    ("content", "title"),
    [
        pytest.param(b"", "UTF-8", id="empty"),
        pytest.param(b"name", "UTF-8", id="ASCII"),
        pytest.param("é".encode(), "UTF-8", id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + "é".encode(), "UTF-8", id="UTF-8 with BOM"),
        pytest.param("é".encode("utf-16"), "UTF-16", id="UTF-16"),
        pytest.param("é".encode("cp1252"), "Windows-1252", id="Windows-1252"),
    ],
)
def test_the_encoding_is_found_from_the_bytes(content, title):
    """Byte order mark, else UTF-8, else Windows-1252."""
    assert encoding_of(opened(content)).title == title


def test_windows_1252_shows_its_letters_and_one_line():
    """It never fails, so people must be able to see wrong letters; the log has the letters only."""
    found = encoding_of(opened("id;name\r\n1;Alder\r\n2;Müller é\r\n3;Ärger".encode("cp1252")))

    assert found.letters == "Ä, é, ü"
    assert found.sample == "2;Müller é"


def test_the_sample_line_is_cut():
    """A line may be as long as the file."""
    found = encoding_of(opened(("x" * 500 + "é" + "y" * 500).encode("cp1252")))

    assert found.sample == "x" * 100 + "é" + "y" * 99


@pytest.mark.parametrize("cut", range(4))
def test_a_character_between_two_pieces_of_a_file_is_seen(cut):
    """The file is read in pieces, whose borders have no meaning."""
    before = b"a" * (CHUNK - cut)

    assert encoding_of(opened(before + "木".encode())).title == "UTF-8"
    with pytest.raises(ConfigurationError, match=rf"byte 0xE9 in line 2, at offset {len(before) + 4} "):
        encoding_of(opened(before + "木".encode() + b"\n\xe9"))
    with pytest.raises(ConfigurationError, match="UTF-8 but for byte 0xE9 in line 1, at offset 0 "):
        encoding_of(opened(b"\xe9" + before[1:] + "木".encode()))


def test_a_given_encoding_counts():
    """It is the only way to read encodings that cannot be told from others."""
    assert encoding_of(opened("é".encode()), "windows-1252").title == "Windows-1252"
    assert encoding_of(opened("ł".encode("cp1250")), "cp1250").name == "cp1250"


@pytest.mark.parametrize("given", ["utf-8", "UTF8", "utf_8_sig"])
def test_a_given_encoding_leaves_a_byte_order_mark_out(given):
    """Else the first column would be called like the mark and its name."""
    assert encoding_of(opened(codecs.BOM_UTF8 + b"id"), given).name == "utf-8-sig"


@pytest.mark.parametrize(
    ("content", "given", "name"),
    [
        (codecs.BOM_UTF16_LE + "id".encode("utf-16-le"), "utf-16-le", "utf-16"),
        ("id".encode("utf-16-le"), "utf-16", "utf-16-le"),
        ("id".encode("utf-16-be"), "utf-16-be", "utf-16-be"),
    ],
)
def test_utf_16_is_read_with_and_without_its_mark(content, given, name):
    """Windows leaves the mark out of some files, and its byte order is little-endian."""
    assert encoding_of(opened(content), given).name == name


@pytest.mark.parametrize("given", ["klingon", "rot13", "base64", "idna", "undefined", "a\0b", "\ud800"])
def test_an_encoding_that_nobody_can_read_is_named(given):
    """A spelling mistake must not read like a broken file."""
    with pytest.raises(ConfigurationError, match="is no encoding of files"):
        encoding_of(opened(b"id"), given)


def test_a_given_encoding_that_does_not_fit_says_where():
    """It is not replaced by another one in silence."""
    with pytest.raises(ConfigurationError, match="the file is not UTF-8, because of byte 0xE9 in line 3, at offset 4 "):
        encoding_of(opened(b"a\rb\n\xe9"), "utf-8")
