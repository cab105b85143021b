"""Builders of sound files that are damaged, or claim what they do not hold; all are small."""

import io
import struct
from collections.abc import Callable

import numpy as np
import soundfile

RATE = 8000
TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)


def written(samples: np.ndarray, kind: str = "WAV", rate: int = RATE, coding: str | None = None):
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format=kind, subtype=coding)
    return stream.getvalue()


def wav(
    data: bytes, *, rate: int = RATE, channels: int = 1, bits: int = 16, **claims: int
) -> bytes:
    """A RIFF file by hand; ``claims`` may give other lengths (``riff``, ``size``) than it has."""
    width = channels * bits // 8
    header = struct.pack(
        "<HHIIHH",
        claims.get("coding", 1),
        channels,
        rate,
        rate * width & 0xFFFFFFFF,
        width & 0xFFFF,
        bits,
    )
    body = b"WAVEfmt " + struct.pack("<I", len(header)) + header
    body += b"data" + struct.pack("<I", claims.get("size", len(data))) + data
    return b"RIFF" + struct.pack("<I", claims.get("riff", len(body))) + body


def cut(data: bytes, share: float) -> bytes:
    return data[: round(share * len(data))]


def overwritten(data: bytes, seed: int = 0) -> bytes:
    """Replace one byte in twenty, behind the header, by chance."""
    rng = np.random.default_rng(seed)
    changed = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(200, len(changed), len(changed) // 20)
    changed[places] = rng.integers(0, 256, len(places))
    return changed.tobytes()


def not_finite(value: float) -> bytes:
    samples = TONE.copy()
    samples[4000] = value
    return written(samples, coding="FLOAT")


BAD: dict[str, Callable[[], bytes]] = {
    "empty.wav": lambda: b"",
    "text.wav": lambda: b"dear sound,\nthis is a letter\n",
    "picture.mp3": lambda: b"GIF89a" + bytes(50),
    "header_only.wav": lambda: wav(b"")[:20],
    "no_samples.wav": lambda: wav(b""),
    "one_sample.wav": lambda: wav(b"\1\0"),
    "tenth_of_a_second.wav": lambda: written(TONE[:800]),
    "silence.wav": lambda: written(np.zeros(RATE)),
    "direct_current.wav": lambda: written(np.full(RATE, 0.5)),
    "nan.wav": lambda: not_finite(np.nan),
    "infinity.wav": lambda: not_finite(np.inf),
    "no_rate.wav": lambda: wav(TONE.tobytes(), rate=0),
    "eleven_a_second.wav": lambda: wav(bytes(2000), rate=11),
    "billions_a_second.wav": lambda: wav(bytes(2000), rate=4_000_000_000),
    "no_channels.wav": lambda: wav(bytes(2000), channels=0),
    "thousand_bits.wav": lambda: wav(bytes(2000), bits=1000),
    "unknown_coding.wav": lambda: wav(bytes(2000), coding=0x7777),
    "huge_claim_no_data.wav": lambda: wav(b"", riff=0xFFFFFFFF, size=0xFFFFFFF0),
    "magic_only.flac": lambda: b"fLaC",
    "magic_only.ogg": lambda: b"OggS" + bytes(40),
    "magic_only.mp3": lambda: b"ID3\4\0\0\0\0\0\0",
    "magic_only.aiff": lambda: b"FORM\0\0\0\4AIFF",
    "cut.flac": lambda: cut(written(TONE, "FLAC"), 0.02),
}
"""Files without a sound in them that could be scored."""

ODD: dict[str, Callable[[], bytes]] = {
    "huge_claim.wav": lambda: wav(written(TONE)[44:], riff=0xFFFFFFFF, size=0xFFFFFFF0),
    "thirty_two_channels.wav": lambda: written(np.repeat(TONE[:, None], 32, axis=1)),
    "odd_rate.wav": lambda: written(np.tile(TONE, 5), rate=37117),
    "high_rate.wav": lambda: written(np.tile(TONE, 24), rate=192_000),
    "eight_bits.wav": lambda: written(TONE, coding="PCM_U8"),
    "loud_floats.wav": lambda: written(1e30 * TONE, coding="FLOAT"),
    "half.wav": lambda: cut(written(TONE), 0.7),
    "half.mp3": lambda: cut(written(np.tile(TONE, 4), "MP3"), 0.7),
    "overwritten.mp3": lambda: overwritten(written(np.tile(TONE, 4), "MP3")),
    "overwritten.flac": lambda: overwritten(written(np.tile(TONE, 4), "FLAC")),
    "overwritten.ogg": lambda: overwritten(written(np.tile(TONE, 4), "OGG")),
    "aiff_that_is_wav": lambda: written(TONE),
}
"""Unusual and damaged files that may be heard in part, or refused."""
