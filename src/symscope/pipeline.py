"""The method: input → sketch → decoys → hidden layer → PCA pictures → classifier → Score.

It is that of arXiv:2103.06115, for a field of any dimension: many small networks learn the field,
nobody tells them of symmetry; the principal components of their last hidden layers are pictures,
from which a convolutional network reads the probability of each symmetry class. Beside it, elements
are searched for on the field itself and compared in the hidden layer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.baselines import baselines
from symscope.classifier.classifier import CalibratedClassifier, load_classifier, most_like
from symscope.elements import LEAST_SIDE, Elements, find_elements, hidden_agreement
from symscope.errors import InputError, Outcome, UsageError
from symscope.features.agreement import sample_points
from symscope.features.lie_defect import best_flow, flow_sums, judged
from symscope.features.pca import GRID, Pictures, pca_pictures
from symscope.field import Field, pixel_centres
from symscope.groups import Symmetry, Verdict
from symscope.io.grids import Grid
from symscope.io.images import Picture, one_line, read_picture
from symscope.io.inputs import Input, dimension_of_input, load
from symscope.io.sounds import Broken, SoundWindow
from symscope.lie.rigid import find_generators
from symscope.music.names import candidates, named
from symscope.networks.devices import mesh, threads
from symscope.networks.ensemble import Ensemble, Fit
from symscope.networks.learning import WATCHED, learning
from symscope.networks.settings import (
    DIMENSIONS,
    PatchSettings,
    Settings,
    network_range,
    of_dimension,
    settings_for,
)
from symscope.networks.training import train
from symscope.options import Options, SoundView
from symscope.preprocess.sketch import Sketch
from symscope.preprocess.sketch import sketch as make_sketch
from symscope.preprocess.targets import given_field, picture_field
from symscope.preprocess.time_pitch import Heard, time_pitch
from symscope.results import (
    LEAST_RESOLVED,
    Drawn,
    Failure,
    Score,
    Stage,
    Trained,
    Views,
    mean_and_spread,
    versions,
)
from symscope.synth.templates import template_pool
from symscope.tasks import COLOURS, Measure, parse_task

SIDE = DIMENSIONS[2].side or 64
"""Points along a side of a picture's sketch; the templates have as many."""

HIDDEN_POINTS = 1024
"""Points at which the hidden layer of a field that is no picture is compared with itself, moved."""

Reading = Callable[..., Picture]
"""How a source becomes a Picture: ``read_picture``, or a ``GuardedReader``."""

Watch = Callable[[Stage], None]
"""What is shown how a score comes about, while it does."""


@dataclass(frozen=True)
class Loaded:
    """An input, read: the field that networks learn, and what people see of it."""

    path: str
    field: Field
    sha256: str | None = None  # of the file; a Field of the plane has none
    picture: Picture | None = None
    sketch: Sketch | None = None
    heard: Heard | None = None
    grid: Grid | None = None

    @property
    def dimension(self) -> int:
        """The number of coordinates D."""
        return self.field.dimension

    def fit(self, ensemble: Ensemble) -> Fit:
        """Say how well the networks of this input learned it."""
        shown = self.sketch or self.grid
        return Fit.of(ensemble, self.field, shown.retained_variance if shown else 1.0)

    @property
    def shape(self) -> tuple[int, ...]:
        """The grid on which the networks' answers are shown; scattered points are none."""
        if self.dimension == 2:
            return (SIDE, SIDE)
        return self.grid.values.shape if self.grid else (len(self.field.levels),)


@dataclass(frozen=True)
class Searched:
    """What is found on an input itself, without networks."""

    elements: Elements | None = None
    baselines: dict[str, float] | None = None
    scale: float = 1.0  # half a side of the networks' square, in the picture's coordinates


