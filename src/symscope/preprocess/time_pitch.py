"""A window of sound as a picture: time to the right, pitch up; or time against time.

Two views:

- ``pitch``: what sounds when and how high (variable-Q transform: Schörkhuber et al., AES 53, 2014,
  by librosa), partials taken off, so that a note is one spot and not a ladder of them;
- ``similarity``: how alike the sound is at any two moments (Foote, ACM Multimedia 1999).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, median_filter
from skimage.transform import resize

from symscope.errors import Constant, TooSmall
from symscope.io.images import Picture
from symscope.io.paths import NAME_WIDTH, printable
from symscope.io.sounds import LEAST_SECONDS, SoundWindow, Stretch
from symscope.options import SoundView
from symscope.preprocess.repeats import Repeat, best_repeat
from symscope.preprocess.sketch import sketch

RATE = 22_050
"""Samples a second that are looked at: above 6 kHz there is no pitch that music is written in."""

HOP = 512
"""Samples between two frames, 23 ms: the ear parts events about as fine."""

LOWEST, BINS_PER_OCTAVE, BINS = 21, 24, 188
"""MIDI number of the lowest row (A0, 27.5 Hz); two rows a semitone; up to 6.1 kHz."""

EDGE_FRAMES = 22
"""Frames of silence, half a second, put before and after, where the lowest filters reach out."""

SIDE = 256
"""Pixels along a side of the picture."""

SILENT = 1e-4
"""Largest sample below which a window counts as silent: 80 dB below full scale."""

LOUDEST = 0.999
"""Quantile of the magnitudes that becomes white."""

GAMMA = 0.7
"""Exponent from magnitude to grey: between amplitude (1), which hides soft notes, and loudness
(0.6 for a tone: Stevens 1955), which shows their partials."""

STRONG = 0.6
"""Share of the loudest magnitude from which a place counts as a tone: no partial is as strong."""

PARTIALS = (2, 3, 4, 5, 6)
LEAST_RATIO, OVER, MOST_RATIO = 0.15, 1.3, 0.5
"""Of the ratios of partials to tones: the quantile that is taken for the timbre's (what is above
it is another voice), the factor for its spread, and the most: a voice an octave higher that is
louder than half is a voice."""

ENERGY, MARGIN, LEAST_BINS = 0.98, 3, 24
"""Share of the energy that the rows hold, rows beside it, and the fewest rows: an octave."""

LOUD_ROW, STEADY = 0.3, 0.25
"""Share of the loudest row's mean from which rows are asked how steady they are, and the quantile
of what they say: between tones a semitone apart, rows beat."""

SPECKLED = 0.5
"""Largest share of the sketch's rarer colour that a median over DETAIL of its points may change:
the networks do not learn what is more broken up. From a development trial: 0.1 to 0.46 with ten
seconds of notes, 0.5 to 0.9 with twenty and thirty."""

DETAIL = 5
"""Points, of the sketch's 64: a note of half of that is lost."""

BLURS = (2.0, 4.0, 6.0, 8.0, 10.0)
"""Standard deviations, in pixels in time, of the blurs that are tried; in pitch 0.7 of them."""

MANY, SHOWN = 6, 4
"""More repeats than that in a window are too fine for a sketch: the middle so many are shown."""

CLEAR = 0.5
"""Agreement from which a repeat is clear enough to choose what is shown."""

DARK, MIDDLE, LIGHT = (22, 30, 44), (88, 118, 150), (250, 244, 226)
"""Colours of silence, of half and of full loudness."""


