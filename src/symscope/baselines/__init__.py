"""What a user would otherwise use: measures of one picture, behind one interface.

Each looks at the pixels alone, within the picture's largest centred disc or square, and needs
neither networks nor training. They are peers to be compared with, not parts of the score. To add
one, make it a ``Baseline`` and list it in ``SIMPLE``.
"""

from symscope.baselines.measured import THRESHOLD, Baseline, Measured
from symscope.baselines.peers import PEERS, installed
from symscope.baselines.simple import SIMPLE

__all__ = ["PEERS", "SIMPLE", "THRESHOLD", "Baseline", "Measured", "baselines"]


def baselines() -> tuple[Baseline, ...]:
    """Return all baselines that can be used here: those of imgsym only where it is installed."""
    return (*SIMPLE, *PEERS) if installed() else SIMPLE