@dataclass(frozen=True)
class Pipeline:
    """The method with its options and collaborators; inputs are loaded, then scored."""

    options: Options
    read: Reading = read_picture
    watch: Watch | None = None
    calibrated: CalibratedClassifier | None = None
    _classifiers: dict[int, CalibratedClassifier | None] = field(default_factory=dict)

    def score(self, inputs: Sequence[Loaded]) -> list[Score]:
        """Score inputs of one dimension, whose networks are trained together."""
        mesh()  # JAX would keep to a single device if anything else used it first
        dimension = inputs[0].dimension
        limits, classifier = of_dimension(dimension), self.classifier(dimension)
        settings, (least, most) = self.settings(dimension), network_range(self.options, dimension)
        searches = [threads().submit(self.search, item) for item in inputs]
        try:
            if self.watch:
                self.show_learning(inputs[0], min(WATCHED, least))
            ensembles: dict[int, Ensemble] = {}
            views: dict[int, Views] = {}
            undecided, count, more = list(range(len(inputs))), 0, least
            while undecided:
                # The networks learn the field; nobody tells them of symmetry.
                fields = [inputs[i].field for i in undecided]
                trained = train(fields, more, settings, self.options.seed, count, template_pool)
                # The principal components of their last hidden layers are pictures …
                layers = [pca_pictures(ensemble, dimension) for ensemble in trained]
                # … that the classifier reads.
                read = classified(layers, classifier)
                for i, new, shown, chances in zip(undecided, trained, layers, read, strict=True):
                    answers = new.preview(inputs[i].shape)
                    view = Views(answers, shown.maps, shown.plane, shown.variance, chances)
                    ensembles[i] = ensembles[i] + new if count else new
                    views[i] = views[i] + view if count else view
                    if self.watch:
                        classes = classifier.classes if classifier else ()
                        self.watch(Trained.of(views[i].probabilities, classes, most))
                # Networks disagree: more of them learn what is uncertain, if it can be learned.
                count += more
                more = min(least, most - count)
                undecided = [
                    i
                    for i in undecided
                    if more > 0
                    and standard_error(views[i], classifier) > limits.standard_error
                    and inputs[i].fit(ensembles[i]).skill >= limits.least_skill
                ]
            return [
                self.result(item, ensembles[i], views[i], search.result())
                for i, (item, search) in enumerate(zip(inputs, searches, strict=True))
            ]
        finally:
            for search in searches:
                search.cancel()

    def settings(self, dimension: int) -> Settings | PatchSettings:
        """Return how the networks of D dimensions are built and trained."""
        if dimension != 2:
            return of_dimension(dimension).settings
        return settings_for(self.options.settings, self.options.task)

    def classifier(self, dimension: int) -> CalibratedClassifier | None:
        """Return what tells the classes of D dimensions apart; None from four on."""
        if dimension not in self._classifiers:
            mesh()
            # In more dimensions there is only the plane, which tells too little
            # (``evaluate volumes``).
            loaded = self.calibrated if dimension == 2 else None
            if loaded is None and (dimension == 2 or of_dimension(dimension).classifier):
                loaded = load_classifier(self.options.classifier, dimension)
            self._classifiers[dimension] = loaded
        return self._classifiers[dimension]

    def load(self, source: Any, failing: bool = False) -> Loaded | Failure:
        """Read and sketch an input; one level everywhere is a Failure.

        Raises
        ------
        InputError
            If it cannot be read; with ``failing``, that is a Failure too.
        UsageError
            For options that do not fit it.
        """
        try:
            loaded = self.loaded(source)
        except InputError as error:
            if not failing:
                raise
            named = isinstance(source, str | SoundWindow | Broken)
            path = getattr(source, "path", source) if named else type(source).__name__
            try:
                dimension = dimension_of_input(source, self.options.dimension) or 2
            except InputError:
                dimension = self.options.dimension or 3  # that of most
            made = self.provenance(2) if dimension == 2 else versions() | {"dimension": dimension}
            return Failure(str(path), error.outcome or Outcome.UNREADABLE, str(error), made)
        if not loaded.field.is_constant:
            return loaded
        message = "found one level everywhere: nothing can be learned from it"
        if loaded.dimension == 2:
            message += "; try another --sketch, or a picture with contrast"
        made = self.provenance(loaded.dimension, loaded)
        shown = loaded.picture, loaded.sketch, loaded.grid
        return Failure(loaded.path, Outcome.CONSTANT, message, made, *shown)

    def loaded(self, source: Any) -> Loaded:
        """Read an input: a picture and its sketch, a sound's picture, or a grid or points."""
        options, task = self.options, parse_task(self.options.task)
        if not isinstance(source, Input):
            source = load(
                source,
                dimension=options.dimension,
                frame=options.frame,
                zoom=options.zoom,
                domain=options.domain,
                seed=options.seed,
                max_megapixels=options.max_megapixels,
                read=self.read,
            )
        if source.dimension != 2:
            return Loaded(source.path, source.field, source.sha256, grid=source.grid)
        if source.sampled is not None:
            if source.field.shape != (SIDE, SIDE):
                raise UsageError(
                    f"a Field to be scored must be a {SIDE}×{SIDE} grid, found "
                    f"{source.field.shape}: make it with Field.from_levels from an array of {SIDE} "
                    "rows and columns"
                )
            return Loaded("field", given_field(task, source.field))
        picture, heard = source.picture, None
        if source.window is not None:
            try:
                picture, heard = time_pitch(source.window, SoundView(options.view))
            except InputError as error:
                raise type(error)(f"{one_line(source.path)}: {error}") from error
        assert picture is not None  # of two dimensions, and neither a Field nor a sound
        sketch = make_sketch(
            picture.grey, side=SIDE, method=options.sketch, frame=options.frame, zoom=options.zoom
        )
        learned = picture_field(task, picture, sketch, options.frame, options.zoom)
        return Loaded(source.path, learned, picture.sha256, picture, sketch, heard)

    def search(self, item: Loaded) -> Searched:
        """Search the whole input, or a Field's levels, for elements; ask the baselines."""
        if item.dimension != 2:
            grid = item.grid if self.options.elements else None
            return Searched(find_elements(grid) if grid else None)
        if item.picture is not None and item.sketch is not None:
            grey = item.picture.grey
            scale = item.sketch.extent / max(grey.shape)
        else:
            grey, scale = item.field.levels.reshape(SIDE, SIDE).astype(np.float32), 1.0
        if min(grey.shape) < LEAST_SIDE:
            return Searched()
        elements, measures = None, None
        if self.options.elements:
            elements = candidates(grey, item.heard) if item.heard else find_elements(grey)
        if self.options.baselines:
            measures = {measure.name: measure(grey).strength for measure in baselines()}
        return Searched(elements, measures, scale)

    def result(self, item: Loaded, ensemble: Ensemble, views: Views, searched: Searched) -> Score:
        """Sum up the networks, and ask their hidden layers about the elements."""
        dimension, fit = item.dimension, item.fit(ensemble)
        message = self.distrust(fit, item)
        result = Score(
            path=item.path,
            outcome=Outcome.NOT_LEARNED if message else Outcome.OK,
            message=message,
            fit=fit,
            baselines=searched.baselines,
            provenance=self.provenance(dimension, item, len(ensemble)),
            picture=item.picture,
            sketch=item.sketch,
            views=views,
            grid=item.grid,
        )
        classifier = self.classifier(dimension)
        if classifier:
            mean, spread = mean_and_spread(views.probabilities, classifier.classes)
            none = views.probabilities[:, classifier.classes.index(Symmetry.NONE)]
            best = int(most_like(views.probabilities.mean(axis=0), classifier.classes))
            result = replace(
                result,
                label=str(classifier.classes[best]),
                symmetry=float(1 - none.mean()),
                symmetry_sd=float(none.std()),
                probabilities=mean,
                probabilities_sd=spread,
            )
        if dimension != 2:
            elements, generators = searched.elements, None
            if self.options.elements and dimension > 1:
                generators = find_generators(ensemble.jacobian, ensemble.hidden, dimension)
            if elements is not None and elements.items:
                points = sample_points(dimension, HIDDEN_POINTS)
                agreement = hidden_agreement(elements, ensemble.hidden, points)
                elements = elements.with_hidden(agreement)
            if generators and not classifier and generators.verdict is Verdict.SYMMETRIC:
                result = replace(result, label=generators.group)
            return replace(result, elements=elements, generators=generators)
        elements, music = searched.elements, None
        if elements:
            points = pixel_centres(GRID, GRID).astype(np.float64)
            agreement = hidden_agreement(elements, ensemble.hidden, points, searched.scale)
            flow = best_flow(flow_sums(ensemble.jacobian(points), points))
            flow = judged(flow, [ensemble], points, searched.scale)
            elements = elements.with_hidden(agreement, flow)
        if elements and item.heard:
            music = named(elements, item.heard, message is None)
        if elements and music:
            elements = replace(elements, items=tuple(held.element for held in music.structures))
        return replace(result, elements=elements, music=music)

    def distrust(self, fit: Fit, item: Loaded) -> str | None:
        """Say why the probabilities say nothing about the input, if so."""
        task, plane = parse_task(self.options.task), item.dimension == 2
        part = "take a shorter --window" if item.heard else "look at a part of it with --zoom"
        if fit.retained_variance < LEAST_RESOLVED:
            what, on = ("picture", "sketch") if plane else ("field", "grid")
            return (
                f"the {what}'s detail is finer than the {on}, which keeps "
                f"{fit.retained_variance:.1%} of its variance: "
                f"the probabilities say nothing about it; {part}"
            )
        if fit.skill < of_dimension(item.dimension).least_skill:
            if plane:
                return (
                    f"{_learned(fit, task.measure)}: the probabilities say nothing about the "
                    f"picture; try another --sketch, or {part}"
                )
            return (
                f"the networks reproduce {fit.validation_accuracy:.0%} of the held-out points, a "
                f"constant guess {fit.chance_accuracy:.0%}: the probabilities say nothing about "
                f"the field; {part}"
            )
        if plane and task.control:
            return (
                f"the task {task.text} is a control, of networks that are not trained on the "
                "picture: the probabilities show what is read from those"
            )
        return None

    def provenance(
        self, dimension: int, item: Loaded | None = None, networks: int = 0
    ) -> dict[str, Any]:
        """Return all that is needed to compute a row again."""
        options, classifier, plane = self.options, self.classifier(dimension), dimension == 2
        limits, settings = of_dimension(dimension), self.settings(dimension)
        name = ("given" if self.calibrated else options.classifier) if plane else limits.classifier
        grid = SIDE if plane else len(item.grid.values) if item and item.grid else None
        sound = item and item.heard
        return {
            **versions(),
            "classifier": name,
            "classifier_sha256": classifier.sha256 if classifier else None,
            "settings": options.settings if plane else "fast",
            "settings_fingerprint": settings.fingerprint,
            **({"task": options.task} if plane and options.task != COLOURS else {}),
            "networks": networks,
            "seed": options.seed,
            "sketch": options.sketch if plane else "otsu",
            "frame": options.frame,
            "zoom": options.zoom,
            **({"side": grid} if grid else {}),
            **({} if plane else {"dimension": dimension}),
            **({"file_sha256": item.sha256} if item and item.sha256 else {}),
            **({"field_sha256": item.field.sha256} if item else {}),
            **({"view": str(sound.view), "window": options.window} if sound else {}),
        }

    def show_learning(self, item: Loaded, networks: int) -> None:
        """Show the input, and its first networks while they learn."""
        assert self.watch is not None
        if item.dimension == 2:
            self.watch(Drawn(item.picture, item.sketch))
        settings, every = self.settings(item.dimension), of_dimension(item.dimension).look
        # Only answers on the whole grid can be watched, and only while decoys learn.
        if isinstance(settings, Settings) and item.field.shape is not None:
            for moment in learning(item.field, networks, settings, self.options.seed, every):
                self.watch(moment)