@dataclass(frozen=True)
class Heard:
    """What a picture of a sound shows.

    Attributes
    ----------
    view : pitch or similarity
    start, end : seconds from the sound's beginning at the left and right edge
    low, high : MIDI numbers at the lower and upper edge (pitch; else the same seconds)
    repeat : the best repeat in time, from all of the window at full resolution, or None
    flutter : how unsteady the steadier ones of its pitches are: standard deviation over mean of the
        magnitude in time; of noise about 0.52 (Rayleigh's distribution), of a held tone near 0
    """

    view: SoundView
    start: float
    end: float
    low: float
    high: float
    repeat: Repeat | None = None
    flutter: float = 0.0

    @property
    def seconds(self) -> float:
        """Length of what is shown."""
        return self.end - self.start


def time_pitch(window: SoundWindow, view: SoundView = SoundView.PITCH) -> tuple[Picture, Heard]:
    """Draw a window of sound.

    Returns
    -------
    Picture, Heard
        256 × 256 pixels, and where its edges lie.

    Raises
    ------
    TooSmall
        Less than LEAST_SECONDS.
    Constant
        Silence.
    """
    stretch = window.stretch
    samples = _resampled(stretch)
    raw = spectrum(samples)
    magnitude = notes_alone(raw)
    loud = np.clip(magnitude / max(np.quantile(magnitude, LOUDEST), 1e-12), 0, 1) ** GAMMA
    # The rows that hold nearly all of the energy.
    energy = np.cumsum((loud.astype(np.float64) ** (2 / GAMMA)).sum(axis=1))
    shares = np.array([(1 - ENERGY) / 2, (1 + ENERGY) / 2]) * energy[-1]
    low, high = (int(row) for row in np.searchsorted(energy, shares))
    low, high = low - MARGIN, high + 1 + MARGIN
    short = max(0, LEAST_BINS - (high - low))
    low, high = low - short // 2, high + short - short // 2
    low, high = max(0, low), min(len(loud), high)
    pitches = np.asarray(gaussian_filter1d(loud[low:high], 1.0, axis=1))
    step = len(samples) / RATE / loud.shape[1]
    repeat = best_repeat(pitches, step)
    start, end = stretch.start, stretch.end
    if repeat and repeat.agreement >= CLEAR and end - start >= MANY * repeat.period:
        # The middle few of many repeats: the sketch has too few columns for all.
        columns = max(2, round(SHOWN * repeat.period / step))
        left = (pitches.shape[1] - columns) // 2
        pitches = pitches[:, left : left + columns]
        start = start + left * step
        end = start + columns * step
    if view is SoundView.SIMILARITY:
        grey, (lower, upper) = _similarity(pitches), (start, end)
    else:
        grey = _broad(np.asarray(resize(pitches, (SIDE, SIDE), order=1, anti_aliasing=True)))
        lower, upper = (LOWEST + (row - 0.5) * 12 / BINS_PER_OCTAVE for row in (low, high))
    mean = raw.mean(axis=1)
    strong = mean > LOUD_ROW * mean.max()
    flutter = float(np.quantile(raw[strong].std(axis=1) / mean[strong], STEADY))
    grey = np.ascontiguousarray(grey[::-1], np.float32)
    picture = Picture(printable(window.path, NAME_WIDTH), grey, coloured(grey), window.sha256)
    return picture, Heard(view, start, end, lower, upper, repeat, flutter)


def _resampled(stretch: Stretch) -> NDArray[np.float32]:
    """Return the samples at RATE, largest 1; short and silent windows are refused."""
    samples = stretch.samples - stretch.samples.mean(dtype=np.float64)
    seconds = len(samples) / stretch.rate
    if seconds < LEAST_SECONDS:
        raise TooSmall(
            f"found {len(samples)} samples ({seconds:.3g} seconds), expected at least "
            f"{LEAST_SECONDS:g} seconds; give a longer sound"
        )
    peak = float(np.abs(samples).max())
    if peak < SILENT:
        raise Constant(
            "found silence in the mean of its channels: nothing can be learned from it; choose "
            "another part of the sound"
        )
    import librosa

    scaled = (samples / peak).astype(np.float32)
    if stretch.rate == RATE:
        return scaled
    return librosa.resample(scaled, orig_sr=stretch.rate, target_sr=RATE, res_type="soxr_hq")


