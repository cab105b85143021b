"""``symscope generators`` and ``symscope orbits``: the groups of functions, data and pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from symscope.cli.shared import POTENTIAL, Json, Seed, print_path
from symscope.errors import UsageError
from symscope.options import FieldClass, Route
from symscope.report.terminal import emit, progress, say, show


def generators(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="potential:NAME, or a .npz, .csv or .xlsx file of points and values or labels.",
            show_default=False,
        ),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="The generator of a picture, from its decoys."),
    ] = None,
    route: Annotated[
        Route,
        typer.Option(help="Derivatives, neighbours on orbits, both, or moves that fool a network."),
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
    from symscope.drawing.algebra import algebra_figure, algebra_tables
    from symscope.drawing.rows import to_json_lines
    from symscope.io.files import write_arrays, write_figure
    from symscope.lie.discover import discover

    if samples or not (source or "").startswith(POTENTIAL):
        # A formula needs no networks, and so no JAX.
        from symscope.networks.devices import enable_compilation_cache

        enable_compilation_cache()
    options: dict[str, Any] = {"kind": field_class.value, "route": route.value, "seed": seed}
    options["networks"] = networks or 4
    assert source is not None
    notes: dict[str, list[str]] = {}
    if source.startswith(POTENTIAL):
        from symscope.synth.potentials import potential

        found = potential(source.removeprefix(POTENTIAL), seed)
        if samples is None:
            domain = (found.low, found.high)
            algebra = discover(found, dimension=found.dimension, domain=domain, **options)
        else:
            algebra = discover(*found.sample(samples, seed), **options)
    else:
        if samples is not None:
            raise UsageError("--samples is for potential:NAME: a file has the points it has")
        from symscope.io.samples import read_samples

        read = read_samples(source, target)
        notes = _told(source, read.notes)
        algebra = discover(read.points, read.target, **options)
    if figure is not None:
        write_figure(figure, algebra_figure(algebra))
    if export is not None:
        write_arrays(export, algebra.arrays())
    row = {"source": source} | notes | algebra.to_row()
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
    from symscope.api import score as score_picture
    from symscope.drawing.figure import score_figure
    from symscope.drawing.rows import to_json_lines
    from symscope.drawing.table import figures_tables
    from symscope.features.lie_defect import arrays_of, generator_row
    from symscope.io.files import write_arrays, write_figure
    from symscope.networks.devices import enable_compilation_cache

    enable_compilation_cache()
    result = score_picture(path, networks=networks, seed=seed)
    flow = result.elements.flow if result.elements else None
    row = generator_row(flow, str(result.outcome), result.message)
    if figure is not None:
        write_figure(figure, score_figure(result))
    if export is not None:
        write_arrays(export, arrays_of(flow))
    row = {"source": path} | row | {"provenance": result.provenance}
    if as_json:
        emit(to_json_lines([row]))
    else:
        show(*figures_tables({key: row[key] for key in row if key != "provenance"}))


def _told(source: str, notes: Sequence[str]) -> dict[str, list[str]]:
    """Tell what was chosen in reading a file, and return it as a row has it."""
    for note in notes:
        say(f"{source}: {note}")
    return {"read": list(notes)} if notes else {}


def _check_written(figure: Path | None, export: Path | None) -> None:
    from symscope.io.files import check_file, picture_format

    if figure is not None:
        check_file(figure, "--figure")
        picture_format(figure, "--figure")
    if export is not None:
        check_file(export, "--export")
        if export.suffix.lower() != ".npz":
            raise UsageError(f"--export found {export.name}, expected a name that ends in .npz")


def orbits(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="potential:NAME, or a .npz, .csv or .xlsx file of points and their labels.",
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
    from symscope.drawing.orbits import orbits_figure
    from symscope.drawing.rows import to_json_lines
    from symscope.io.files import write_figure
    from symscope.lie.orbits import study_data, study_potential
    from symscope.networks.devices import enable_compilation_cache

    enable_compilation_cache()
    notes: dict[str, list[str]] = {}
    with progress("training") as report:
        if source.startswith(POTENTIAL):
            from symscope.synth.potentials import potential

            found = potential(source.removeprefix(POTENTIAL), seed)
            study = study_potential(
                found, levels=levels, count=points, kind=field_class.value, seed=seed,
                progress=report,
            )  # fmt: skip
        else:
            from symscope.io.samples import read_samples

            read = read_samples(source, target)
            notes = _told(source, read.notes)
            if read.target is None:
                raise UsageError(f"{source} holds no labels: name their column with --target")
            study = study_data(
                Path(source).name, read.points, read.target, kind=field_class.value, seed=seed,
                progress=report,
            )  # fmt: skip
    write_figure(figure, orbits_figure(study))
    if as_json:
        emit(to_json_lines([study.to_row() | notes | {"figure": str(figure)}]))
    else:
        print_path(figure)
