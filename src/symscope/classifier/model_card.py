"""The model card that ships beside the weights, written from the classifiers' own cards."""

from collections.abc import Mapping
from typing import Any

_HEAD = """# Model card: the classifiers of symscope

Small convolutional networks that tell a symmetry class from a picture of a decoy network's last
hidden layer. `symscope train` makes all of them in one run; `cards.json` holds the same facts for
programs, with the SHA-256 of every file, which is checked before any of them is used.

## What they are for

`paper` tells ∅, Z_2, T_n, T and O(2) apart (the classes of arXiv:2103.06115); `extended` adds C_n
and D_n. The classifiers named `control-…` are made the same way but look at something else (the
pixels, the layer beyond the colour, untrained networks, the paper's plane, plane and maps
together) or were given labels in random order. They are for `symscope evaluate`, not for use.

## What they were trained on

Physics templates alone (symscope.synth.templates): random potentials that are symmetric by
construction, thresholded to two colours on a 64 × 64 grid, some with pixels turned over as noise.
No photograph, painting or drawing took part.
"""

_TAIL = """
The accuracy above is on the calibration families, which no classifier was trained on and which set
nothing but the temperature. `symscope evaluate templates` measures accuracy on fresh templates of
the training families and on families that took no part in anything; no stored figure is printed.

## Limits

- One set of probabilities describes the whole square: a symmetric detail in a large unsymmetric picture is ∅.
- A lattice that has rotations or mirrors too is T_n: half of the T_n templates have them.
- Mirrors up to half a half-frame off the centre and rotation centres within that distance are
  looked for; fewer than two periods are not T_n.
- Detail finer than about a twentieth of the frame is lost on the 64 × 64 sketch.
- Probabilities are calibrated on templates; on other pictures they are a ranking.
"""


def model_card(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the model card as Markdown from the cards of all classifiers, by name."""
    lines = [_HEAD]
    first = next(iter(cards.values()))
    trained, calibrated = first["trained_on"], first["calibrated_on"]
    lines += [
        f"- families trained on: {', '.join(trained['families'])}",
        f"- families that set the temperature: {', '.join(calibrated['families'])}",
        f"- families that took no part: {', '.join(first['never_seen'])}",
        f"- decoys per template: {trained['networks_per_template']}, settings "
        f"`{trained['decoy_settings']}`; {trained['epochs']} epochs; seed {trained['seed']}",
        "",
        "| classifier | looks at | templates | temperature | accuracy, calibration families |",
        "|---|---|---|---|---|",
    ]
    for name in sorted(cards):
        card = cards[name]
        looks = "maps, labels permuted" if card["permuted"] else card["source"]
        lines.append(
            f"| {name} | {looks} | {card['trained_on']['templates']} | "
            f"{card['temperature']:.2f} | {card['calibrated_on']['accuracy']:.3f} |"
        )
    return "\n".join([*lines, _TAIL])


_SPATIAL_HEAD = """# Model card: the classifiers of signals and volumes

Small networks that tell a symmetry class of a signal or a volume from what a fixed search finds in
the last hidden layer of a decoy network (how well the best mirrors, axes, centres, directions and
periods agree) and from the paper's plane. `symscope train --dimension 1` and `--dimension 3` make
them; `cards.json` holds the same facts for programs, with the SHA-256 of every file, which is
checked before any of them is used.

## What they are for

`signal` tells ∅, Z_2 and T_n apart, `volume` ∅, Z_2, T_n, T, O(2) (any rotation about an axis) and
O(3). Those named `control-…` are made the same way but look at something else (the field's own
levels, untrained networks, the plane alone) or were given labels in random order. They are for
`symscope evaluate signals` and `volumes`, not for use. Fields of four dimensions and more have no
classifier: the plane, which does not know the dimension, tells too little.

## What they were trained on

Templates alone (symscope.synth.templates_nd): random potentials that are symmetric by construction,
cut to two levels on 256 or 32 × 32 × 32 points, some with points turned over as noise. No
measurement took part. Of the families, hills and bodies are broad and smooth, the others fill the
frame with detail.
"""

_SPATIAL_TAIL = """
The accuracy above is on the calibration families, which no classifier was trained on and which set
nothing but the temperature. `symscope evaluate signals` and `volumes` measure accuracy on fresh
templates of the training families and on families that took no part in anything.

## Limits

- One set of probabilities describes the whole cube: a symmetric part of a larger volume is ∅ (use `--zoom`).
- Rotations by a part of a turn, screws and glides are no class of their own; a field that has them
  and nothing else is mostly ∅, and rotation axes are listed among the elements.
- Mirrors, axes and centres up to half a half-frame off the middle are looked for; periods of 0.35
  to 1.1 half frames in volumes (0.18 to 1.1 in signals).
- Detail finer than about a sixteenth of a volume's side is lost on its grid.
- Probabilities are calibrated on templates; on measurements they are a ranking.
"""


def spatial_model_card(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the model card of the classifiers of signals and volumes, from their own cards."""
    first = next(iter(cards.values()))
    trained_on = {card["classes"]: card["trained_on"]["families"] for card in cards.values()}
    lines = [
        _SPATIAL_HEAD,
        *(f"- families of {name}s trained on: {', '.join(f)}" for name, f in trained_on.items()),
        f"- families that set the temperature: {', '.join(first['calibrated_on']['families'])}",
        f"- families that took no part: {', '.join(first['never_seen'])}",
        "",
        "| classifier | looks at | templates | networks each | temperature | accuracy, calibration |",
        "|---|---|---|---|---|---|",
    ]
    for name in sorted(cards):
        card = cards[name]
        looks = "maps and plane" if card["source"] == "both" else card["source"]
        looks += ", labels permuted" if card["permuted"] else ""
        trained = card["trained_on"]
        lines.append(
            f"| {name} | {looks} | {trained['templates']} | {trained['networks_per_template']} | "
            f"{card['temperature']:.2f} | {card['calibrated_on']['accuracy']:.3f} |"
        )
    return "\n".join([*lines, _SPATIAL_TAIL])
