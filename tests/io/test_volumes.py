"""The door for volumes: formats, spacing, hostile files, bounded memory."""

from __future__ import annotations

import gzip
import mmap
import os
import struct
import tracemalloc

import mrcfile
import nibabel
import numpy as np
import pytest
import tifffile

from hostile import refused
from symscope.errors import (
    MissingFile,
    NotFinite,
    SymscopeError,
    TooLarge,
    TooSmall,
    Unreadable,
    UsageError,
)
from symscope.io import grids as sampled
from symscope.io.grids import array_source, of_array, two_levels
from symscope.io.volumes import read_volume

VOLUME = np.random.default_rng(0).random((40, 50, 60)).astype(np.float32)


def written(folder, kind: str, values=VOLUME):
    path = folder / f"v{kind}"
    if kind == ".npy":
        np.save(path, values)
    elif kind in (".nii", ".nii.gz"):
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path)
    elif kind == ".mrc":
        with mrcfile.new(path) as file:
            file.set_data(values)
    else:
        tifffile.imwrite(path, values, photometric="minisblack")
    return path


@pytest.mark.parametrize("kind", [".npy", ".nii", ".nii.gz", ".mrc", ".tif"])
def test_the_same_values_are_read_from_every_format(tmp_path, kind):
    found = read_volume(written(tmp_path, kind))
    direct = of_array(VOLUME)
    assert found.shape == (40, 50, 60)
    assert np.allclose(found.values, direct.values, atol=1e-6)
    assert found.dimension == 3


def test_the_central_cube_is_averaged_over_whole_cells():
    ramp = np.broadcast_to(np.arange(64.0)[:, None, None], (64, 64, 96)).copy()
    found = of_array(ramp)
    assert found.values[:, 5, 9] == pytest.approx(0.5 + 2 * np.arange(32), abs=1e-5)
    assert found.fine.shape == (64, 64, 64)
    assert found.centre == (31.5, 31.5, 47.5)
    assert found.half == 32
    assert found.place(np.array([[-1.0, 0, 1]])).tolist() == [[-0.5, 31.5, 79.5]]
    assert found.retained_variance == pytest.approx(1.0, abs=0.01)


def test_padding_shows_all_of_it():
    found = of_array(VOLUME + 5, frame="pad")
    assert found.half == 30
    assert found.values[0, 16, 16] == pytest.approx(found.values[31, 16, 16])


@pytest.mark.parametrize("shape", [(64, 32, 32), (32, 64, 32), (64, 64, 32), (32, 64, 64)])
def test_what_is_padded_is_as_the_border(shape):
    volume = np.full(shape, 1000.0)
    volume[8:24, 8:24, 8:24] = 1001.0
    found = of_array(volume, frame="pad")
    assert found.values.min() == pytest.approx(1000)
    assert found.values[0, 0, 0] == found.values[-1, -1, -1] == pytest.approx(1000)


def test_padding_does_not_make_detail_finer():
    bar = np.broadcast_to(np.sin(np.arange(128.0) / 9)[:, None, None], (128, 16, 16))
    assert of_array(bar, frame="pad").retained_variance > 0.8


def test_slabs_do_not_matter(monkeypatch):
    whole = of_array(VOLUME).values
    monkeypatch.setattr(sampled, "SLAB", 5000)
    assert np.allclose(of_array(VOLUME).values, whole, atol=1e-6)
    assert np.allclose(of_array(np.asfortranarray(VOLUME)).values, whole, atol=1e-6)


def test_spacing_makes_the_cube(tmp_path):
    path = tmp_path / "a.nii"
    nibabel.save(nibabel.Nifti1Image(VOLUME[:, :40, :20], np.diag([1.0, 1, 2, 1])), path)
    found = read_volume(path)
    assert found.unit == "mm"
    assert found.half == 20
    assert found.centre[2] == 19


