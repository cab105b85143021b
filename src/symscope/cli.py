"""The command line: arguments, progress and exit codes; no science.

Standard output carries data only, everything else goes to standard error. JAX, matplotlib and the
science are imported inside the commands, so that ``--help`` is instant.
"""

import io
import math
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symscope.errors import SymscopeError, UsageError
from symscope.options import (
    Cited,
    ClassSet,
    FieldClass,
    Format,
    Frame,
    Route,
    Settings,
    SketchMethod,
    Suite,
)
from symscope.terminal import emit, progress, say, show

if TYPE_CHECKING:
    from symscope.groups import Symmetry

FAULT, WRONG_USE, SOME_FAILED, ALL_FAILED, WEIGHTS_REJECTED, INTERRUPTED = 1, 2, 3, 4, 5, 130
"""Exit codes; 0 is left for success."""


POTENTIAL = "potential:"
"""How a source begins that is no file."""

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Fixes all that is random.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quick = Annotated[bool, typer.Option("--quick", help="Less work, wider intervals.")]
Classes = Annotated[ClassSet, typer.Option(help="The paper's five classes, or all seven.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the entry point of ``symscope``.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; that of this process by default.

    Returns
    -------
    int
        0 all scored, 1 a fault of symscope, 2 wrong use, 3 finished but some inputs failed,
        4 nothing readable, 5 weights rejected, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        # A file name or ∅ that the terminal's encoding lacks must not end a run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    command = typer.main.get_command(app)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = command.main(given or ["--help"], "symscope", standalone_mode=False) or 0
        # Typer turns an interruption into its code and says nothing.
        return _failed(_INTERRUPTION, code) if code == INTERRUPTED else code
    except SymscopeError as error:
        return _failed(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _failed(_INTERRUPTION, INTERRUPTED)
    except Exception as error:
        if hasattr(error, "format_message"):  # Typer's errors have no public base class.
            return _failed(_wrong_use(error), WRONG_USE)
        hint = "" if _debugging() else " (SYMSCOPE_DEBUG=1 shows where)"
        name = type(error).__name__
        return _failed(f"a fault of symscope, please report it: {name}: {error}{hint}", FAULT)


_INTERRUPTION = "interrupted: what was finished has been written"


def _failed(message: str, code: int) -> int:
    if _debugging():
        traceback.print_exc()
    say(message)
    return code


def _debugging() -> bool:
    return os.environ.get("SYMSCOPE_DEBUG", "0") not in ("", "0")


def _wrong_use(error: Any) -> str:
    command = error.ctx.command_path if getattr(error, "ctx", None) else "symscope"
    return f"{error.format_message().rstrip('.')}: see {command} --help"


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        emit(f"symscope {version('symscope')}\n".encode())
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """How symmetric is this picture, and how do we know?

    Small networks learn a picture; nobody tells them about symmetry.

    What their last hidden layer has become tells which symmetry the picture has.
    """


@app.command()
def score(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Pictures, folders, patterns such as '*.png', or sample:NAME (scikit-image's).",
            show_default=False,
        ),
    ],
    networks: Annotated[
        int | None,
        typer.Option(min=1, help="Networks per picture.", show_default="as many as it needs"),
    ] = None,
    seed: Seed = 0,
    settings: Annotated[Settings, typer.Option(help="How networks are trained.")] = Settings.FAST,
    sketch: Annotated[
        SketchMethod, typer.Option(help="How a picture becomes a sketch.")
    ] = SketchMethod.OTSU,
    frame: Annotated[Frame, typer.Option(help="How a picture becomes square.")] = Frame.CROP,
    zoom: Annotated[
        float, typer.Option(help="Score the middle only, 1/ZOOM of the side: for fine detail.")
    ] = 1.0,
    reader: Annotated[ClassSet, typer.Option(help="Five or seven classes.")] = ClassSet.EXTENDED,
    format: Annotated[
        Format | None,
        typer.Option(help="How rows are written.", show_default="by --out's name, else table"),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rows there.")] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw one figure per picture there.")
    ] = None,
    contact_sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw all pictures on one sheet.")
    ] = None,
    max_megapixels: Annotated[float, typer.Option(help="Refuse larger pictures.")] = 50.0,
    elements: Annotated[
        bool, typer.Option(help="Search for axes, centres and periods too.")
    ] = True,
    with_baselines: Annotated[
        bool, typer.Option("--with-baselines", help="Add what simple measures say.")
    ] = False,
) -> None:
    """Score the symmetry of pictures."""
    if not (math.isfinite(max_megapixels) and max_megapixels > 0):
        raise UsageError(f"found --max-megapixels {max_megapixels}, expected a number above 0")
    if not (math.isfinite(zoom) and zoom >= 1):
        raise UsageError(f"found --zoom {zoom}, expected a number from 1 on")
    chosen = _format(format, out)
    _check_places(chosen, out, figure, contact_sheet)
    from symscope.engine import enable_compilation_cache
    from symscope.report.delivery import Delivery
    from symscope.scoring import score_many
    from symscope.sources.images import find_pictures

    enable_compilation_cache()
    delivery = Delivery(chosen.value, out, figure, contact_sheet)
    # The bar is gone before rows are printed, and is not there at all while lines stream past.
    streaming = chosen is Format.JSONL and out is None and sys.stdout.isatty()
    with delivery, progress("scoring", hidden=streaming) as report:
        for result in score_many(
            find_pictures(paths),
            networks=networks,
            seed=seed,
            settings=settings.value,
            sketch=sketch.value,
            frame=frame.value,
            zoom=zoom,
            reader=reader.value,
            max_megapixels=max_megapixels,
            elements=elements,
            with_baselines=with_baselines,
            progress=report,
        ):
            delivery.take(result)
    if delivery.failures:
        say(f"{delivery.failures} of {len(delivery.rows)} could not be scored")
        raise typer.Exit(ALL_FAILED if delivery.failures == len(delivery.rows) else SOME_FAILED)