def spectrum(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how strong each pitch is at each moment, (BINS, frames), lowest pitch first.

    The frames lie symmetrically in the samples, so that a sound in reverse gives them in reverse.
    """
    import librosa

    frames = max(1, (len(samples) - 1) // HOP + 1)
    first = (len(samples) - 1 - (frames - 1) * HOP) // 2
    padded = np.pad(samples, (EDGE_FRAMES * HOP - first, EDGE_FRAMES * HOP))
    lowest = float(librosa.midi_to_hz(LOWEST))
    transform = librosa.vqt(
        padded,
        sr=RATE,
        hop_length=HOP,
        fmin=lowest,
        n_bins=BINS,
        bins_per_octave=BINS_PER_OCTAVE,
    )
    pitches = lowest * 2 ** (np.arange(BINS) / BINS_PER_OCTAVE)
    length, _ = librosa.filters.wavelet_lengths(freqs=pitches, sr=RATE)
    # librosa's response to a tone grows with the root of the filter's length, towards the bass.
    transform = np.abs(transform[:, EDGE_FRAMES : EDGE_FRAMES + frames]) / np.sqrt(length)[:, None]
    return transform.astype(np.float32)


def notes_alone(magnitude: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take off partials: a tone's spectrum is a ladder, and a ladder has no mirror image in pitch.

    How strong the partials are is read off the window itself: no tone has less of a partial than
    the timbre gives to all of them.
    """
    result = magnitude.copy()
    strong = magnitude > STRONG * magnitude.max()
    above: dict[int, float] = {}
    for number in PARTIALS:
        rows = round(BINS_PER_OCTAVE * np.log2(number))
        row, frame = np.nonzero(strong[: len(magnitude) - rows])
        if len(row):
            ratio = magnitude[row + rows, frame] / magnitude[row, frame]
            above[rows] = min(MOST_RATIO, OVER * float(np.quantile(ratio, LEAST_RATIO)))
    # From the lowest row up: what is taken off a partial is no tone with partials of its own.
    for row in range(len(result)):
        for rows, share in above.items():
            if row >= rows:
                result[row] -= share * result[row - rows]
        np.maximum(result[row], 0.0, out=result[row])
    return result


def _broad(grey: NDArray[Any]) -> NDArray[Any]:
    """Blur what is too broken up to be learned: of fast notes, phrases are left."""
    drawn = np.clip(grey, 0, 1).astype(np.float32)
    for blur in BLURS:
        levels = sketch(drawn).levels
        rarer = min(levels.mean(), 1 - levels.mean())
        if (median_filter(levels, DETAIL) != levels).mean() <= SPECKLED * rarer:
            break
        blurred = np.asarray(gaussian_filter(grey, (0.7 * blur, blur)))
        drawn = np.clip(blurred / max(float(blurred.max()), 1e-9), 0, 1).astype(np.float32)
    return drawn


def _similarity(pitches: NDArray[Any]) -> NDArray[np.float32]:
    """Compare all moments with all: cosines, from the least to the most alike as 0 … 1."""
    columns = np.asarray(resize(pitches, (len(pitches), SIDE), order=1, anti_aliasing=True))
    length = np.linalg.norm(columns, axis=0)
    unit = columns / np.maximum(length, 1e-3 * length.max())
    alike = unit.T @ unit
    low, high = float(alike.min()), float(alike.max())
    return ((alike - low) / max(high - low, 1e-9)).astype(np.float32)


def coloured(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colour loudness (R, C), 0 … 1, for the eye: dark where it is silent.

    >>> coloured(np.array([[0.0, 1.0]], np.float32)).tolist()
    [[[22, 30, 44], [250, 244, 226]]]
    """
    stops = np.array([DARK, MIDDLE, LIGHT], np.float64)
    channels = [np.interp(grey, (0.0, 0.5, 1.0), stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
