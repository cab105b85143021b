"""Evidence of all candidates → which symmetry a picture has, with what probability.

A conditional logit (McFadden 1974): one small network looks at each candidate's evidence and gives
its odds against no symmetry, 1; over all candidates and no symmetry the odds become probabilities.
A class has the sum of its candidates' probabilities, so what is named is always a candidate, with
its place. Several networks vote. What the picture shows, what the hidden layer shows, and both
together have each a classifier of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import NAMED_FROM, WEIGHTS, load_cards, read_weights
from symscope.elements.element import Element
from symscope.elements.evidence import (
    ALIKE,
    CONTEXT,
    NUMBERS,
    OF_LAYER,
    OF_LEVELS,
    OF_PICTURE,
    RIVALS,
    Evidence,
)
from symscope.errors import UsageError, WeightsRejected, among
from symscope.groups import CLASSES, EXTENDED, Symmetry

Floats = NDArray[np.float64]

SOURCES = ("both", "hidden", "pixels")
"""What evidence is read: the picture's and the hidden layer's, or one of them alone."""

OF_DIMENSION = {1: "evidence-signal", 2: "evidence", 3: "evidence-volume"}
"""How names of weights begin."""

WIDTH, MEMBERS = 48, 4
"""Neurons of each hidden layer, and networks that vote."""

NULLS = 512
"""What is kept, of each class, of pictures without it: how far the odds of its best candidate lie
from what those of a picture of their kind are expected to be."""

USUAL = 2.0
"""A kind further from the mean of all, in deviations, counts as that far."""

REACH = 6.0
"""Evidence further from its mean, in deviations, counts as that far."""

LEAST_ODDS = -12.0
"""Logarithm of the odds below which all count as that low, and of what has no candidate."""

MANY = 100
"""Periods that are told from fewer."""

LEAST_LACK = 0.003
"""An agreement is told from 1 up to this."""


def _lack(agreement: Floats) -> Floats:
    """Spread out agreements near 1, where exact and nearly exact are told apart."""
    return -np.log(np.clip(1 - agreement, LEAST_LACK, 2))


def inputs(of: Evidence, source: str, dimension: int = 2) -> Floats:
    """Arrange the evidence of one source as the classifier takes it → (candidates, inputs)."""
    value = dict(zip(NUMBERS, of.numbers.T, strict=True))
    # Of what hardly varies, networks explain anything between all and less than nothing.
    context = dict(zip(CONTEXT, of.context.clip(-1, 1), strict=True))
    symmetries = [s for s in CLASSES[dimension] if s is not Symmetry.NONE]
    kinds = np.array([[c.symmetry is s for s in symmetries] for c in of.candidates], float)
    kinds = kinds.reshape(-1, len(symmetries))
    vectors = [sum(e.vector is not None for e in c.elements) for c in of.candidates]
    plane = dimension == 2
    columns = [*kinds.T, np.array([c.order for c in of.candidates]) / 8]
    columns += [np.log1p(np.minimum(value["periods"], MANY)), np.array(vectors, float)]

    def best(agreement: Floats) -> list[Floats]:
        """The best that each class reaches, the same for all candidates."""
        return [
            np.full(
                len(kinds),
                max((a for a, k in zip(_lack(agreement), of_kind, strict=True) if k), default=0.0),
            )
            for of_kind in kinds.T
        ]

    if source in ("both", "pixels"):
        least, high, detail = value["least"], value["high_pass"], value["detail"]
        there = np.maximum(least, value["even_light"])
        columns += [value[name] for name in OF_PICTURE if plane or name not in ALIKE]
        columns += [_lack(least), _lack(there), there, _lack(high)]
        for view, agreement in (("picture", least), ("high_pass", high), ("detail", detail)):
            columns += [agreement - value[f"{view}_{rival}"] for rival in RIVALS]
        columns += [value["picture_kind"], value["picture_other"], *best(there), *best(detail)]
        columns += [value["worst_part"], value["best_part"]]
        known = (
            "near",
            "nearer",
            "far",
            "retained_variance",
            *(OF_LEVELS if plane else ()),
        )
        columns += [np.full(len(kinds), context[n]) for n in known]
    if source in ("both", "hidden"):
        realised, detail = value["layer_least"], value["layer_detail"]
        of_layer = (n for n in OF_LAYER if plane or n.removeprefix("layer_") not in ALIKE)
        columns += [value[name] for name in of_layer]
        columns += [_lack(realised), _lack(detail)]
        for view, agreement in (("layer", realised), ("layer_detail", detail)):
            columns += [agreement - value[f"{view}_{rival}"] for rival in RIVALS]
            columns += [value[f"{view}_{rival}"] for rival in RIVALS]
        columns += [*best(realised), *best(detail)]
        columns += [np.full(len(kinds), context["explained_variance"])]
    return np.stack(columns, axis=1)


_REACHED: dict[str, tuple[str, ...]] = {"pixels": ("high_pass",), "hidden": ("layer_least",)}
_REACHED["both"] = (*_REACHED["pixels"], *_REACHED["hidden"])


def _looks(source: str, dimension: int) -> tuple[str, ...]:
    """Name what of CONTEXT says of what kind a picture, a signal or a volume is."""
    of_picture = ("even", "peaked") if source != "hidden" and dimension == 2 else ()
    return (*of_picture, *(("explained_variance",) if source != "pixels" else ()))


def kind(of: Evidence, source: str, dimension: int = 2) -> Floats:
    """Say of what kind a picture is → (K,): flat or not, how easily learned, what classes reach."""
    known = [of.context[CONTEXT.index(name)].clip(-1, 1) for name in _looks(source, dimension)]
    own = np.array([candidate.symmetry for candidate in of.candidates])
    reached = [
        of.column(name)[own == symmetry].max(initial=0.0)
        for name in _REACHED[source]
        for symmetry in CLASSES[dimension]
    ]
    return np.array([*known, *reached], np.float64)


def explaining(symmetry: Symmetry, source: str, dimension: int = 2) -> NDArray[np.bool_]:
    """Say which numbers of a kind, (K,), may explain the odds of a class where it is not.

    Not what the class itself reaches, or one that it contains or is contained in.
    """
    unrelated = [
        not (symmetry.contains(other) or other.contains(symmetry)) for other in CLASSES[dimension]
    ]
    return np.array([*(True,) * len(_looks(source, dimension)), *unrelated * len(_REACHED[source])])


def of_kinds(kinds: Floats, mean: NDArray[Any], deviation: NDArray[Any]) -> Floats:
    """Arrange kinds (…, K) for a regression on them and on their squares → (…, 1 + 2 K)."""
    usual = np.clip((kinds - mean) / deviation, -USUAL, USUAL)
    return np.concatenate([np.ones((*usual.shape[:-1], 1)), usual, usual**2 - 1], axis=-1)


@dataclass(frozen=True)
class Reading:
    """What a classifier reads from a picture's evidence.

    Attributes
    ----------
    candidates : (C,), probability of each
    none : probability that there is no symmetry
    odds : (C,), logarithms of each candidate's odds against no symmetry
    """

    candidates: Floats
    none: float
    odds: Floats


def shares_of(odds: Floats) -> Floats:
    """Turn odds against no symmetry, of members (M, C), into mean probabilities, none last."""
    every = np.concatenate([odds, np.zeros((len(odds), 1))], axis=1)
    every = np.exp(every - every.max(axis=1, keepdims=True))
    return np.asarray((every / every.sum(axis=1, keepdims=True)).mean(axis=0), np.float64)


@dataclass(frozen=True)
class EvidenceClassifier:
    """Networks that vote on candidates, and what pictures without symmetry reach.

    Attributes
    ----------
    source : one of SOURCES
    arrays : weights by name, as they are stored
    sha256 : checksum of their file
    dimension : D of what is judged, which has the classes CLASSES[D]
    """

    source: str
    arrays: dict[str, NDArray[np.float32]]
    sha256: str = ""
    dimension: int = 2

    def odds(self, values: Floats) -> Floats:
        """Score inputs (…, D) → logarithms of odds against no symmetry (members, …)."""
        at = self.arrays
        x = np.clip((values - at["mean"]) / at["deviation"], -REACH, REACH)
        votes = []
        for member in range(len(at["weights_1"])):
            hidden = x
            for layer in (1, 2):
                hidden = hidden @ at[f"weights_{layer}"][member] + at[f"biases_{layer}"][member]
                hidden = hidden / (1 + np.exp(-1.702 * hidden))
            votes.append(hidden @ at["weights_3"][member] + at["biases_3"][member])
        return (np.stack(votes)[..., 0] + float(at["shift"][0])) / float(at["temperature"][0])

    def read(self, of: Evidence) -> Reading:
        """Read the evidence of one picture."""
        if not of.candidates:
            return Reading(np.zeros(0), 1.0, np.zeros(0))
        odds = self.odds(inputs(of, self.source, self.dimension))
        shares = shares_of(odds)
        return Reading(shares[:-1], float(shares[-1]), odds.mean(axis=0))

    def chance(self, symmetry: Symmetry, odds: float, of_kind: Floats) -> float:
        """Say how often the best candidate of a class reaches such odds where its symmetry is not.

        Of pictures of this ``kind`` that have a candidate. Odds where a symmetry is not follow a
        regression on the kind, of their mean and of their spread (multiplicative
        heteroscedasticity: Harvey, Econometrica 44 (1976) 461); what it leaves is counted. Beyond
        the highest, the tail falls as over the last tenth.

        Parameters
        ----------
        odds : logarithm, of the best candidate of the class
        of_kind : (K,), the picture's ``kind``
        """
        at, number = self.arrays, CLASSES[self.dimension].index(symmetry)
        row = of_kinds(of_kind, at["null_mean"], at["null_deviation"])
        expected, spread = row @ at["null_expected"][number], row @ at["null_spread"][number]
        away = (max(odds, LEAST_ODDS) - float(expected)) / float(np.exp(spread))
        nulls = at["null_away"][number].astype(np.float64)
        if away <= nulls[-1]:
            below = np.searchsorted(nulls, away, "left") + np.searchsorted(nulls, away, "right")
            return float(1 - below / (2 * NULLS))
        tail = nulls[-(NULLS // 10) :]
        fall = max(float(nulls[-1] - tail[0]) / np.log(2 * len(tail)), 0.1)
        return float(np.exp(-(away - nulls[-1]) / fall) / (2 * NULLS))


def probabilities(
    of: Evidence, reading: Reading, classes: Sequence[Symmetry] = EXTENDED
) -> dict[Symmetry, float]:
    """Sum the candidates' probabilities over each class; of five classes, over what each holds."""
    result = dict.fromkeys(classes, 0.0)
    result[Symmetry.NONE] = reading.none
    for candidate, share in zip(of.candidates, reading.candidates, strict=True):
        result[counted_as(candidate.symmetry, classes)] += float(share)
    return result