def _format(wanted: Format | None, out: Path | None) -> Format:
    if wanted:
        return wanted
    suffix = out.suffix.lower().lstrip(".") if out else ""
    return Format(suffix) if suffix in set(Format) else Format.TABLE


def _check_places(
    chosen: Format, out: Path | None, figure: Path | None, contact_sheet: Path | None
) -> None:
    """Refuse places that cannot be written before hours are spent on what would go there."""
    from symscope.report.files import check_file, make_folder, picture_format

    if chosen is Format.PARQUET and out is None and sys.stdout.isatty():
        raise UsageError("parquet is not for a terminal: add --out FILE")
    if out is not None:
        check_file(out, "--out")
    if contact_sheet is not None:
        check_file(contact_sheet, "--contact-sheet")
        picture_format(contact_sheet, "--contact-sheet")
    if figure is not None:
        make_folder(figure, "--figure")


@app.command()
def templates(
    classes: Annotated[
        str, typer.Option(help="paper, extended, or classes such as Z_2,T or mirror,striped.")
    ] = "extended",
    count: Annotated[int, typer.Option(min=1, help="Templates per class and family.")] = 1,
    seed: Seed = 0,
    breaking: Annotated[float, typer.Option(help="0 exact … 1 symmetry gone.")] = 0.0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Save them there.")] = Path("templates"),
) -> None:
    """Draw physics templates and save them with their labels; prints the figure's path."""
    if not 0 <= breaking <= 1:
        raise UsageError(f"found --breaking {breaking}, expected a number from 0 to 1")
    labels = _classes(classes)
    from symscope.report.figure import templates_figure
    from symscope.report.files import make_folder, write_figure, write_whole
    from symscope.report.labelled import labelled_files
    from symscope.sources.templates import templates as draw_templates

    make_folder(out, "--out")
    drawn = draw_templates(count, classes=labels, seed=seed, breaking=breaking)
    for name, data in labelled_files(drawn):
        write_whole(out / name, data)
    write_figure(out / "templates.png", templates_figure(drawn))
    say(f"{len(drawn)} templates and labels.csv are in {out}")
    emit(f"{out / 'templates.png'}\n".encode("utf-8", "backslashreplace"))


def _classes(wanted: str) -> "Sequence[Symmetry]":
    from symscope.groups import CLASS_SETS, Symmetry

    if wanted in CLASS_SETS:
        return CLASS_SETS[wanted]
    # ∅ and O(2) are hard to type: the plain name of a class does as well.
    known = {str(s): s for s in Symmetry} | {s.name.lower(): s for s in Symmetry}
    names = [name.strip() for name in wanted.split(",")]
    for name in names:
        if name not in known:
            expected = ", ".join([*CLASS_SETS, *known])
            raise UsageError(f"found class {name!r} in --classes, expected one of {expected}")
    return tuple(dict.fromkeys(known[name] for name in names))


