"""Inputs made of others: cut, joined, repeated, damaged. The same seed makes the same inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

LONGEST: Final = 2_000
MOST_CHANGES: Final = 4
ODD: Final = (
    b"", b"\0", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae",
    b"\xcc\x81", b"\xc4\xb0", b"\xef\xbc\xa0", b"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", b"\\ud800",
    b"\\u0000", b"\n", b"\r\n", b"{", b"}", b"[", b"]", b'"', b":", b",", b"\t", b"- ", b"&a", b"*a", b"<<: ", b"!!",
    b"|", b"1e999", b"-1", b"9" * 30, b"0x7f", b"NaN", b"null", b"true", b"=", b"t=", b"v1=", b"@", b".", b" at ",
    b" dot ", b"+44 ", b"<email>", b"<name>", b"4111 1111 1111 1111", b"my name is ", b"Kind regards,\n",
    b"On 4 May wrote:", b"> ", b"-----",
)  # fmt: skip


def inputs(corpus: Sequence[bytes], random: Random, count: int) -> Iterator[bytes]:
    """As many as asked for; the corpus itself comes first."""
    for number in range(count):
        if number < len(corpus):
            yield corpus[number]
        else:
            yield changed(random.choice(corpus), corpus, random)


def changed(content: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    for _ in range(random.randint(1, MOST_CHANGES)):
        start = random.randint(0, len(content))
        end = min(len(content), start + random.choice((0, 1, 2, 8, 40)))
        match random.randrange(6):
            case 0:
                piece = random.choice(ODD)
            case 1:
                piece = random.randbytes(random.randint(1, 4))
            case 2:
                piece = content[start:end] * random.randint(2, 30)
            case 3:
                other = random.choice(corpus)
                place = random.randint(0, len(other))
                piece = other[place : place + random.randint(1, 60)]
            case 4:
                piece = bytes([byte ^ 1 << random.randrange(8) for byte in content[start:end]])
            case _:
                piece = b""
        content = (content[:start] + piece + content[end:])[:LONGEST]
    return content