def counted_as(symmetry: Symmetry, classes: Sequence[Symmetry]) -> Symmetry:
    """Say as what a class counts where it is not told apart: a rosette as a mirror, a turn as none.

    >>> print(counted_as(Symmetry.DIHEDRAL, (Symmetry.NONE, Symmetry.MIRROR)))
    Z_2
    """
    if symmetry in classes:
        return symmetry
    return Symmetry.MIRROR if symmetry is Symmetry.DIHEDRAL else Symmetry.NONE


def named(chances: Mapping[Symmetry, float]) -> Symmetry:
    """Name the likeliest class, or none where it is likelier or may well be (NAMED_FROM)."""
    best = max((s for s in chances if s is not Symmetry.NONE), key=lambda s: chances[s])
    none = chances[Symmetry.NONE]
    return best if 1 - none >= NAMED_FROM and chances[best] >= none else Symmetry.NONE


@dataclass(frozen=True)
class Judgement:
    """What a picture's evidence comes to.

    Attributes
    ----------
    label : its class
    probabilities, probabilities_sd : of each class, and their deviation between halves of the
        networks; of one network none
    symmetry, symmetry_sd : 1 - P(∅)
    there, realised : agreement of the picture and of the hidden layer under the label's symmetry
        (of none: under the nearest), the least over its moves, of a lattice in the layer without
        its slow changes; None without a layer
    chance : how often a picture without it shows as much evidence for it
    chances : the same of each class's likeliest candidate
    by_half : (2, classes), the probabilities that each half of the networks gives
    elements : those that carry the label
    nearly : the likeliest of other kinds
    nearest : of none, the class of the likeliest candidate, and the elements that carry it
    """

    label: Symmetry
    probabilities: dict[str, float]
    probabilities_sd: dict[str, float]
    symmetry: float
    symmetry_sd: float | None
    there: float | None
    realised: float | None
    chance: float | None
    chances: dict[str, float]
    by_half: NDArray[np.float32]
    elements: tuple[Element, ...]
    nearly: tuple[Element, ...]
    nearest: tuple[Symmetry, tuple[Element, ...]] | None


