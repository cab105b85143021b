"""The door for microscopes' files: what is chosen, lengths, content before name, hostile ones."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from fuzz_doors import PLANE, STACK, czi, dm3, emd, lif, mib, msa, nd2, ser
from symscope.errors import InputError, MissingFile, TooLarge, Unreadable
from symscope.io.inputs import dimension_of_input, is_contained, load, read_apart, read_input
from symscope.io.paths import microscope_of
from symscope.options import Options

for library in ("pylibCZIrw", "nd2", "liffile", "rsciio"):
    pytest.importorskip(library)

LARGER = np.tile(STACK, (2, 2, 2))
MADE = {"czi": czi, "nd2": nd2, "lif": lif, "dm3": dm3, "ser": ser, "emd": emd, "mib": mib}
AXES = {"czi": "z", "nd2": "t", "lif": "z", "dm3": "z", "ser": "page", "emd": "z", "mib": "t"}


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return str(path)


def grey(plane):
    """What a plane of eight bits, or of more, is read as."""
    return plane / 255 if plane.dtype == np.uint8 else (plane - plane.min()) / np.ptp(plane)


@pytest.mark.parametrize("kind", MADE)
def test_one_plane_is_chosen_and_told(tmp_path, kind):
    path = written(tmp_path, f"a.{kind}", MADE[kind]())
    axis = AXES[kind]
    first, third = read_input(path, 2), read_input(path, 2, select=f"{axis}=3")
    for read, plane in ((first, STACK[0]), (third, STACK[2])):
        wanted = plane.astype(int) if kind == "ser" else plane
        assert np.allclose(read.picture.grey, grey(wanted), atol=1e-6)
    assert f"--select {axis}=N takes another" in first.notes[0]
    assert third.notes[0].endswith("3 of 9, as chosen")
    with pytest.raises(Unreadable, match=f"{axis}=1 to 9"):
        read_input(path, 2, select=f"{axis}=10")


@pytest.mark.parametrize(
    ("name", "data", "unit", "half"),
    [
        ("a.czi", czi(), "µm", 9 * 0.5 / 2),
        ("a.lif", lif(LARGER), "µm", 2.3 / 47 * 48 / 2),
        ("a.dm3", dm3(), "nm", 9 * 0.5 / 2),
        ("a.emd", emd(), "nm", 9 * 0.5 / 2),
        ("a.ser", ser(), "voxels", 9 / 2),
    ],
)
def test_a_stack_is_a_volume_in_the_units_of_its_file(tmp_path, name, data, unit, half):
    path = written(tmp_path, name, data)
    assert dimension_of_input(path) is None
    grid = read_input(path, dimension_of_input(path, 3)).grid
    assert (grid.unit, grid.values.ndim) == (unit, 3)
    assert grid.half == pytest.approx(half)


@pytest.mark.parametrize("kind", ["nd2", "mib"])
def test_moments_are_no_volume(tmp_path, kind):
    with pytest.raises(Unreadable, match=r"t \(9\).*expected z"):
        read_input(written(tmp_path, f"a.{kind}", MADE[kind]()), 3)


def test_a_spectrum_is_a_signal_with_its_places(tmp_path):
    ramp = np.arange(300)
    for name, data in (("a.dm3", dm3(ramp % 256, 0.5, "eV")), ("a.msa", msa(ramp))):
        read = read_input(written(tmp_path, name, data), 2)
        assert read.dimension == 1
        assert "places are in eV" in read.notes
        assert read.grid.half == pytest.approx(75)
    assert read_input(written(tmp_path, "a.ser", ser(ramp)), 2).grid.shape == (300,)


def test_colours_stay_and_unequal_pixels_become_squares(tmp_path):
    colours = np.stack([PLANE, PLANE // 2, 255 - PLANE], axis=-1)
    path = written(tmp_path, "a.czi", czi(colours[None, ..., ::-1], (1e-7, 2e-7, 1e-7)))
    picture = read_input(path, 2).picture
    assert picture.rgb.shape == (48, 32, 3)
    assert "not square" in " ".join(picture.notes)
    square = read_input(written(tmp_path, "b.czi", czi(colours[None, ..., ::-1])), 2).picture
    assert np.array_equal(square.rgb, colours)


def test_content_decides_and_a_name_only_where_it_says_nothing(tmp_path):
    path = written(tmp_path, "cells.dat", lif())
    assert microscope_of(path) == ".lif"
    assert is_contained(path)
    assert read_input(path, 2).picture.grey.shape == PLANE.shape
    assert microscope_of(written(tmp_path, "a.czi", b"\x89PNG\r\n\x1a\n")) is None
    assert microscope_of(str(tmp_path / "none.ser")) == ".ser"
    with pytest.raises(MissingFile):
        load(str(tmp_path / "none.ser"))


def test_what_a_person_chooses_reaches_the_guarded_process(tmp_path):
    path = written(tmp_path, "a.dm3", dm3())
    read = load(path, Options(select="z=2"))
    assert np.allclose(read.picture.grey, STACK[1] / 255, atol=1e-6)
    assert read.notes == ("z 2 of 9, as chosen",)
    assert load(path, Options(dimension=3)).dimension == 3


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("kept", [0, 3, 30, 0.3, 0.7])
def test_a_file_cut_short_is_an_error_of_one_line(tmp_path, kind, kept):
    data = MADE[kind]()
    path = written(tmp_path, f"a.{kind}", data[: kept if kept > 1 else int(kept * len(data))])
    # Of some, what is left is whole frames.
    frames = kept == 0.7 or (kept == 0.3 and kind == "mib")
    with suppress(InputError) if frames else pytest.raises(InputError) as caught:
        read_input(path, 2)
    assert caught is None or str(caught.value).isprintable()


def test_a_link_out_of_an_emd_is_not_followed(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = written(tmp_path, "a.emd", emd())
    with h5py.File(path, "a") as file:
        file["experimental/b"] = h5py.ExternalLink("/etc/hostname", "/")
    with pytest.raises(Unreadable, match="link to another file"):
        read_input(path, 2)
    with h5py.File(tmp_path / "b.emd", "w") as file:
        file.create_dataset("data", (8, 8), "u1", external=[("/etc/hostname", 0, 64)])
    with pytest.raises(Unreadable, match="in another file"):
        read_input(str(tmp_path / "b.emd"), 2)


def test_a_lif_that_names_other_files_is_refused(tmp_path):
    text = '<LMSDataContainerEnhancedHeader Version="2"><Element Name="a"/>'
    text += "</LMSDataContainerEnhancedHeader>"
    head = b"p\0\0\0" + (2 * len(text) + 5).to_bytes(4, "little") + b"*"
    data = head + len(text).to_bytes(4, "little") + text.encode("utf-16-le")
    with pytest.raises(Unreadable, match="expected LIF"):
        read_input(written(tmp_path, "a.lif", data), 2)


def test_stated_sizes_beyond_memory_end_in_the_guarded_process(tmp_path):
    # The length of the pixels of a spectrum, and a frame's sides, as large as they can be.
    huge = dm3(np.arange(300) % 256).replace((300).to_bytes(4, "big"), b"\x7f\xff\xff\xff")
    frame = ser(STACK).replace((32).to_bytes(4, "little"), b"\0\0\0\x10")
    for name, data in (("a.dm3", huge), ("a.ser", frame)):
        with pytest.raises((Unreadable, TooLarge)):
            read_apart(written(tmp_path, name, data), seconds=60)
