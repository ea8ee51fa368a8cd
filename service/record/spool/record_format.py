"""Format of spool files: records lie one behind the other, and are found again if some bytes are damaged or missing."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from mmap import mmap
from zlib import crc32

MARK = b"\xe5SP1"
"""Begins every record. UTF-8 text is free of these bytes, so only a real beginning is taken for one."""
HEADER = struct.Struct(">4sII")
"""Mark, length of the payload, CRC-32 of length and payload."""
LENGTH = struct.Struct(">I")


class PartKind(StrEnum):
    WHOLE = "whole"
    DAMAGED = "damaged"
    """Bytes of a record that was whole once, or other bytes in its place."""
    TORN = "torn"
    """End of a file whose process died while it wrote. The record was never acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPart:
    """Bytes of a file, end exclusive."""

    kind: PartKind
    start: int
    end: int


def framed(payload: bytes) -> bytes:
    """Build a record that can be told from all other bytes. `payload` is UTF-8."""
    return HEADER.pack(MARK, len(payload), checksum(payload)) + payload


def find_payload(record: bytes) -> bytes | None:
    """Return the payload of a record, or `None` if the record is damaged."""
    return record[HEADER.size :] if end_of_whole(record, 0) == len(record) else None


def parts(data: bytes | mmap) -> Iterator[RecordPart]:
    """Split a file into its parts, from beginning to end."""
    place = 0
    while place < len(data):
        end = end_of_whole(data, place)
        kind = PartKind.WHOLE
        if end is None:
            end = next_whole(data, place + 1)
            kind = PartKind.DAMAGED
        if end is None:
            claimed = claimed_end(data, place)
            kind = PartKind.TORN if claimed is None or claimed > len(data) else PartKind.DAMAGED
            end = len(data)
        yield RecordPart(kind=kind, start=place, end=end)
        place = end


def checksum(payload: bytes) -> int:
    return crc32(payload, crc32(LENGTH.pack(len(payload))))


def claimed_end(data: bytes | mmap, place: int) -> int | None:
    """Return the end that a record at `place` claims, or `None` if `place` has no header."""
    header = data[place : place + HEADER.size]
    if len(header) < HEADER.size or not header.startswith(MARK):
        return None
    length: int = HEADER.unpack(header)[1]
    return place + HEADER.size + length


def end_of_whole(data: bytes | mmap, place: int) -> int | None:
    end = claimed_end(data, place)
    if end is None or end > len(data):
        return None
    payload = data[place + HEADER.size : end]
    return end if HEADER.unpack(data[place : place + HEADER.size])[2] == checksum(payload) else None


def next_whole(data: bytes | mmap, place: int) -> int | None:
    while (place := data.find(MARK, place)) >= 0:
        if end_of_whole(data, place) is not None:
            return place
        place += 1
    return None
