"""The model card that ships beside the weights, written from the classifiers' own cards."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symscope.classifier.classifier import CARDS, load_cards
from symscope.io.files import write_whole

CONTROLS = "controls"
"""Folder, in that of the classifiers, of those of the controls: they ship with the evaluation."""

_HEAD = """# Model card: the classifiers of symscope

Small networks that tell a symmetry class from the PCA picture of a decoy network's last hidden
layer. Those of pictures are convolutional and look at its normalised correlation with all moved
copies of itself; those of signals and volumes look at what a fixed search finds in it (how well the
best mirrors, axes, centres, directions and periods agree) and at the paper's plane. `symscope
train` makes all of one dimension in one run (`--dimension 1`, `2`, `3`); `cards.json` holds the
same facts for programs, with the SHA-256 of every file, which is checked before any of them is
used.

## What they are for

`paper` tells ∅, Z_2, T_n, T and O(2) apart in pictures (the classes of arXiv:2103.06115);
`extended` adds C_n and D_n. `signal` tells ∅, Z_2 and T_n apart, `volume` ∅, Z_2, T_n, T, O(2) (any
rotation about an axis) and O(3). Fields of four dimensions and more have no classifier: the plane,
which does not know the dimension, tells too little.

The classifiers named `control-…` are made the same way but look at something else (the field's own
pixels, the layer beyond the colour, untrained networks, the paper's plane, plane and maps
together) or were given labels in random order. They are for `symscope evaluate`, not for use.

## What they were trained on

Physics templates alone (symscope.synth.templates): random potentials that are symmetric by
construction, cut to two levels on 64 × 64, 256 or 32 × 32 × 32 points, some with points turned over
as noise. No photograph, painting, drawing or measurement took part. Of the families, hills and
bodies are broad and smooth, the others fill the frame with detail.
"""

_TAIL = """
The accuracy above is on the calibration families, which no classifier was trained on and which set
nothing but the temperature. `symscope evaluate templates`, `signals` and `volumes` measure accuracy
on fresh templates of the training families and on families that took no part in anything; no stored
figure is printed.

## Limits

- One set of probabilities describes the whole frame: a symmetric part of a larger picture or volume
  without symmetry is ∅ (use `--zoom`).
- Probabilities are calibrated on templates; on other pictures and on measurements they are a
  ranking.

Of pictures:

- A lattice that has rotations or mirrors too is T_n: half of the T_n templates have them.
- Mirrors up to half a half-frame off the centre and rotation centres within that distance are
  looked for; fewer than two periods are not T_n.
- Detail finer than about a twentieth of the frame is lost on the 64 × 64 sketch.

Of signals and volumes:

- Rotations by a part of a turn, screws and glides are no class of their own; a field that has them
  and nothing else is mostly ∅, and rotation axes are listed among the elements.
- Mirrors, axes and centres up to half a half-frame off the middle are looked for; periods of 0.35
  to 1.1 half frames in volumes (0.18 to 1.1 in signals).
- Detail finer than about a sixteenth of a volume's side is lost on its grid.
"""


def write_model_card(folder: Path) -> None:
    """Write the model card of all classifiers of a folder, those of the controls among them."""
    cards: dict[str, Any] = {}
    for home in (folder, folder / CONTROLS):
        cards |= load_cards(home) if (home / CARDS).exists() else {}
    write_whole(folder / "MODEL_CARD.md", model_card(cards).encode())


def model_card(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the model card as Markdown from the cards of all classifiers, by name."""
    weighing = {name: card for name, card in cards.items() if card["kind"] == "evidence"}
    cards = {name: card for name, card in cards.items() if name not in weighing}
    lines = [_HEAD, *(_of_layers(cards) if cards else ())]
    if weighing:
        lines += [
            "",
            "Classifiers of evidence (`symscope train --evidence`) weigh the candidates of a",
            "picture, signal or volume, and answer by default. They were trained on drawn",
            "scenes, drawings, emblems and banners, some in colours, on near misses, whose parts",
            "resemble each other, on noise with the waves of scenes, and on templates, exact and",
            "broken; the accuracy is that on eighths of those that are not broken, held out in",
            "turn, many spoilt until little is left.",
            "Probabilities are as if every second input had no symmetry; `chance` is counted on",
            "held-out ones that were made without it.",
            "",
            "| classifier | weighs | inputs | temperature | accuracy, held out |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {name} | {card['source']} | {card['pictures']} | {card['temperature']:.2f} | "
            f"{card['held_out_accuracy']:.3f} |"
            for name, card in sorted(weighing.items())
        ]
    return "\n".join([*lines, _TAIL])


def _of_layers(cards: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Write what those were trained on that look at the hidden layer, and a table of them."""
    lines = [
        f"- {names}: families {', '.join(trained['families'])}; decoys with the settings "
        f"`{trained['decoy_settings']}`; {trained['epochs']} epochs; seed {trained['seed']}"
        for names, trained in _by_training(cards).items()
    ]
    first = next(iter(cards.values()))
    lines += [
        f"- families that set the temperature: {', '.join(first['calibrated_on']['families'])}",
        f"- families that took no part: {', '.join(first['never_seen'])}",
        "",
        "| classifier | looks at | templates | decoys each | temperature | accuracy, calibration |",
        "|---|---|---|---|---|---|",
    ]
    for name in sorted(cards):
        card = cards[name]
        looks = f"{card['source']}{', labels permuted' if card['permuted'] else ''}"
        trained = card["trained_on"]
        lines.append(
            f"| {name} | {looks} | {trained['templates']} | {trained['networks_per_template']} | "
            f"{card['temperature']:.2f} | {card['calibrated_on']['accuracy']:.3f} |"
        )
    return lines


def _by_training(cards: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Collect the sets of classes whose classifiers were trained alike."""
    alike: dict[str, tuple[list[str], Any]] = {}
    for card in cards.values():
        trained = card["trained_on"]
        key = repr([trained[k] for k in ("families", "decoy_settings", "epochs", "seed")])
        names, _ = alike.setdefault(key, ([], trained))
        if card["classes"] not in names:
            names.append(card["classes"])
    return {", ".join(names): trained for names, trained in alike.values()}
