"""
Which encoding the bytes of a text file are in.

A byte order mark decides; without one, a file is UTF-8 if all of it is. Windows-1252 is taken only where nothing in the
file looks like UTF-8, for almost any bytes can be read as Windows-1252, and wrong letters are no error there.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from upflow_provider.errors import ConfigurationError

OpenFile = Callable[[], BinaryIO]
"""Opens a file from its beginning; it is called more than once."""
CHUNK = 1 << 18
"""Bytes that are read at a time."""
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""Byte order marks, and Python's names of the encodings that begin with them and leave them out of the text."""
MARKS_OF_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
MARKED = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
"""Encodings whose files may begin with a byte order mark, and those that leave it out of the text."""
WINDOWS = "cp1252"
TITLES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    WINDOWS: "Windows-1252",
}
"""Names for people."""
MULTI_BYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]"
    rb"|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}"
)
"""A character beyond ASCII in UTF-8 (https://www.rfc-editor.org/rfc/rfc3629#section-4)."""
MULTI_BYTE_LENGTH_MAX = 4
UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""Bytes that Windows-1252 leaves undefined."""
BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
ASCII = bytes(range(128))
LINE_END = re.compile(r"[\r\n]")
LINE_END_BYTE = re.compile(rb"[\r\n]")
SAMPLE_MAX = 100
"""Bytes of the sample line before and after its first character beyond ASCII."""
REMEDY = "Save the file as UTF-8, or set the encoding that it has"
EXAMPLES = "set utf-8, utf-16-le or windows-1252, for example"


@dataclass(frozen=True, slots=True)
class FoundEncoding:
    """
    The encoding of a file.

    Attributes:
        name: Python's name of it, which leaves out a byte order mark.
        has_nul: Whether the text has a NUL character.
        longest: Characters of its longest line, of those lines that are longer than `CHUNK`.
        letters: The characters beyond ASCII of a file that is taken for Windows-1252, such as ``é, ü``.
        sample: A line of that file with such a character, for people to check; it may be personal data, so that no
            log must show it.
    """

    name: str
    has_nul: bool = False
    longest: int = 0
    letters: str = ""
    sample: str = ""

    @property
    def title(self) -> str:
        """Its name for people."""
        return _title(self.name)


def encoding_of(open_file: OpenFile, given: str | None = None) -> FoundEncoding:
    """
    Return the encoding of a file, after all of it was read once, in constant memory.

    Args:
        open_file: Opens the file.
        given: Its encoding, if that is known; it must fit.

    Raises:
        ConfigurationError: No encoding of that name exists, or a byte does not fit; the message says where.
    """
    with open_file() as file:
        start = file.read(4)
    marked = next((name for mark, name in MARKS if start.startswith(mark)), "")
    if start in MARKS_OF_UTF_32 and not given:
        raise ConfigurationError(f"the file is in UTF-32, which few programs read. {REMEDY}")
    name = _known(given, marked) if given else marked or "utf-8"
    try:
        return _fitting(open_file, name)
    except _BrokenError as broken:
        if given or marked:
            raise _error(open_file, name, broken, f"the file is not {_title(name)}, because of") from None
        return _windows(open_file, broken)


class _BrokenError(Exception):
    """A byte does not fit an encoding; *offset* counts bytes from 0."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def _known(given: str, marked: str) -> str:
    """Return Python's name of an encoding of text, given the one that the file's byte order mark names."""
    try:
        name = codecs.lookup(given).name
        "".encode(name)  # refuses codecs that are not for text
        codecs.getincrementaldecoder(name)("replace").decode(b"a")  # as `_error` does
    except (LookupError, ValueError):
        raise ConfigurationError(f"encoding: {given!r} is no encoding of files; {EXAMPLES}") from None
    if marked and MARKED.get(name) == marked:
        return marked
    return "utf-16-le" if name == "utf-16" and not marked else name  # Windows leaves the mark out of such files


def _title(name: str) -> str:
    return TITLES.get(name, name)