@app.command()
def generators(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="potential:NAME, or a .npz or .csv file of points and their values or labels.",
            show_default=False,
        ),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="The generator of a picture, from its decoys."),
    ] = None,
    route: Annotated[
        Route, typer.Option(help="Derivatives, neighbours on orbits, or both.")
    ] = Route.BOTH,
    field_class: Annotated[
        FieldClass, typer.Option("--class", help="Which generators are looked for.")
    ] = FieldClass.AFFINE,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Column or array of the values.", show_default="y, label, …"
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(min=50, help="Learn a potential from so many points, not from its formula."),
    ] = None,
    networks: Annotated[
        int | None,
        typer.Option(min=2, help="Networks that learn.", show_default="4; as many as a score has"),
    ] = None,
    seed: Seed = 0,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the figure there.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save plain arrays (.npz), as emlp's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find the generators of a function, of data, or of a picture, and the group by name."""
    if (source is None) == (image is None):
        raise UsageError("expected either SOURCE or --image PATH: see symscope generators --help")
    _check_written(figure, export)
    if image is not None:
        if source or samples or target:
            raise UsageError("--image goes without SOURCE, --samples and --target: leave them out")
        _generators_of_image(image, networks, seed, figure, export, as_json)
        return
    from symscope.lie.discover import discover
    from symscope.report.algebra import algebra_figure, algebra_tables
    from symscope.report.files import write_arrays, write_figure
    from symscope.report.table import to_json_lines

    if samples or not (source or "").startswith(POTENTIAL):
        # A formula needs no networks, and so no JAX.
        from symscope.engine import enable_compilation_cache

        enable_compilation_cache()
    options: dict[str, Any] = {"kind": field_class.value, "route": route.value, "seed": seed}
    options["networks"] = networks or 4
    assert source is not None
    if source.startswith(POTENTIAL):
        from symscope.sources.potentials import potential

        found = potential(source.removeprefix(POTENTIAL), seed)
        if samples is None:
            domain = (found.low, found.high)
            algebra = discover(found, dimension=found.dimension, domain=domain, **options)
        else:
            algebra = discover(*found.sample(samples, seed), **options)
    else:
        if samples is not None:
            raise UsageError("--samples is for potential:NAME: a file has the points it has")
        from symscope.sources.samples import read_samples

        read = read_samples(source, target)
        algebra = discover(read.points, read.target, **options)
    if figure is not None:
        write_figure(figure, algebra_figure(algebra))
    if export is not None:
        write_arrays(export, algebra.arrays())
    row = {"source": source} | algebra.to_row()
    if as_json:
        emit(to_json_lines([row]))
    else:
        show(*algebra_tables(algebra))


def _generators_of_image(
    path: str,
    networks: int | None,
    seed: int,
    figure: Path | None,
    export: Path | None,
    as_json: bool,
) -> None:
    from symscope.engine import enable_compilation_cache
    from symscope.lie.flow import arrays_of, generator_row
    from symscope.report.files import write_arrays, write_figure
    from symscope.report.table import figures_tables, to_json_lines
    from symscope.scoring import score as score_picture

    enable_compilation_cache()
    result = score_picture(path, networks=networks, seed=seed)
    flow = result.elements.flow if result.elements else None
    row = generator_row(flow, str(result.outcome), result.message)
    if figure is not None:
        write_figure(figure, result.figure())
    if export is not None:
        write_arrays(export, arrays_of(flow))
    row = {"source": path} | row | {"provenance": result.provenance}
    if as_json:
        emit(to_json_lines([row]))
    else:
        show(*figures_tables({key: row[key] for key in row if key != "provenance"}))


def _check_written(figure: Path | None, export: Path | None) -> None:
    from symscope.report.files import check_file, picture_format

    if figure is not None:
        check_file(figure, "--figure")
        picture_format(figure, "--figure")
    if export is not None:
        check_file(export, "--export")
        if export.suffix.lower() != ".npz":
            raise UsageError(f"--export found {export.name}, expected a name that ends in .npz")