def classified(
    views: Sequence[Pictures], classifier: CalibratedClassifier | None
) -> Sequence[NDArray[np.float32]]:
    """Read the probabilities (N, C) of the pictures of each field's N networks."""
    if classifier is None:
        return [np.zeros((len(pictures.plane), 0), np.float32) for pictures in views]
    ends = np.cumsum([len(pictures.plane) for pictures in views])[:-1]
    return np.split(classifier.classify(Pictures.joined(views)), ends)


def standard_error(views: Views, classifier: CalibratedClassifier | None) -> float:
    """Return the standard error of the symmetry over the networks so far."""
    if classifier is None:
        return 0.0
    values = views.probabilities[:, classifier.classes.index(Symmetry.NONE)]
    return float(values.std(ddof=1)) / len(values) ** 0.5


def _learned(fit: Fit, measure: Measure) -> str:
    share = f"{fit.validation_accuracy:.0%}"
    if measure is Measure.VARIANCE:
        return f"the networks explain {share} of the variance of what was held out"
    if measure is Measure.ORDER:
        return (
            f"the networks put {share} of the held-out patches above patches with their "
            "pixels in random order, a guess 50%"
        )
    return (
        f"the networks reproduce {share} of the held-out points, a constant guess "
        f"{fit.chance_accuracy:.0%}, and explain {max(fit.skill, 0.0):.0%} of their variance"
    )