LEADING, UNSURE = 8, (0.1, 0.9)
"""Candidates that halves of the networks are asked about; and symmetries between which they are
asked about all, their own and what rivals reach among them: on drawn pictures the leading ones
alone said 0.002 where seeds differ by 0.012."""

WIDER = 0.1
"""Agreement that a second period may lack of the first."""

NEARLY = 0.5
"""Agreement from which what is not there is listed as nearly there."""


def judge(
    of: Evidence,
    classifier: EvidenceClassifier,
    halves: Sequence[Callable[[Evidence, Sequence[int] | None], Evidence]] = (),
    classes: Sequence[Symmetry] | None = None,
) -> Judgement:
    """Weigh the evidence of one input.

    Parameters
    ----------
    halves : what the first and the second half of the networks make of some candidates, or (None)
        of the input, with candidates of their own
    classes : those that are told apart, if not all
    """
    every = CLASSES[classifier.dimension]
    classes = classes or every
    reading = classifier.read(of)
    chances = probabilities(of, reading, classes)
    # Where fewer are told apart, the answer is that of all classes, in coarser words.
    own = named(probabilities(of, reading, every))
    label = counted_as(own, classes)
    sure = not UNSURE[0] < 1 - reading.none < UNSURE[1]
    asked = np.argsort(-reading.odds)[:LEADING].tolist() if sure else None
    seen = [half(of, asked) for half in halves]
    others = [probabilities(each, classifier.read(each), classes) for each in seen]
    sds = {str(s): float(np.std([o[s] for o in others])) for s in classes if others}

    # The best candidate of each class, the label's first.
    best: dict[Symmetry, int] = {}
    for number in np.argsort(-reading.odds):
        best.setdefault(of.candidates[number].symmetry, int(number))
    there = np.maximum(of.column("least"), of.column("even_light"))
    repeated = [candidate.symmetry is Symmetry.REPEATED for candidate in of.candidates]
    in_layer = np.where(repeated, of.column("layer_periods"), of.column("layer_least"))
    realised = [float(v) for v in in_layer]
    if not of.has_layer:
        realised = [None] * len(realised)
    elif classifier.dimension != 2:
        realised = [max(c.elements, key=lambda e: e.pixels).hidden for c in of.candidates]
    of_kind = kind(of, classifier.source, classifier.dimension)
    by_chance = {s: classifier.chance(s, float(reading.odds[n]), of_kind) for s, n in best.items()}
    if Symmetry.REPEATED in best:
        best[Symmetry.REPEATED] = _widest(of, there, best[Symmetry.REPEATED])

    def told(number: int) -> tuple[Element, ...]:
        candidate = of.candidates[number]
        values: dict[str, Any] = {"chance": by_chance[candidate.symmetry]}
        if classifier.dimension == 2:
            # The group as a whole was compared; in signals and volumes, each element by itself.
            share = float(of.column("overlap")[number])
            values |= {"pixels": float(there[number]), "hidden": realised[number], "overlap": share}
        return tuple(replace(item, **values) for item in candidate.elements)

    chosen = None if label is Symmetry.NONE else best[own]
    top = chosen if chosen is not None else next(iter(best.values()), None)
    elements = told(chosen) if chosen is not None else ()
    nearest = None
    if label is Symmetry.NONE and top is not None:
        nearest = of.candidates[top].symmetry, told(top)
    listed = {(item.kind, item.order, item.centre) for item in elements}
    nearly = []
    for symmetry, number in best.items():
        if label.contains(symmetry) or there[number] < NEARLY:
            continue
        # A rosette whose turn is there lacks its mirrors.
        lacking = [i for i in told(number) if (i.kind, i.order, i.centre) not in listed]
        nearly += lacking[:1]
    return Judgement(
        label=label,
        probabilities={str(s): p for s, p in chances.items()},
        probabilities_sd=sds,
        symmetry=1 - chances[Symmetry.NONE],
        symmetry_sd=sds.get(str(Symmetry.NONE)),
        there=None if top is None else float(there[top]),
        realised=None if top is None else realised[top],
        chance=None if top is None else by_chance[of.candidates[top].symmetry],
        chances={str(symmetry): chance for symmetry, chance in by_chance.items()},
        by_half=np.array([[o[s] for s in classes] for o in others], np.float32).reshape(
            -1, len(classes)
        ),
        elements=elements,
        nearly=tuple(nearly),
        nearest=nearest,
    )