@app.command()
def orbits(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="potential:NAME, or a .npz or .csv file of points and their labels.",
            show_default=False,
        ),
    ],
    levels: Annotated[int, typer.Option(min=2, max=50, help="Levels of a potential.")] = 11,
    points: Annotated[int, typer.Option(min=200, help="Points on them.")] = 1100,
    field_class: Annotated[
        FieldClass, typer.Option("--class", help="Fields whose defect is measured.")
    ] = FieldClass.AFFINE,
    target: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column or array of the labels.", show_default="label"),
    ] = None,
    seed: Seed = 0,
    figure: Annotated[Path, typer.Option(metavar="FILE", help="Where the figure goes.")] = Path(
        "orbits.png"
    ),
    as_json: Json = False,
) -> None:
    """Draw orbits in a network's hidden layer, beside what has none; prints the figure's path."""
    _check_written(figure, None)
    from symscope.engine import enable_compilation_cache
    from symscope.lie.orbits import study_data, study_potential
    from symscope.report.files import write_figure
    from symscope.report.orbits import orbits_figure
    from symscope.report.table import to_json_lines

    enable_compilation_cache()
    with progress("training") as report:
        if source.startswith(POTENTIAL):
            from symscope.sources.potentials import potential

            found = potential(source.removeprefix(POTENTIAL), seed)
            study = study_potential(
                found, levels=levels, count=points, kind=field_class.value, seed=seed,
                progress=report,
            )  # fmt: skip
        else:
            from symscope.sources.samples import read_samples

            read = read_samples(source, target)
            if read.target is None:
                raise UsageError(f"{source} holds no labels: name their column with --target")
            study = study_data(
                Path(source).name, read.points, read.target, kind=field_class.value, seed=seed,
                progress=report,
            )  # fmt: skip
    write_figure(figure, orbits_figure(study))
    if as_json:
        emit(to_json_lines([study.to_row() | {"figure": str(figure)}]))
    else:
        emit(f"{figure}\n".encode("utf-8", "backslashreplace"))


@app.command()
def train(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the readers and their cards go.")
    ] = Path("weights"),
    seed: Seed = 0,
    checkpoints: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the run resumes.", show_default="in --out"),
    ] = None,
    quick: Quick = False,
) -> None:
    """Train the readers anew, in one run that can be interrupted and resumed."""
    from symscope.report.files import make_folder

    make_folder(out, "--out")
    from symscope.engine import enable_compilation_cache
    from symscope.training import train as train_readers

    enable_compilation_cache()
    with progress("training") as report:
        train_readers(out, seed=seed, quick=quick, work=checkpoints, progress=report)
    emit(f"{out}\n".encode("utf-8", "backslashreplace"))


@app.command()
def evaluate(
    suite: Annotated[Suite, typer.Argument(help="What to measure.", show_default=False)],
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="For labelled and noise: the pictures; labelled needs a labels.csv.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="For labelled: the table.",
            show_default="labels.csv in DIR",
        ),
    ] = None,
    crop: Annotated[
        str | None,
        typer.Option(metavar="x0,y0,x1,y1", help="For labelled: the part that is looked at."),
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="For labelled: compare simple measures too.")
    ] = False,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For breaking: draw the figures there.")
    ] = None,
    classes: Classes = ClassSet.PAPER,
    seed: Seed = 0,
    as_json: Json = False,
    quick: Quick = False,
) -> None:
    """Measure afresh how well symscope does, with controls."""
    if figure is not None:
        from symscope.report.files import check_file, picture_format

        if suite is not Suite.BREAKING:
            raise UsageError(f"evaluate {suite.value} draws no figure: leave --figure out")
        check_file(figure, "--figure")
        picture_format(figure, "--figure")
    from symscope.engine import enable_compilation_cache
    from symscope.evaluation import run

    enable_compilation_cache()
    with progress(suite.value) as report:
        figures = run(
            suite.value,
            classes=classes.value,
            seed=seed,
            quick=quick,
            folder=folder,
            labels=labels,
            crop=crop,
            baselines=baselines,
            progress=report,
        )
    if figure is not None:
        from symscope.report.dial import dial_figure
        from symscope.report.files import write_figure

        write_figure(figure, dial_figure(figures))
    _print_figures(figures, as_json)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Tell what machine, versions, devices and weights there are."""
    from symscope.doctor import VERIFIED, examine

    found = examine()
    _print_figures(found, as_json)
    if any(weights["status"] != VERIFIED for weights in found["weights"].values()):
        raise typer.Exit(WEIGHTS_REJECTED)


@app.command()
def cite(
    sketch: Annotated[
        SketchMethod, typer.Option(help="The sketch that was used.")
    ] = SketchMethod.OTSU,
    of: Annotated[Cited, typer.Option(help="What was used.")] = Cited.SCORE,
) -> None:
    """Print BibTeX of what a score, generators or orbits rest on."""
    from symscope.citations import bibtex, used_by_score

    parts = used_by_score(sketch.value, figure=True)
    if of is not Cited.SCORE:
        parts = ("networks", "generators", "figure", *(["orbits"] if of is Cited.ORBITS else []))
    emit(bibtex(parts).encode())


def _print_figures(figures: Mapping[str, Any], as_json: bool) -> None:
    from symscope.report.table import figures_tables, to_json_lines

    if as_json:
        emit(to_json_lines([figures]))
    else:
        show(*figures_tables(figures))
