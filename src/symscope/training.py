"""Remake the readers that ship, from nothing, in one run that can be stopped and resumed.

Step 1 draws templates and trains their decoys, shard by shard; step 2 correlates the pictures;
step 3 trains the readers and those of the controls. Each step leaves files and skips what is
there.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from symscope.decoy import SETTINGS, train
from symscope.groups import EXTENDED, Symmetry
from symscope.picture import beyond_colour, grid_hidden, pictures
from symscope.sources.families import FAMILIES
from symscope.sources.templates import Template, templates

TRAINING_STREAM = 1
"""First word of the training templates' seeds; evaluations draw from other streams."""

BLOCK = 24
"""Templates of one class and family in a shard."""

NETWORKS = 2
"""Decoys for each training template."""


@dataclass(frozen=True)
class Shard:
    """A block of templates of one class and family, with what their decoys became."""

    label: Symmetry
    family: str
    block: int

    @property
    def name(self) -> str:
        """File name, without the folder."""
        place = EXTENDED.index(self.label)
        return f"{self.block:02d}-{place}-{self.family}.safetensors"

    def draw(self, seed: int) -> list[Template]:
        """Draw its templates."""
        return templates(
            BLOCK,
            classes=[self.label],
            families=[self.family],
            seed=(TRAINING_STREAM, seed),
            first=self.block * BLOCK,
        )


def shards(blocks: int) -> Iterator[Shard]:
    """List the shards so that every prefix of whole blocks is balanced."""
    for block in range(blocks):
        for family in FAMILIES:
            for label in EXTENDED:
                yield Shard(label, family, block)


def observe(drawn: list[Template], seed: int) -> dict[str, np.ndarray]:
    """Train decoys on templates and take their pictures.

    Returns
    -------
    dict with ``levels`` (B, S, S), ``maps`` and ``beyond`` (B, N, K, G, G), ``plane``
    (B, N, G, G), ``untrained`` (B, K, G, G), ``fit`` (B, N, 2)
    """
    half = np.float16
    rows: dict[str, list[np.ndarray]] = {}
    for decoys in train([template.field for template in drawn], NETWORKS, SETTINGS["fast"], seed):
        hidden = grid_hidden(decoys)
        seen = pictures(hidden)
        fresh = pictures(grid_hidden(decoys.before_training())[:1])
        rest = pictures(beyond_colour(hidden, decoys.output_directions))
        row = {
            "maps": seen.maps.astype(half),
            "plane": seen.plane.astype(half),
            "beyond": rest.maps.astype(half),
            "untrained": fresh.maps[0].astype(half),
            "fit": np.stack([decoys.learned, decoys.held_out], axis=1),
        }
        for key, value in row.items():
            rows.setdefault(key, []).append(value)
    result = {key: np.stack(values) for key, values in rows.items()}
    result["levels"] = np.stack([template.levels for template in drawn]).astype(np.uint8)
    return result


def save_atomically(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write to a temporary file, then rename: a file that exists is whole."""
    temporary = path.with_suffix(".part")
    save_file(arrays, temporary)
    temporary.replace(path)


def make_shards(
    folder: Path, blocks: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> None:
    """Step 1: write every shard that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [shard for shard in shards(blocks) if not (folder / shard.name).exists()]
    # The next shard's templates are drawn while this one's decoys train.
    with ThreadPoolExecutor(1) as pool:
        upcoming = [pool.submit(shard.draw, seed) for shard in missing[:1]]
        for number, shard in enumerate(missing):
            drawn = upcoming.pop().result()
            upcoming += [pool.submit(s.draw, seed) for s in missing[number + 1 : number + 2]]
            save_atomically(observe(drawn, seed), folder / shard.name)
            if progress:
                progress(number + 1, len(missing))