def _widest(of: Evidence, there: Floats, best: int) -> int:
    """Find the lattice of most periods that is nearly as well there as the likeliest."""
    every = [
        number
        for number, candidate in enumerate(of.candidates)
        if candidate.symmetry is Symmetry.REPEATED and there[number] >= there[best] - WIDER
    ]
    return max(every, key=lambda number: (len(of.candidates[number].elements), number == best))


def array_shapes(source: str, dimension: int = 2) -> dict[str, tuple[int, ...]]:
    """Name the arrays of a classifier, with their shapes."""
    empty = Evidence((), np.zeros((0, len(NUMBERS))), np.zeros(len(CONTEXT)))
    size, classes = inputs(empty, source, dimension).shape[1], len(CLASSES[dimension])
    kinds = len(kind(empty, source, dimension))
    return {
        "mean": (size,),
        "deviation": (size,),
        "weights_1": (MEMBERS, size, WIDTH),
        "biases_1": (MEMBERS, WIDTH),
        "weights_2": (MEMBERS, WIDTH, WIDTH),
        "biases_2": (MEMBERS, WIDTH),
        "weights_3": (MEMBERS, WIDTH, 1),
        "biases_3": (MEMBERS, 1),
        "shift": (1,),
        "temperature": (1,),
        "null_mean": (kinds,),
        "null_deviation": (kinds,),
        "null_expected": (classes, 1 + 2 * kinds),
        "null_spread": (classes, 1 + 2 * kinds),
        "null_away": (classes, NULLS),
    }


