"""What all inputs of one call of ``score`` share, checked once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from symscope.classifier.classifier import CalibratedClassifier, load_classifier
from symscope.errors import UsageError
from symscope.groups import CLASS_SETS
from symscope.io.images import Picture
from symscope.io.sounds import WINDOW, Broken, SoundWindow, check_window
from symscope.networks.devices import mesh
from symscope.networks.settings import SETTINGS, PatchSettings, Settings, settings_for
from symscope.options import SoundView
from symscope.results import Stage, versions
from symscope.tasks import COLOURS, Task, parse_task

SIDE = 64
"""Points along a side of the sketch; the templates have as many."""

NETWORKS = {"fast": (16, 96), "paper": (8, 8)}
"""Least and most decoys per picture by settings; as many more as scoring.STANDARD_ERROR asks."""

Reading = Callable[..., Picture]
"""How a source becomes a Picture: ``read_picture``, or a ``GuardedReader``."""

Listening = Callable[[Any, float], Iterator[SoundWindow | Broken]]
"""How a sound's path becomes windows of so many seconds: ``listen``, guarded or not."""

Watch = Callable[[Stage], None]
"""What is told how a score comes about, while it does."""


@dataclass(frozen=True)
class Job:
    """What all pictures of one call share."""

    least: int
    most: int
    seed: int
    settings: str
    sketch: str
    frame: str
    zoom: float
    classifier_name: str
    classifier: CalibratedClassifier
    max_megapixels: float
    elements: bool
    baselines: bool
    read: Reading
    watch: Watch | None = None
    task: str = COLOURS
    view: SoundView = SoundView.PITCH
    window: float = WINDOW
    listen: Listening | None = None

    @property
    def kind(self) -> Task:
        """What the networks learn."""
        return parse_task(self.task)

    @property
    def trained(self) -> Settings | PatchSettings:
        """How the networks are built and trained."""
        return settings_for(self.settings, self.task)

    def provenance(self) -> dict[str, Any]:
        """Return what a row says of how it was made, the input's own fingerprints aside."""
        return {
            **versions(),
            "classifier": self.classifier_name,
            "classifier_sha256": self.classifier.sha256,
            "settings": self.settings,
            "settings_fingerprint": self.trained.fingerprint,
            **({"task": self.task} if self.task != COLOURS else {}),
            "networks": 0,
            "seed": self.seed,
            "sketch": self.sketch,
            "frame": self.frame,
            "zoom": self.zoom,
            "side": SIDE,
        }


def job_of(
    networks: int | None,
    seed: int,
    settings: str,
    sketch: str,
    frame: str,
    zoom: float,
    classifier: str | CalibratedClassifier,
    max_megapixels: float,
    elements: bool,
    with_baselines: bool,
    read: Reading,
    watch: Watch | None = None,
    task: str = COLOURS,
    view: str = SoundView.PITCH,
    window: float = WINDOW,
    listen: Listening | None = None,
) -> Job:
    """Check the options and load the classifier; the parameters are those of ``score``."""
    if settings not in SETTINGS:
        raise UsageError(f"found settings {settings!r}: expected one of {', '.join(SETTINGS)}")
    if view not in set(SoundView):
        raise UsageError(f"found view {view!r}: expected one of {', '.join(SoundView)}")
    check_window(window)
    if networks is not None and networks < 1:
        raise UsageError(f"found {networks} networks: expected at least 1")
    mesh()  # JAX would keep to a single device if anything else used it first
    if isinstance(classifier, str):
        if classifier not in CLASS_SETS:
            raise UsageError(
                f"found classifier {classifier!r}: expected one of {', '.join(CLASS_SETS)}"
            )
        name, loaded = classifier, load_classifier(classifier)
    else:
        name, loaded = "given", classifier
    least, most = (networks, networks) if networks else NETWORKS[settings]
    return Job(
        least,
        most,
        seed,
        settings,
        sketch,
        frame,
        zoom,
        name,
        loaded,
        max_megapixels,
        elements,
        with_baselines,
        read,
        watch,
        parse_task(task).text,
        SoundView(view),
        window,
        listen,
    )
