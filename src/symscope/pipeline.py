"""The method: input → sketch → decoys → hidden layer → PCA pictures → classifier → Score.

It is that of arXiv:2103.06115, for a field of any dimension: many small networks learn the field,
nobody tells them of symmetry; the principal components of their last hidden layers are pictures,
from which a convolutional network reads the probability of each symmetry class. Beside it, elements
are searched for on the field itself and compared in the hidden layer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.baselines import baselines
from symscope.classifier.classifier import CalibratedClassifier, load_classifier, most_like
from symscope.classifier.evidence import judge, load_evidence_classifier
from symscope.elements import LEAST_SIDE, Elements, find_elements, hidden_agreement
from symscope.elements.evidence import (
    Evidence,
    Searched,
    layer_points,
    layer_scene,
    seen_in,
)
from symscope.elements.field_evidence import (
    HIDDEN_POINTS,
    field_evidence,
    joint_agreement,
    stands_beside,
)
from symscope.elements.scene import SampledScene
from symscope.elements.window import looked_at
from symscope.errors import InputError, Outcome, UsageError
from symscope.features.agreement import sample_points
from symscope.features.features import map_grid, pca_pictures
from symscope.features.lie_defect import best_flow, flow_sums, judged
from symscope.field import Field
from symscope.groups import CLASS_SETS, Symmetry, Verdict
from symscope.io.grids import Grid
from symscope.io.images import Picture, read_picture
from symscope.io.inputs import Input, dimension_of_input, load
from symscope.io.paths import NAME_WIDTH, named_as_sound, printable
from symscope.io.sounds import Broken, SoundWindow
from symscope.lie.rigid import find_generators
from symscope.music.names import CLASS_OF, Music, candidates, chance, named, strength
from symscope.networks.decoys import train
from symscope.networks.devices import mesh, threads
from symscope.networks.ensemble import Ensemble, Fit
from symscope.networks.learning import WATCHED, learning
from symscope.networks.settings import (
    DIMENSIONS,
    Settings,
    network_range,
    of_dimension,
    settings_for,
)
from symscope.options import EvidenceSource, Options, SoundView
from symscope.preprocess.sketch import Sketch, colourful, given_field, picture_field, sketch
from symscope.preprocess.time_pitch import Heard, time_pitch
from symscope.results import (
    LEAST_RESOLVED,
    VERSIONS,
    Drawn,
    Failure,
    JointLayer,
    Score,
    Stage,
    Trained,
    Views,
    mean_and_spread,
)
from symscope.synth.templates import template_pool
from symscope.tasks import COLOURS, PICTURE, Measure

SIDE = DIMENSIONS[2].side or 64
"""Points along a side of a picture's sketch; the templates have as many."""

Reading = Callable[..., Picture]
"""How a source becomes a Picture: ``read_picture``, or a ``GuardedReader``."""

Seen = Callable[[Evidence, Sequence[int] | None], Evidence]
"""What other networks make of some candidates; None: of the input."""

Watch = Callable[[Stage], None]
"""What is shown how a score comes about, while it does."""


