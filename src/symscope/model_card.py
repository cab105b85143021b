"""The model card that ships beside the weights, written from the readers' own cards."""

from collections.abc import Mapping
from typing import Any

_HEAD = """# Model card: the readers of symscope

Small convolutional networks that tell a symmetry class from a picture of a decoy network's last
hidden layer. `symscope train` makes all of them in one run; `cards.json` holds the same facts for
programs, with the SHA-256 of every file, which is checked before any of them is used.

## What they are for

`paper` tells ∅, Z_2, T_n, T and O(2) apart (the classes of arXiv:2103.06115); `extended` adds C_n
and D_n. The readers named `control-…` are made the same way but look at something else (the
pixels, the layer beyond the colour, untrained networks, the paper's plane, plane and maps
together) or were given labels in random order. They are for `symscope evaluate`, not for use.

## What they were trained on

Physics templates alone (symscope.sources.templates): random potentials that are symmetric by
construction, thresholded to two colours on a 64 × 64 grid, some with pixels turned over as noise.
No photograph, painting or drawing took part.
"""

_TAIL = """
The accuracy above is on the calibration families, which no reader was trained on and which set
nothing but the temperature. `symscope evaluate templates` measures accuracy on fresh templates of
the training families and on families that took no part in anything; no stored figure is printed.

## Limits

- One profile describes the whole square: a symmetric detail in a large unsymmetric picture is ∅.
- A lattice that has rotations or mirrors too is T_n: half of the T_n templates have them.
- Mirrors up to half a half-frame off the centre and rotation centres within that distance are
  looked for; fewer than two periods are not T_n.
- Detail finer than about a twentieth of the frame is lost on the 64 × 64 sketch.
- Probabilities are calibrated on templates; on other pictures they are a ranking.
"""


def model_card(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the model card as Markdown from the cards of all readers, by name."""
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
        "| reader | looks at | templates | temperature | accuracy, calibration families |",
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
