"""``symscope sound``: a picture played as music, so that its symmetry can be heard."""

from pathlib import Path
from typing import Annotated, Any

import typer

from symscope.cli.completion import complete_picture
from symscope.cli.shared import print_path
from symscope.errors import UsageError
from symscope.options import Options, Scale


def sound(
    picture: Annotated[
        str,
        typer.Argument(
            metavar="PICTURE",
            help="A picture, sample:NAME (scikit-image's), or - for standard input.",
            show_default=False,
            autocompletion=complete_picture,
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The sound: .wav, .flac or .ogg.")
    ] = None,
    midi: Annotated[Path | None, typer.Option(metavar="FILE", help="The notes: .mid.")] = None,
    scale: Annotated[Scale, typer.Option(help="Which notes the rows are.")] = Scale.PENTATONIC,
    root: Annotated[str, typer.Option(metavar="NOTE", help="The lowest row, such as C2.")] = "C2",
    notes: Annotated[int, typer.Option(help="How many rows, 8 to 88.")] = 24,
    seconds: Annotated[float, typer.Option(help="How long it lasts.")] = 20.0,
    **choices: Any,
) -> None:
    """Play a picture: columns are time, rows are pitch; prints the files' paths."""
    options = Options(**choices)
    if out is None and midi is None:
        raise UsageError("found no file to write, expected --out piece.wav or --midi piece.mid")
    from symscope.io.files import check_file, write_whole
    from symscope.io.images import GuardedReader
    from symscope.music.files import midi_bytes, sound_bytes, sound_kind
    from symscope.music.notes import parse_note
    from symscope.music.piece import piece_of
    from symscope.music.synthesis import RATE, synthesise

    kind = "" if out is None else sound_kind(out, "--out")
    for file, option in ((out, "--out"), (midi, "--midi")):
        if file is not None:
            check_file(file, option)
    if midi is not None and midi.suffix.lower() not in (".mid", ".midi"):
        raise UsageError(f"--midi found {midi.name}, expected a name that ends in .mid")
    lowest = parse_note(root)
    with GuardedReader() as read:
        seen = read(picture, max_megapixels=options.max_megapixels)
    piece = piece_of(
        seen,
        scale=scale.value,
        root=lowest,
        notes=notes,
        seconds=seconds,
        method=options.sketch,
        frame=options.frame,
        zoom=options.zoom,
    )
    if out is not None:
        write_whole(out, sound_bytes(synthesise(piece.notes, piece.seconds), RATE, kind))
        print_path(out)
    if midi is not None:
        write_whole(midi, midi_bytes(piece.notes))
        print_path(midi)
