"""The door for shapes: meshes and atoms as volumes, where they are, and what is refused."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import trimesh

from hostile import refused
from symscope.errors import InputError, MissingFile, NotFinite, TooLarge, Unreadable
from symscope.io import extras, shapes
from symscope.io.inputs import load, read_input
from symscope.io.shapes import SIDE, shape

BOX = trimesh.creation.box((4, 2, 1)).apply_translation((9, 8, 7))
JUNK = bytes(range(256)) * 9
WATER = "3\nwater\nO 0 0 0.117\nH 0 0.757 -0.471\nH 0 -0.757 -0.471\n"


def written(folder, name, data):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(folder / name)


def values_of(path):
    with shape(path) as source:
        return source.slab(0, SIDE), source


@pytest.mark.parametrize("kind", ["stl", "stl_ascii", "ply", "obj"])
def test_a_mesh_is_filled_where_it_is(tmp_path, kind):
    data = BOX.export(file_type=kind)
    values, source = values_of(written(tmp_path, f"a.{kind[:3]}", data))
    for axis in range(3):
        np.testing.assert_array_equal(values, np.flip(values, axis))
    assert values.sum() * source.spacing[0] ** 3 == pytest.approx(8, rel=0.06)
    middle = [s + (SIDE - 1) / 2 * source.spacing[0] for s in source.start]
    assert middle == pytest.approx([9, 8, 7])
    assert source.unit == "units"
    assert "12 faces" in source.notes[0]
    assert values[SIDE // 2, SIDE // 2, SIDE // 2] == 1


def test_an_open_surface_is_told(tmp_path):
    half = trimesh.Trimesh(BOX.vertices, BOX.faces[:-1])
    _, source = values_of(written(tmp_path, "a.ply", half.export(file_type="ply")))
    assert "not closed" in source.notes[0]


def test_materials_are_never_opened(tmp_path):
    (tmp_path / "secret.mtl").write_text("newmtl a\nmap_Kd /etc/passwd\n")
    text = f"mtllib {tmp_path / 'secret.mtl'}\nmtllib ../../secret.mtl\nusemtl a\n"
    text += BOX.export(file_type="obj")
    assert values_of(written(tmp_path, "a.obj", text))[0].sum() > 0


def test_atoms_are_a_density_about_them(tmp_path):
    values, source = values_of(written(tmp_path, "water.xyz", WATER))
    assert source.unit == "Å"
    np.testing.assert_allclose(values, values[::-1], atol=1e-9)
    np.testing.assert_allclose(values, values[:, ::-1], atol=1e-9)
    for place in ((0, 0, 0.117), (0, 0.757, -0.471), (0, -0.757, -0.471)):
        at = np.rint((np.array(place) - source.start) / source.spacing[0]).astype(int)
        assert values[tuple(at)] > 0.99
    assert values[0].max() < 0.1
    assert any("3 atoms" in note for note in source.notes)


def test_the_first_structure_of_several_counts(tmp_path):
    _, source = values_of(written(tmp_path, "two.xyz", WATER * 2))
    assert "first of several" in source.notes[0]


def test_a_protein_file_is_read_as_it_stands(tmp_path):
    line = "ATOM  {:5d}  C   ALA A   1    {:8.3f}{:8.3f}{:8.3f}  1.00  0.00           C\n"
    text = "".join(line.format(i, i, 0, 0) for i in range(1, 5))
    cell = "CRYST1   50.000   50.000   50.000  90.00  90.00  90.00 P 1           1\n"
    values, source = values_of(written(tmp_path, "a.pdb", cell + text + "END\n"))
    np.testing.assert_allclose(values, values[::-1], atol=1e-9)
    assert source.spacing[0] * SIDE < 20


CIF = """data_a
_cell_length_a 3.0
_cell_length_b 3.0
_cell_length_c 3.0
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P m -3 m'
_symmetry_Int_Tables_number 221
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Po1 Po 0 0 0
"""


def test_a_crystal_is_repeated(tmp_path):
    values, source = values_of(written(tmp_path, "a.cif", CIF))
    period = round(3 / source.spacing[0])
    assert period == SIDE // 2
    np.testing.assert_allclose(values[:period], values[period:], atol=1e-3)


def stl(faces, vertices=b""):
    return bytes(80) + struct.pack("<I", faces) + vertices


def with_nan(folder):
    mesh = BOX.copy()
    mesh.vertices[3, 1] = np.nan
    return written(folder, "a.stl", mesh.export(file_type="stl"))


PLY = "ply\nformat binary_little_endian 1.0\nelement vertex {}\nproperty float x\nend_header\n"

HOSTILE = {
    "faces stated": (lambda f: written(f, "a.stl", stl(2**31)), Unreadable, "2147483648"),
    "points stated": (lambda f: written(f, "a.ply", PLY.format(10**12)), Unreadable, "10{12}"),
    "nan": (with_nan, NotFinite, "NaN"),
    "nan atoms": (lambda f: written(f, "a.xyz", "1\n\nC nan 0 0\n"), NotFinite, "NaN"),
    "far atoms": (lambda f: written(f, "a.xyz", "2\n\nC -1e308 0 0\nC 1e308 0 0\n"), NotFinite, ""),
    "atoms stated": (lambda f: written(f, "a.xyz", f"{10**9}\n\nC 0 0 0\n"), InputError, ""),
    "columns stated": (
        lambda f: written(f, "a.xyz", "1\nProperties=species:S:1:pos:R:3000000\nC 0 0 0\n"),
        Unreadable,
        "3000001 columns",
    ),
    "no atoms": (lambda f: written(f, "a.pdb", "REMARK\nEND\n"), InputError, ""),
    "flat": (lambda f: written(f, "a.stl", stl(1, bytes(50))), InputError, "one place"),
    "text": (lambda f: written(f, "a.obj", "nothing here\n"), InputError, ""),
    "cell": (lambda f: written(f, "a.cif", CIF.replace("3.0", "1e-9")), InputError, ""),
    "missing": (lambda f: str(f / "a.stl"), MissingFile, "no such file"),
    **{
        f"junk {end}": (
            lambda f, end=end: written(f, f"a.{end}", JUNK),
            InputError,
            "",
        )
        for end in ("stl", "ply", "obj", "xyz", "pdb", "cif")
    },
}


def test_a_mesh_whose_faces_are_there_many_times_is_read_as_if_they_were_once(tmp_path):
    once = BOX.export(file_type="obj")
    faces = "\n".join(line for line in once.splitlines() if line.startswith("f "))
    values, source = values_of(written(tmp_path, "a.obj", f"{once}\n{faces}\n{faces}\n"))
    np.testing.assert_array_equal(values, values_of(written(tmp_path, "b.obj", once))[0])
    assert "not closed" not in " ".join(source.notes)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore")
def test_hostile_files_are_refused_in_one_line(tmp_path, name):
    make, error, message = HOSTILE[name]
    refused(make(tmp_path), error, message)


@pytest.mark.parametrize("kind", ["stl", "ply"])
@pytest.mark.filterwarnings("ignore")
def test_a_mesh_cut_short_is_refused(tmp_path, kind):
    data = BOX.export(file_type=kind)
    for keep in (0, 10, 83, len(data) // 2, len(data) - 7):
        with pytest.raises(InputError):
            read_input(written(tmp_path, f"a.{kind}", data[:keep]), 3)


def test_large_shapes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(shapes, "MOST_FACES", 5)
    monkeypatch.setattr(shapes, "MOST_ATOMS", 2)
    for name, data in (("a.stl", BOX.export(file_type="stl")), ("a.xyz", WATER)):
        with pytest.raises(TooLarge, match="expected at most"):
            read_input(written(tmp_path, name, data), 3)


def test_without_its_library_the_extra_is_named(tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(extras, "import_module", missing)
    for name, data in (("a.stl", BOX.export(file_type="stl")), ("a.xyz", WATER)):
        with pytest.raises(Unreadable, match=rf"{name[1:]}.*symscope\[shapes\]"):
            read_input(written(tmp_path, name, data), 3)


def test_a_shape_is_read_apart_with_its_notes(tmp_path):
    read = load(written(tmp_path, "a.xyz", WATER))
    assert read.grid.unit == "Å"
    assert read.grid.notes[-1] == shapes.MORE_EXACT