def _fitting(open_file: OpenFile, name: str) -> FoundEncoding:
    """Return an encoding if all of a file fits it, with what the text of the file shows."""
    has_nul, longest, since_end = False, 0, 0
    for text in _texts(open_file, name):
        has_nul = has_nul or "\0" in text
        end = LINE_END.search(text)
        longest = max(longest, since_end + (end.start() if end else len(text)))
        since_end = len(text) - max(text.rfind("\n"), text.rfind("\r")) - 1 if end else since_end + len(text)
    return FoundEncoding(name, has_nul, longest)


def _texts(open_file: OpenFile, name: str) -> Iterator[str]:
    """Yield the text of a file piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8" if name == "utf-8-sig" else name)()
    done = 0
    for chunk in _chunks(open_file):
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            raise _BrokenError(done - waiting + getattr(error, "start", 0)) from None
        yield text
        done += len(chunk)


def _chunks(open_file: OpenFile) -> Iterator[bytes]:
    """Yield the bytes of a file piece by piece, and an empty piece in the end."""
    with open_file() as file:
        while chunk := file.read(CHUNK):
            yield chunk
    yield b""


@dataclass(slots=True)
class _Scan:
    """What the bytes of a file that is not UTF-8 show."""

    is_like_utf_8: bool = False
    undefined: int | None = None
    letters: set[int] = field(default_factory=set)
    sample: bytes = b""

    def add(self, chunk: bytes, before: bytes, offset: int) -> None:
        """Look into a piece of the file, given the bytes just before it and the offset of its first one."""
        self.is_like_utf_8 = self.is_like_utf_8 or MULTI_BYTE.search(before + chunk) is not None
        self.letters.update(chunk.translate(None, delete=ASCII))
        if self.undefined is None and (found := UNDEFINED.search(chunk)):
            self.undefined = offset + found.start()
        if not self.sample and (found := BEYOND_ASCII.search(chunk)):
            before, after = chunk[: found.start()][-SAMPLE_MAX:], chunk[found.start() :][:SAMPLE_MAX]
            self.sample = LINE_END_BYTE.split(before)[-1] + LINE_END_BYTE.split(after)[0]


def _windows(open_file: OpenFile, broken: _BrokenError) -> FoundEncoding:
    """Return Windows-1252 if a file can be nothing else."""
    scan, before, offset = _Scan(), b"", 0
    for chunk in _chunks(open_file):
        scan.add(chunk, before, offset)
        before, offset = (before + chunk)[1 - MULTI_BYTE_LENGTH_MAX :], offset + len(chunk)
    if scan.is_like_utf_8:
        raise _error(open_file, "utf-8", broken, "the file is UTF-8 but for")
    if scan.undefined is not None:
        at = _BrokenError(scan.undefined)
        raise _error(open_file, WINDOWS, at, "the file is neither UTF-8 nor Windows-1252, because of")
    letters = bytes(sorted(scan.letters)).decode(WINDOWS)
    shown = ", ".join(each for each in letters if each.isprintable())
    return replace(_fitting(open_file, WINDOWS), letters=shown, sample=scan.sample.decode(WINDOWS))


def _error(open_file: OpenFile, name: str, broken: _BrokenError, what: str) -> ConfigurationError:
    """Return an error that says where the file is broken; the bytes up to there are read once more."""
    decoder = codecs.getincrementaldecoder(name)(errors="replace")
    newlines, line, left = io.IncrementalNewlineDecoder(decoder, translate=True), 1, broken.offset
    byte = b""
    for chunk in _chunks(open_file):
        line += newlines.decode(chunk[:left]).count("\n")
        byte = chunk[left : left + 1]
        left -= len(chunk)
        if left < 0:
            break
    shown = f"byte 0x{byte.hex().upper()}" if byte else "its end"
    return ConfigurationError(f"{what} {shown} in line {line}, at offset {broken.offset} (from 0). {REMEDY}")