def evidence_name(source: str, dimension: int = 2) -> str:
    """Name the weights of a source, as their card does.

    >>> evidence_name("both"), evidence_name("hidden", 3)
    ('evidence-both', 'evidence-volume-hidden')
    """
    return f"{OF_DIMENSION[dimension]}-{source}"


@cache
def load_evidence_classifier(
    source: str, dimension: int = 2, folder: Path = WEIGHTS
) -> EvidenceClassifier:
    """Load a classifier of evidence after checking that it is the one its card describes.

    Raises
    ------
    UsageError
        For an unknown source.
    WeightsRejected
        If size, checksum, names, shapes or values differ from the card's.
    """
    if source not in SOURCES:
        raise UsageError(f"found evidence {source!r}, expected {among(source, SOURCES)}")
    name = evidence_name(source, dimension)
    card = load_cards(folder).get(name)
    sha256 = card.get("sha256") if isinstance(card, dict) else None
    if not isinstance(sha256, str):
        raise WeightsRejected(
            f"the model card of classifier {name!r} is damaged: reinstall symscope"
        )
    arrays = read_weights(folder, name, sha256, array_shapes(source, dimension))
    return EvidenceClassifier(source, arrays, sha256, dimension)


def reader_of(of: Evidence, source: str, dimension: int = 2) -> EvidenceClassifier | None:
    """Load what reads the evidence of one picture, by one of SOURCES.

    Where no network learned it, both are the picture alone, and of the hidden layer there is None.
    """
    if of.has_layer:
        return load_evidence_classifier(source, dimension)
    return None if source == "hidden" else load_evidence_classifier("pixels", dimension)


def judged_by(
    source: str, of: Evidence, dimension: int = 2, classes: Sequence[Symmetry] | None = None
) -> Judgement | None:
    """Weigh the evidence of one input by one of SOURCES, as ``reader_of`` reads it."""
    reader = reader_of(of, source, dimension)
    return reader and judge(of, reader, classes=classes)
