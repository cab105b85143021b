"""The door for arrays in files: one of them by its name, and nothing that leads out of the file."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import zarr

from hostile import refused
from symscope.errors import InputError, MissingFile, TooLarge, TooSmall, Unreadable
from symscope.io import containers
from symscope.io.containers import stored_array
from symscope.io.images import find_pictures
from symscope.io.inputs import is_contained, load, read_input
from symscope.io.paths import split_array, suffix_of

RANDOM = np.random.default_rng(0)
SIGNAL = RANDOM.random(64)
PLANE = RANDOM.integers(0, 255, (20, 30)).astype(np.uint8)
VOLUME = RANDOM.random((12, 10, 14)).astype(np.float32)
ARRAYS = {"signal": SIGNAL, "plane": PLANE, "volume": VOLUME}
KINDS = (".h5", ".hdf5", ".nxs", ".npz", ".mat", ".zarr")


def written(folder, kind, arrays):
    """Write arrays by the names they have, without a group."""
    path = folder / f"a{kind}"
    if kind == ".npz":
        np.savez_compressed(path, **arrays)
    elif kind == ".mat":
        scipy.io.savemat(path, arrays, do_compression=True)
    elif kind == ".zarr":
        group = zarr.open_group(str(path), mode="w")
        for name, array in arrays.items():
            group.create_array(name, data=array, chunks=tuple(-(-n // 2) for n in array.shape))
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file.create_dataset(name, data=array, compression="gzip")
    return str(path)


def values_of(path):
    with stored_array(path) as source:
        return source.slab(0, source.shape[source.axis])


@pytest.mark.parametrize("kind", KINDS)
def test_one_array_is_read_by_its_name(tmp_path, kind):
    path = written(tmp_path, kind, ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(values_of(f"{path}::{name}"), array)
    read = read_input(f"{path}::plane", 2)
    assert read.picture is not None
    assert read.dimension == 2
    np.testing.assert_allclose(read.picture.grey, PLANE / 255, atol=1e-6)
    assert read_input(f"{path}::signal", 1).grid.unit == "samples"


@pytest.mark.parametrize("kind", KINDS)
def test_parts_are_what_the_whole_is(tmp_path, kind):
    path = written(tmp_path, kind, {"v": np.asfortranarray(VOLUME)})
    with stored_array(f"{path}::v") as source:
        assert source.shape == VOLUME.shape
        parts = [source.slab(i, i + 1) for i in range(source.shape[source.axis])]
        np.testing.assert_array_equal(np.concatenate(parts, source.axis), VOLUME)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_name_only_one_array_will_do(tmp_path, kind):
    path = written(tmp_path, kind, {"only": VOLUME})
    read = read_input(path, 3)
    assert read.grid.shape == VOLUME.shape
    assert "only" in read.grid.notes[0]
    path = written(tmp_path, kind, {f"a{i:02}": VOLUME for i in range(12)})
    with pytest.raises(Unreadable, match=r"12 arrays, a00 \(12 × 10 × 14\), .*2 more.*::a00"):
        read_input(path, 3)
    with pytest.raises(MissingFile, match=r"no array of that name.*a01"):
        read_input(f"{path}::b", 3)


def test_axes_of_one_sample_do_not_count(tmp_path):
    path = written(tmp_path, ".npz", {"v": VOLUME[None, :, :, :, None], "n": np.ones(1)})
    np.testing.assert_array_equal(values_of(f"{path}::v"), VOLUME)
    with pytest.raises(TooSmall, match="one number"):
        read_input(f"{path}::n", 3)
    path = written(tmp_path, ".h5", {"v": VOLUME[None, None]})
    np.testing.assert_array_equal(values_of(path), VOLUME)
    with pytest.raises(Unreadable, match="one axis"):
        read_input(written(tmp_path, ".h5", {"v": RANDOM.random((9, 9, 9, 9))}) + "::v", 3)


def test_names_may_have_groups_and_links_within_the_file(tmp_path):
    path = tmp_path / "run.nxs"
    with h5py.File(path, "w") as file:
        file["entry/detector/data"] = VOLUME
        file["entry/data"] = h5py.SoftLink("/entry/detector/data")
        file["entry/near"] = h5py.SoftLink("detector")
    for name in ("entry/detector/data", "/entry/data", "entry/near/data"):
        np.testing.assert_array_equal(values_of(f"{path}::{name}"), VOLUME)
    assert read_input(str(path), 3).grid is not None  # one array, whatever leads to it
    with pytest.raises(Unreadable, match="group"):
        read_input(f"{path}::entry/detector", 3)


def test_a_path_is_split_at_its_container(tmp_path):
    assert split_array("a/b.H5::c::d") == ("a/b.H5", "c::d")
    assert suffix_of("a.zarr/") == suffix_of("a.zarr::b.png") == ".zarr"
    for i in range(2):
        np.savez(tmp_path / f"{i}.npz", v=VOLUME, w=VOLUME)
    found = find_pictures([f"{tmp_path}/*.npz::v"])
    assert found == [f"{tmp_path}/{i}.npz::v" for i in range(2)]
    store = written(tmp_path, ".zarr", {"v": VOLUME})
    assert find_pictures([store]) == [store]


def test_samples_stay_samples(tmp_path):
    points = RANDOM.normal(size=(600, 4))
    np.savez(tmp_path / "s.npz", X=points, y=points[:, 0])
    assert not is_contained(str(tmp_path / "s.npz"))
    assert load(tmp_path / "s.npz").dimension == 4
    assert is_contained(f"{tmp_path / 's.npz'}::X")


def test_what_is_contained_is_read_apart(tmp_path):
    path = written(tmp_path, ".h5", ARRAYS)
    read = load(f"{path}::plane")
    here = read_input(f"{path}::plane", 2)
    np.testing.assert_array_equal(read.picture.grey, here.picture.grey)
    assert read.picture.name == "a.h5::plane"
    assert read.sha256 == here.sha256


# Hostile files


def external_link(folder):
    other = written(folder, ".h5", {"v": VOLUME})
    with h5py.File(folder / "b.h5", "w") as file:
        file["v"] = h5py.ExternalLink(other, "v")
        file["far"] = h5py.SoftLink("/v/v")
    return f"{folder / 'b.h5'}::v"


def circular(folder):
    with h5py.File(folder / "b.h5", "w") as file:
        file["a"], file["b"] = h5py.SoftLink("b"), h5py.SoftLink("a")
    return f"{folder / 'b.h5'}::a"


def virtual(folder):
    other = written(folder, ".h5", {"v": VOLUME})
    layout = h5py.VirtualLayout(VOLUME.shape, VOLUME.dtype)
    layout[:] = h5py.VirtualSource(other, "v", VOLUME.shape)
    with h5py.File(folder / "b.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
    return f"{folder / 'b.h5'}::v"


def external_storage(folder):
    (folder / "secret").write_bytes(VOLUME.tobytes())
    with h5py.File(folder / "b.h5", "w") as file:
        where = [(str(folder / "secret"), 0, VOLUME.nbytes)]
        file.create_dataset("v", VOLUME.shape, VOLUME.dtype, external=where)
    return f"{folder / 'b.h5'}::v"


def of_type(dtype):
    def make(folder):
        with h5py.File(folder / "b.h5", "w") as file:
            file.create_dataset("v", (20,), dtype)
        return f"{folder / 'b.h5'}::v"

    return make


def strange_filter(folder):
    with h5py.File(folder / "b.h5", "w") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((10,))
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
        space = h5py.h5s.create_simple((20,))
        h5py.h5d.create(file.id, b"v", h5py.h5t.NATIVE_DOUBLE, space, plist)
    return f"{folder / 'b.h5'}::v"


def huge(folder):
    with h5py.File(folder / "b.h5", "w") as file:
        file.create_dataset("v", (10**5,) * 3, "f4", chunks=(10,) * 3)
    return str(folder / "b.h5")


def huge_chunk(folder):
    with h5py.File(folder / "b.h5", "w") as file:
        file.create_dataset("v", (1000,) * 3, "f4", chunks=(1000, 1000, 100))
    return str(folder / "b.h5")


def mat_objects(folder):
    cells = np.empty(3, object)
    cells[:] = [SIGNAL, "text", {"a": 1.0}]
    return written(folder, ".mat", {"c": cells, "s": {"a": SIGNAL}}) + "::c"


def npz_of(name, data, how=zipfile.ZIP_DEFLATED):
    def make(folder):
        with zipfile.ZipFile(folder / "b.npz", "w", how) as archive:
            archive.writestr(name, data)
        return str(folder / "b.npz")

    return make


def npy_claiming(shape, data=b"", kind="<f8"):
    head = io.BytesIO()
    said = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(head, said)
    return head.getvalue() + data


def zarr_link(folder):
    path = written(folder, ".zarr", {"v": VOLUME})
    (folder / "secret").write_bytes(b"secret")
    os.symlink(folder / "secret", os.path.join(path, "v", "c0"))
    return path


def zarr_pickle(folder):
    store = folder / "b.zarr"
    store.mkdir()
    described = {"zarr_format": 2, "shape": [20], "chunks": [20], "dtype": "<f8", "order": "C"}
    described |= {"fill_value": 0, "compressor": None, "filters": [{"id": "pickle"}]}
    (store / ".zarray").write_text(json.dumps(described))
    return f"{store}::."


HOSTILE = {
    "external link": (external_link, Unreadable, "another file"),
    "circular link": (circular, Unreadable, "lead to each other"),
    "virtual": (virtual, Unreadable, "virtual"),
    "external storage": (external_storage, Unreadable, "another file"),
    "records": (of_type(np.dtype([("a", "f8")])), Unreadable, "records"),
    "text": (of_type(h5py.string_dtype()), Unreadable, "objects"),
    "lists": (of_type(h5py.vlen_dtype("f8")), Unreadable, "objects"),
    "complex": (of_type("c16"), Unreadable, "complex"),
    "filter": (strange_filter, Unreadable, "plugin"),
    "huge": (huge, TooLarge, "100000"),
    "huge chunk": (huge_chunk, TooLarge, "chunks"),
    "mat objects": (mat_objects, Unreadable, "cell"),
    "pickle": (npz_of("v.npy", npy_claiming((20,), b"x" * 200, "|O")), Unreadable, "no array"),
    "bomb": (npz_of("v.npy", npy_claiming((4096,) * 3, bytes(9 << 20))), Unreadable, "shorter"),
    "no array": (npz_of("v.npy", b"nothing at all"), Unreadable, "damaged"),
    "linked": (zarr_link, Unreadable, "symbolic link"),
    "unpickled": (zarr_pickle, Unreadable, "packed by pickle"),
    "missing": (lambda folder: str(folder / "no.h5"), MissingFile, "no such file"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_line(tmp_path, name):
    make, error, message = HOSTILE[name]
    refused(make(tmp_path), error, message)


@pytest.mark.parametrize("kind", [".h5", ".npz", ".mat"])
def test_a_file_cut_short_is_refused(tmp_path, kind):
    path = written(tmp_path, kind, ARRAYS)
    data = Path(path).read_bytes()
    for keep in (0, 7, 200, len(data) // 2, len(data) - 40):
        with open(path, "wb") as file:
            file.write(data[:keep])
        with pytest.raises(InputError):
            read_input(f"{path}::volume", 3)


def test_what_can_only_be_read_whole_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MOST_WHOLE", 100)
    with pytest.raises(TooLarge, match=r"v7\.3"):
        read_input(written(tmp_path, ".mat", {"v": VOLUME}), 3)


def test_values_that_are_not_finite_are_told(tmp_path):
    for array in (np.where(VOLUME > 0.9, np.nan, VOLUME), np.full((20, 20), np.nan)):
        with pytest.raises(InputError, match="NaN"):
            read_input(written(tmp_path, ".h5", {"v": array}), 3)


def test_arrays_of_matlab_73_are_turned_as_before(tmp_path):
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file["v"], file["text"] = VOLUME.T, np.arange(40, dtype=np.uint16)
        file["text"].attrs["MATLAB_class"] = np.bytes_("char")
    with open(tmp_path / "a.mat", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    np.testing.assert_array_equal(values_of(str(tmp_path / "a.mat")), VOLUME)
