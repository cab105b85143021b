"""What the page may send: every field with its type and range."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from symscope.errors import UsageError
from symscope.groups import EXTENDED
from symscope.io.sounds import LEAST_SECONDS, MOST_SECONDS, WINDOW
from symscope.options import ClassSet, Frame, NetworkSettings, Options, SketchMethod, SoundView
from symscope.tasks import COLOURS, parse_task

MOST_NETWORKS, MOST_ZOOM = 96, 64
"""Limits of the page, so that one request stays one of minutes; the command has none."""

TASK_WORDS = 24
"""Characters of a task's word, more than any has."""


def _known(text: str) -> str:
    try:
        return parse_task(text).text
    except UsageError as error:
        raise ValueError(str(error)) from error


Identity = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SketchWish(_Strict):
    """How a picture is to be sketched; ``dimension`` 3 takes a TIFF for a volume."""

    sketch: SketchMethod = SketchMethod.OTSU
    frame: Frame = Frame.CROP
    zoom: Annotated[float, Field(ge=1, le=MOST_ZOOM, allow_inf_nan=False)] = 1.0
    view: SoundView = SoundView.PITCH
    window: Annotated[float, Field(ge=LEAST_SECONDS, le=MOST_SECONDS, allow_inf_nan=False)] = WINDOW
    dimension: Literal[3] | None = None


class PreviewWish(SketchWish):
    """A preview; ``picture`` tells whether the picture itself is wanted too."""

    picture: bool = False


class OptionsWish(SketchWish):
    """How a picture is to be scored."""

    networks: Annotated[int, Field(ge=1, le=MOST_NETWORKS)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    settings: NetworkSettings = NetworkSettings.FAST
    classifier: ClassSet = ClassSet.EXTENDED
    elements: bool = True
    baselines: bool = False
    task: Annotated[str, Field(max_length=TASK_WORDS), AfterValidator(_known)] = COLOURS

    def options(self, max_megapixels: float) -> Options:
        """Return them as ``scoring.score`` takes them."""
        given: dict[str, Any] = self.model_dump(mode="json", exclude={"dimension"})
        return Options(**given, max_megapixels=max_megapixels)


class JobsWish(_Strict):
    """Pictures to be scored; with ``set``, as one set of that name."""

    pictures: Annotated[list[Identity], Field(min_length=1, max_length=20_000)]
    options: OptionsWish = OptionsWish()
    set: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class SampleWish(_Strict):
    """One of the samples."""

    name: Annotated[str, Field(max_length=100)]


class TemplateWish(_Strict):
    """A physics template of a class."""

    symmetry: Annotated[str, Field(max_length=8)]
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    def is_known(self) -> bool:
        """Tell whether there is such a class of pictures."""
        return self.symmetry in {str(symbol) for symbol in EXTENDED}


class Chosen(_Strict):
    """Jobs, by their ids."""

    jobs: Annotated[list[Identity], Field(max_length=20_000)]