def test_a_long_run_of_voxels_needs_little_memory(tmp_path):
    path = tmp_path / "big.npy"
    shape = (400, 300, 300)
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + int(np.prod(shape)))
    tracemalloc.start()
    found = read_volume(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.levels.max() == 0
    # As doubles all of it would take 288 MB.
    assert peak < 250e6


def _pickled(folder):
    np.save(folder / "v.npy", np.array([{}] * 10, dtype=object))
    return folder / "v.npy"


def _cut(folder, kind, keep):
    path = written(folder, kind)
    path.write_bytes(path.read_bytes()[:keep])
    return path


def _huge_nifti(folder):
    data = bytearray(gzip.decompress(written(folder, ".nii.gz").read_bytes()))
    struct.pack_into("<4h", data, 40, 3, 30000, 30000, 30000)
    (folder / "huge.nii").write_bytes(data)
    return folder / "huge.nii"


def _huge_mrc(folder):
    data = bytearray(written(folder, ".mrc").read_bytes())
    struct.pack_into("<3i", data, 0, 20000, 20000, 20000)
    (folder / "huge.mrc").write_bytes(data)
    return folder / "huge.mrc"


def _junk(folder, kind):
    path = folder / f"junk{kind}"
    path.write_bytes(np.random.default_rng(1).bytes(3000))
    return path


def _folder(folder):
    (folder / "v.npy").mkdir()
    return folder / "v.npy"


def _pipe(folder):
    os.mkfifo(folder / "v.npy")
    return folder / "v.npy"


HOSTILE = {
    "pickled": (_pickled, Unreadable, "pickled"),
    "cut npy": (lambda f: _cut(f, ".npy", 5000), Unreadable, "cut short"),
    "cut nifti": (lambda f: _cut(f, ".nii", 60000), Unreadable, "damaged"),
    "cut gzip": (lambda f: _cut(f, ".nii.gz", 90000), Unreadable, "damaged"),
    "cut mrc": (lambda f: _cut(f, ".mrc", 9000), Unreadable, "damaged"),
    "cut tiff": (lambda f: _cut(f, ".tif", 90000), Unreadable, "damaged"),
    "huge nifti": (_huge_nifti, TooLarge, "30000"),
    "huge mrc": (_huge_mrc, TooLarge, "20000"),
    "folder": (_folder, Unreadable, "folder"),
    "pipe": (_pipe, Unreadable, "pipe"),
    "missing": (lambda f: f / "none.npy", MissingFile, "no such file"),
    "empty axes": (lambda f: written(f, ".npy", np.zeros((0, 9, 9))), TooSmall, "at least"),
    "nan": (lambda f: written(f, ".npy", np.where(VOLUME > 0.9, np.nan, VOLUME)), NotFinite, "NaN"),
    "complex": (lambda f: written(f, ".npy", VOLUME.astype("c8")), Unreadable, "complex"),
    "series": (lambda f: written(f, ".nii", VOLUME[..., None].repeat(3, 3)), Unreadable, "series"),
    "few pages": (lambda f: written(f, ".tif", VOLUME[:4]), TooSmall, "at least 8"),
    "four axes": (lambda f: written(f, ".npy", np.zeros((9, 9, 9, 9))), Unreadable, "one axis"),
    **{
        f"junk {kind}": (lambda f, kind=kind: _junk(f, kind), SymscopeError, "junk")
        for kind in (".npy", ".nii", ".nii.gz", ".mrc", ".tif")
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_line(tmp_path, name, capfd):
    make, error, message = HOSTILE[name]
    refused(make(tmp_path), error, message)
    assert capfd.readouterr().err == ""


def test_other_endings_and_frames_are_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="expected a volume"):
        read_volume(tmp_path / "a.png")
    with pytest.raises(UsageError, match="frame"):
        of_array(VOLUME, frame="stretch")
    with pytest.raises(UsageError, match="zoom"):
        of_array(VOLUME, zoom=0.5)
    with pytest.raises(TooSmall, match="less zoom"):
        of_array(VOLUME, zoom=20)


def test_values_of_any_size_are_cut_in_two():
    for scale in (1e-300, 1.0, 1e300):
        levels = two_levels(scale * np.array([0.0, 0.1, 0.2, 0.9, 1.0]))
        assert levels.tolist() == [0, 0, 0, 1, 1]
    assert two_levels(np.full(5, 3.0)).max() == 0


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        (np.ones((9, 9, 9), complex), Unreadable, "magnitude"),
        (np.ones((2, 9, 9, 9)), Unreadable, r"a\[0\]"),
        (np.ones(1), TooSmall, "one number"),
    ],
)
def test_arrays_that_are_no_volume_are_told_with_what_to_do(tmp_path, array, error, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(error, match=message):
        read_volume(tmp_path / "a.npy")


@pytest.mark.skipif(not hasattr(mmap.mmap, "madvise"), reason="this system cannot be asked")
def test_a_mapped_file_does_not_stay_in_memory(tmp_path):
    size = 32 << 20
    np.save(tmp_path / "long.npy", np.zeros(size // 4, np.float32))
    source = array_source(np.load(tmp_path / "long.npy", mmap_mode="r"), "samples")
    before = held()
    for start in range(0, source.shape[0], 1 << 18):
        source.slab(start, min(start + (1 << 18), source.shape[0]))
    assert held() - before < size / 2


def held() -> int:
    """Return the bytes of this process in memory, 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0


@pytest.mark.parametrize(
    ("stated", "unit", "half"), [("micron", "µm", 6), ("meter", "mm", 6000), ("unknown", "mm", 6)]
)
def test_a_nifti_is_told_in_its_unit(tmp_path, stated, unit, half):
    nib = pytest.importorskip("nibabel")
    values = np.random.default_rng(0).random((12, 12, 12)).astype(np.float32)
    image = nib.Nifti1Image(values, np.eye(4))
    image.header.set_xyzt_units(stated)
    nib.save(image, tmp_path / "a.nii")
    grid = read_volume(tmp_path / "a.nii")
    assert (grid.unit, grid.half) == (unit, half)