@dataclass(frozen=True)
class Loaded:
    """An input, read: the field that networks learn, and what people see of it.

    Attributes
    ----------
    path, sha256 : of the input, as a row says them; a Field of the plane has no sha256
    field : what the networks learn
    shape : the grid on which the networks' answers are shown; (P,) of scattered points
    retained_variance : share of the input's variance that its sketch or grid keeps
    scale : half a side of the networks' square, in the picture's coordinates
    picture, sketch, heard, grid : what it was made from, as far as the input has them
    notes : what a person is told of how it was read
    """

    path: str
    field: Field
    shape: tuple[int, ...] = (SIDE, SIDE)
    sha256: str | None = None
    retained_variance: float = 1.0
    scale: float = 1.0
    picture: Picture | None = None
    sketch: Sketch | None = None
    heard: Heard | None = None
    grid: Grid | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    """The method with its options and collaborators; inputs are loaded, then scored."""

    options: Options
    read: Reading = read_picture
    watch: Watch | None = None
    calibrated: CalibratedClassifier | None = None
    _classifiers: dict[int, CalibratedClassifier | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.calibrated:  # Who gives a CNN wants it to answer.
            cnn = replace(self.options, evidence=EvidenceSource.CNN.value)
            object.__setattr__(self, "options", cnn)

    def load(self, source: Any) -> Loaded | Failure:
        """Read an input, and sketch a picture; one level everywhere is a Failure.

        Raises
        ------
        InputError
            If it cannot be read.
        UsageError
            For options that do not fit it.
        """
        if not isinstance(source, Input):
            source = load(source, self.options, self.read)
        learned = source.field
        if learned is not None and learned.dimension != 2:
            grid = source.grid
            shape, kept = (len(learned.levels),), 1.0
            if grid:
                shape, kept = grid.values.shape, grid.retained_variance
            item = Loaded(
                source.path, learned, shape, source.sha256, kept, grid=grid, notes=source.notes
            )
        elif learned is not None:
            if learned.shape != (SIDE, SIDE):
                raise UsageError(
                    f"a Field to be scored must be a {SIDE}×{SIDE} grid, found "
                    f"{learned.shape}: make it with Field.from_levels from an array of {SIDE} "
                    "rows and columns"
                )
            item = Loaded("field", given_field(self.options.learned(), learned))
        else:
            picture, heard = source.picture, None
            if source.window is not None:
                try:
                    picture, heard = time_pitch(source.window, SoundView(self.options.view))
                except InputError as error:
                    raise type(error)(f"{printable(source.path, NAME_WIDTH)}: {error}") from error
            assert picture is not None  # of two dimensions, and neither a Field nor a sound
            options, task = self.options, self.options.learned(2, heard)
            drawn = sketch(
                picture.grey,
                side=SIDE,
                method=options.sketch,
                frame=options.frame,
                zoom=options.zoom,
            )
            item = Loaded(
                source.path,
                picture_field(task, picture, drawn, options.frame, options.zoom),
                sha256=picture.sha256,
                retained_variance=drawn.retained_variance,
                scale=drawn.extent / max(picture.grey.shape),
                picture=picture,
                sketch=drawn,
                heard=heard,
                notes=source.notes,
            )
        if not item.field.is_constant:
            return item
        message = "found one level everywhere: nothing can be learned from it"
        if item.field.dimension == 2:
            levels = self.options.learned(2, item.heard).sees_levels
            message += f"; try {'another --sketch, or ' if levels else ''}a picture with contrast"
        made = self.provenance(item.field.dimension, item)
        parts = item.picture, item.sketch, item.grid
        return Failure(item.path, Outcome.CONSTANT, message, made, *parts)

    def unreadable(self, source: Any, error: InputError) -> Failure:
        """Return what becomes of an input that could not be read."""
        named = isinstance(source, str | SoundWindow | Broken)
        path = getattr(source, "path", source) if named else type(source).__name__
        try:
            dimension = dimension_of_input(source, self.options.dimension) or 2
        except InputError:
            dimension = self.options.dimension or 3  # that of most
        heard = isinstance(source, SoundWindow | Broken) or (named and named_as_sound(str(path)))
        made = VERSIONS | {"dimension": dimension}
        if dimension == 2:
            made = self.provenance(2, heard=heard)
        return Failure(str(path), error.outcome or Outcome.UNREADABLE, str(error), made)

    def alike(self, item: Loaded) -> tuple[Any, ...]:
        """Say what inputs have in common whose networks can be trained together."""
        field = item.field
        outputs = 0 if field.values is None else field.values.shape[1]
        return field.dimension, len(field.levels), outputs, self.weighs(item)

    def score(self, inputs: Sequence[Loaded]) -> list[Score]:
        """Score inputs that are ``alike``, whose networks are trained together."""
        mesh()  # JAX would keep to a single device if anything else used it first
        dimension, heard = inputs[0].field.dimension, inputs[0].heard
        classifier = self.classifier(dimension) if self.reads(inputs[0]) else None
        settings = settings_for(self.options, dimension, heard)
        least, most = network_range(self.options, dimension)
        searches = [threads().submit(self.search, item) for item in inputs]
        try:
            if self.watch:
                self.show_learning(inputs[0], min(WATCHED, least))
            ensembles: dict[int, Ensemble] = {}
            fits: dict[int, Fit] = {}
            views: dict[int, Views] = {}
            results: dict[int, Score] = {}
            undecided, count, more = list(range(len(inputs))), 0, least
            while undecided:
                # The networks learn the field; nobody tells them of symmetry.
                fields = [inputs[i].field for i in undecided]
                trained = train(fields, more, settings, self.options.seed, count, template_pool)
                # The principal components of their last hidden layers are pictures …
                layers = [pca_pictures(ensemble, dimension) for ensemble in trained]
                # … that the classifier reads, those of all fields together.
                chances = np.zeros((more * len(layers), 0), np.float32)
                if classifier:
                    chances = classifier.classify(*layers)
                count += more
                more = min(least, most - count)
                uncertain = []
                for i, new, layer, read in zip(
                    undecided, trained, layers, np.split(chances, len(layers)), strict=True
                ):
                    item, answers = inputs[i], new.preview(inputs[i].shape)
                    view = Views(answers, layer.maps, layer.plane, layer.variance, read)
                    ensembles[i] = ensembles[i] + new if i in ensembles else new
                    views[i] = views[i] + view if i in views else view
                    fits[i] = Fit.of(ensembles[i], item.field, item.retained_variance)
                    if self.watch:
                        classes = classifier.classes if classifier else ()
                        self.watch(Trained.of(views[i].probabilities, classes, most))
                    # Weighed is what few networks have learned, and again what all of them have.
                    if not classifier and (count == least or more == 0):
                        found = searches[i].result()
                        results[i] = self.result(item, ensembles[i], views[i], fits[i], *found)
                    # Networks disagree: more of them learn what is uncertain, if it can be learned.
                    if more > 0 and self.unsettled(views[i], fits[i], dimension, results.get(i)):
                        uncertain.append(i)
                undecided = uncertain
            return [
                results.get(i)
                or self.result(item, ensembles[i], views[i], fits[i], *found.result())
                for i, (item, found) in enumerate(zip(inputs, searches, strict=True))
            ]
        finally:
            for search in searches:
                search.cancel()

    def unsettled(self, views: Views, fit: Fit, dimension: int, weighed: Score | None) -> bool:
        """Whether networks, or halves of them, disagree about what they have learned."""
        limits = of_dimension(dimension)
        if fit.skill < limits.least_skill:
            return False
        if weighed is not None:
            return weighed.evidence is not None and (weighed.symmetry_sd or 0) > limits.of_halves
        classifier = self.classifier(dimension)
        if classifier is None:
            return False
        none = views.probabilities[:, classifier.classes.index(Symmetry.NONE)]
        return float(none.std(ddof=1)) / len(none) ** 0.5 > limits.standard_error

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

    def search(self, item: Loaded) -> tuple[Elements | None, dict[str, float] | None]:
        """Search an input, or a Field's levels, for elements; ask the baselines.

        Of a picture what is weighed is searched: what the networks see; for the CNN, all of it.
        """
        wanted, weighs = self.options.elements, self.weighs(item)
        if item.field.dimension != 2:
            if not item.grid or not (wanted or weighs):
                return None, None
            elements = find_elements(item.grid)
            return elements if weighs else replace(elements, nearly=()), None
        grey, elements, measures = enlarged(grey_of(item)), None, None
        if wanted and item.heard:
            elements = candidates(grey, item.heard)
        elif wanted and weighs:
            elements = find_elements(self.shown(item), 2 * item.scale)
        elif wanted:
            elements = find_elements(grey)
        if self.options.baselines:
            measures = {measure.name: measure(grey).strength for measure in baselines()}
        return elements, measures

    def result(
        self,
        item: Loaded,
        ensemble: Ensemble,
        views: Views,
        fit: Fit,
        elements: Elements | None,
        measures: dict[str, float] | None,
    ) -> Score:
        """Sum up the networks, and ask their hidden layers about the elements."""
        dimension, doubt = item.field.dimension, self.distrust(fit, item)
        weighs = self.weighs(item)
        classifier = self.classifier(dimension) if self.reads(item) else None
        summary: dict[str, Any] = {}
        # Of what networks do not learn, the evidence of the picture still stands.
        told = weighs and self.options.evidence != EvidenceSource.HIDDEN
        control = dimension == 2 and self.options.learned().control
        alone = told and doubt is not None and not control
        if weighs:
            asked = None if alone else ensemble
            summary, elements, by_half = self.weighed(item, asked, fit, elements)
            views = replace(views, probabilities=by_half)
        elif classifier:
            mean, spread = mean_and_spread(views.probabilities, classifier.classes)
            none = views.probabilities[:, classifier.classes.index(Symmetry.NONE)]
            best = int(most_like(views.probabilities.mean(axis=0), classifier.classes))
            summary = {
                "label": str(classifier.classes[best]),
                "symmetry": float(1 - none.mean()),
                "symmetry_sd": float(none.std()),
                "probabilities": mean,
                "probabilities_sd": spread,
            }
        message = None
        if doubt:
            why, then = doubt
            given = {1: "signal", 2: "picture", 3: "volume"}.get(dimension)
            message = f"{why}: {f'the answer rests on the {given} alone' if alone else then}"
        # How far the hidden layers keep what was found, and which motions they hardly change under.
        music, generators, plane = None, None, dimension == 2
        if self.options.elements and dimension not in (1, 2):
            generators = find_generators(ensemble.jacobian, ensemble.hidden, dimension)
            if not summary and generators.verdict is Verdict.SYMMETRIC:
                summary = {"label": generators.group}
        if elements and plane and not alone:
            points = map_grid(2)[0]
            agreement = hidden_agreement(elements.items, ensemble.hidden, points, item.scale)
            flow = best_flow(flow_sums(ensemble.jacobian(points), points))
            flow = judged(flow, [ensemble], points, item.scale)
            elements = elements.with_hidden(agreement, flow)
        elif elements and not (plane or alone) and any(e.hidden is None for e in elements.items):
            points = sample_points(dimension, HIDDEN_POINTS)
            agreement = hidden_agreement(elements.items, ensemble.hidden, points)
            elements = elements.with_hidden(agreement)
        if elements and item.heard:
            music = named(elements, item.heard, doubt is None)
            elements = replace(elements, items=tuple(held.element for held in music.structures))
            if self.options.evidence != EvidenceSource.CNN:
                summary = of_music(music, grey_of(item))
        return Score(
            path=item.path,
            outcome=Outcome.NOT_LEARNED if doubt and not alone else Outcome.OK,
            message=message,
            **summary,
            fit=fit,
            elements=elements,
            baselines=measures,
            provenance=self.provenance(dimension, item, len(views.maps)),
            picture=item.picture,
            sketch=item.sketch,
            views=views,
            music=music,
            grid=item.grid,
            generators=generators,
        )

    def weighs(self, item: Loaded) -> bool:
        """Whether what speaks for each symmetry of an input is weighed; the CNN reads others."""
        searched = item.field.dimension == 2 or item.grid is not None
        return searched and self.options.weighs(item.field.dimension, item.heard)

    def reads(self, item: Loaded) -> bool:
        """Whether a CNN reads the hidden layer of an input: not where something else answers."""
        asked = self.options.evidence == EvidenceSource.CNN
        return asked or not (item.heard or self.weighs(item))

    def weighed(
        self, item: Loaded, ensemble: Ensemble | None, fit: Fit, elements: Elements | None
    ) -> tuple[dict[str, Any], Elements | None, NDArray[np.float32]]:
        """Weigh what speaks for each symmetry → summary, elements, probabilities by half (2, C).

        Without an ensemble, which did not learn it, the input alone speaks.
        """
        dimension = item.field.dimension
        source = self.options.evidence if ensemble else EvidenceSource.PIXELS.value
        found = self.of_picture if dimension == 2 else self.of_field
        of, halves, joint = found(item, ensemble, fit, elements)
        told = CLASS_SETS[self.options.classifier] if dimension == 2 else None
        judgement = judge(of, load_evidence_classifier(source, dimension), halves, told)
        nearest, carrying = judgement.nearest or (None, ())
        summary = {
            "label": str(judgement.label),
            "nearest": nearest and str(nearest),
            "joint": joint,
            "evidence": of,
            **{
                name: getattr(judgement, name)
                for name in (
                    *("symmetry", "symmetry_sd", "probabilities", "probabilities_sd"),
                    *("there", "realised", "chance", "chances"),
                )
            },
        }
        if elements is None or not self.options.elements:
            return summary, None, judgement.by_half
        items = judgement.elements
        if judgement.label is Symmetry.REPEATED:
            # What else a pattern has about its periods: turns, mirrors, glides.
            families = ("translation", "stripes", "round")
            items += tuple(e for e in elements.items if e.kind not in families)
        elif dimension != 2:
            items += tuple(e for e in elements.items if stands_beside(judgement.label, e.kind))
        listed = {item.kind for item in items} if dimension != 2 else ()
        nearly = tuple(item for item in judgement.nearly if item.kind not in listed)
        elements = replace(elements, items=items, nearly=nearly, nearest=carrying)
        return summary, elements, judgement.by_half

    def shown(self, item: Loaded) -> NDArray[np.float32]:
        """What of a picture is weighed, (channels, R, C): in colours where networks learn them."""
        colours = None
        if item.picture is not None and self.options.learned().source == PICTURE:
            colours = colourful(item.picture)
        return enlarged(grey_of(item)[None] if colours is None else colours)

    def of_picture(
        self, item: Loaded, ensemble: Ensemble | None, fit: Fit, _: Elements | None
    ) -> tuple[Evidence, list[Seen], JointLayer | None]:
        """Gather a picture's evidence → all, how halves of the networks see it, their layer."""
        shown = self.shown(item)
        window = looked_at(shown, 2 * item.scale)
        known = (fit.skill if ensemble else 0.0, item.retained_variance)
        searched = Searched.of(shown, window)
        if ensemble is None:
            return searched.beside(None, known), [], None
        hidden, shape = ensemble.hidden(layer_points()), shown.shape[1:]
        layer, shares = layer_scene(hidden, shape, item.scale)
        half = len(hidden) // 2
        parts = [hidden[:half], hidden[half:]] if half else []

        def seen(part: SampledScene, of: Evidence, candidates: Sequence[int] | None) -> Evidence:
            if candidates is None:
                return searched.beside(part, known)
            return seen_in(part.part(window.side, window.side, window.middle), of, candidates)

        halves: list[Seen] = [
            partial(seen, layer_scene(part, shape, item.scale)[0]) for part in parts
        ]
        return searched.beside(layer, known), halves, JointLayer(layer.pixels, shares)

    def of_field(
        self, item: Loaded, ensemble: Ensemble | None, fit: Fit, elements: Elements | None
    ) -> tuple[Evidence, list[Seen], None]:
        """Gather a signal's or volume's evidence → all, how halves of the networks see it."""
        assert elements is not None  # of what has a grid, they are always searched
        known = (fit.skill if ensemble else 0.0, item.retained_variance)
        if ensemble is None:
            return field_evidence(elements, None, known), [], None
        every = (*elements.items, *elements.nearly)
        points = sample_points(item.field.dimension, HIDDEN_POINTS)
        half = len(ensemble.hidden(points[:1])) // 2
        groups = [slice(None), *([slice(half), slice(half, None)] if half else [])]
        whole, *parts = joint_agreement(every, ensemble.hidden, points, groups)

        def seen(part: NDArray[np.float64], *_: Any) -> Evidence:
            return field_evidence(elements, part, known)

        return field_evidence(elements, whole, known), [partial(seen, p) for p in parts], None

    def distrust(self, fit: Fit, item: Loaded) -> tuple[str, str] | None:
        """Say why the networks say nothing about the input, if so, and what follows."""
        plane = item.field.dimension == 2
        task = self.options.learned(item.field.dimension, item.heard)
        what, on = ("picture", "sketch") if plane else ("field", "grid")
        part = "take a shorter --window" if item.heard else "look at a part of it with --zoom"
        if fit.retained_variance < LEAST_RESOLVED:
            return (
                f"the {what}'s detail is finer than the {on}, which keeps "
                f"{fit.retained_variance:.1%} of its variance",
                f"the probabilities say nothing about it; {part}",
            )
        if fit.skill < of_dimension(item.field.dimension).least_skill:
            share = f"{fit.validation_accuracy:.0%}"
            learned = (
                f"the networks reproduce {share} of the held-out points, a constant guess "
                f"{fit.chance_accuracy:.0%}"
            )
            if plane and task.measure is Measure.VARIANCE:
                learned = f"the networks explain {share} of the variance of what was held out"
            elif plane and task.measure is Measure.ORDER:
                learned = (
                    f"the networks put {share} of the held-out patches above patches with their "
                    "pixels in random order, a guess 50%"
                )
            elif plane:
                learned += f", and explain {max(fit.skill, 0.0):.0%} of their variance"
            other = "try another --sketch, or " if plane and task.sees_levels else ""
            return learned, f"the probabilities say nothing about the {what}; {other}{part}"
        if plane and task.control:
            return (
                f"the task {task.text} is a control, of networks that are not trained on the "
                "picture",
                "the probabilities show what is read from those",
            )
        return None

    def provenance(
        self, dimension: int, item: Loaded | None = None, networks: int = 0, heard: bool = False
    ) -> dict[str, Any]:
        """Return all that is needed to compute a row again; ``heard``: of a sound without item."""
        sound = item and item.heard
        options, plane = self.options, dimension == 2
        task = options.learned(dimension, sound)
        classifier: Any = self.classifier(dimension)
        name = of_dimension(dimension).classifier
        grid = len(item.grid.values) if item and item.grid else None
        if plane:
            name, grid = "given" if self.calibrated else options.classifier, SIDE
        # Of what networks learn without a sketch, one that was chosen still tells seeds apart.
        sketched = not plane or task.sees_levels or task.levels or options.sketch != Options.sketch
        weighs = self.weighs(item) if item else options.weighs(dimension, heard)
        if weighs:
            classifier = load_evidence_classifier(options.evidence, dimension)
        return {
            **VERSIONS,
            "classifier": name,
            "classifier_sha256": classifier.sha256 if classifier else None,
            **({"evidence": options.evidence} if weighs else {}),
            "settings": options.settings if plane else "fast",
            "settings_fingerprint": settings_for(options, dimension, sound).fingerprint,
            **({"task": task.text} if plane and task.text != COLOURS else {}),
            "networks": networks,
            "seed": options.seed,
            **({"sketch": options.sketch if plane else "otsu"} if sketched else {}),
            "frame": options.frame,
            "zoom": options.zoom,
            **({"side": grid} if grid else {}),
            **({} if plane else {"dimension": dimension}),
            **({"file_sha256": item.sha256} if item and item.sha256 else {}),
            **({"field_sha256": item.field.sha256} if item else {}),
            **({"view": str(sound.view), "window": options.window} if sound else {}),
            **({"select": options.select} if options.select else {}),
            **({"read": list(item.notes)} if item and item.notes else {}),
        }

    def show_learning(self, item: Loaded, networks: int) -> None:
        """Show the input, and its first networks while they learn."""
        assert self.watch is not None
        if item.field.dimension == 2:
            self.watch(Drawn(item.picture, item.sketch))
        dimension = item.field.dimension
        settings = settings_for(self.options, dimension, item.heard)
        every = of_dimension(dimension).look
        # Only answers on the whole grid can be watched, and only while decoys learn.
        if isinstance(settings, Settings) and item.field.shape is not None:
            for moment in learning(item.field, networks, settings, self.options.seed, every):
                self.watch(moment)


def grey_of(item: Loaded) -> NDArray[np.float32]:
    """The picture that is searched, or a Field's levels."""
    if item.picture is not None:
        return item.picture.grey
    return item.field.levels.reshape(SIDE, SIDE).astype(np.float32)


def enlarged(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Repeat the pixels (…, R, C) of what is too small to be searched: what holds of it holds on.

    >>> enlarged(np.eye(2, dtype=np.float32)).shape
    (32, 32)
    """
    side = min(pixels.shape[-2:])
    if side >= LEAST_SIDE:
        return pixels
    times = -(-2 * LEAST_SIDE // side)
    return pixels.repeat(times, axis=-2).repeat(times, axis=-1)


def of_music(music: Music, grey: NDArray[np.float32]) -> dict[str, Any]:
    """Sum up a sound by its own structure; its picture's class is not asked."""
    best = music.nearest
    if music.label is None or best is None:
        return {"label": music.label and str(music.label)}
    return {
        "label": str(music.label),
        "nearest": None if music.structures else str(CLASS_OF[best.kind]),
        "symmetry": float(np.clip(strength(best), 0, 1)),
        "symmetry_sd": (best.hidden_sd or 0.0) / 2,
        "there": best.pixels,
        "realised": best.hidden,
        "chance": chance(grey, music.heard.view, best),
    }
