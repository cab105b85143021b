"""Samples in files: what is read, and what is refused however it was damaged or meant."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from symscope.errors import InputError, MissingFile, TooLarge, Unreadable, UsageError
from symscope.io import samples
from symscope.io.samples import read_samples
from symscope.lie.discover import discover

X = np.random.default_rng(0).standard_normal((60, 2))
Y = (X**2).sum(axis=1)


def npy(array, pickled=False):
    data = io.BytesIO()
    np.save(data, array, allow_pickle=pickled)
    return data.getvalue()


def packed(files, how=zipfile.ZIP_STORED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def arrays(**named):
    data = io.BytesIO()
    np.savez(data, **named)
    return data.getvalue()


def written(tmp_path, name, data):
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return tmp_path / name


def test_arrays_are_read_as_they_are(tmp_path):
    read = read_samples(written(tmp_path, "a.npz", arrays(X=X, y=Y)))
    np.testing.assert_array_equal(read.points, X)
    np.testing.assert_array_equal(read.target, Y)
    assert read.names == ("x1", "x2")


@pytest.mark.parametrize("points", ["X", "x", "points", "Points"])
@pytest.mark.parametrize("target", ["y", "Y", "target", "values", "LEVEL", "label", "class", None])
def test_names_of_arrays_are_known_whatever_their_case(tmp_path, points, target):
    named = {points: X.astype(np.float32), "other": np.ones(3)} | ({target: Y} if target else {})
    read = read_samples(written(tmp_path, "a.NPZ", arrays(**named)))
    assert read.points.dtype == np.float64
    np.testing.assert_allclose(read.points, X, rtol=1e-6)
    assert (read.target is None) == (target is None)


def test_the_target_can_be_named(tmp_path):
    file = written(tmp_path, "a.npz", arrays(X=X, y=Y, energy=np.stack([Y, -Y], axis=1)))
    assert read_samples(file, "energy").target.shape == (60, 2)
    with pytest.raises(UsageError, match=r"no 'charge': expected one of .*energy"):
        read_samples(file, "charge")


def test_a_table_is_read_by_its_header(tmp_path):
    rows = "\n".join(f"{a},{t},{b}" for (a, b), t in zip(X, Y, strict=True))
    read = read_samples(written(tmp_path, "a.csv", f"q1,value,q2\n{rows}\n"))
    np.testing.assert_allclose(read.points, X)
    np.testing.assert_allclose(read.target, Y)
    assert read.names == ("q1", "q2")


def test_the_target_of_a_table_may_be_words_or_have_a_name_of_its_own(tmp_path):
    file = written(tmp_path, "a.csv", "a,b,phase\n1,2,ice\n2,3,water\n3,4,ice\n")
    assert read_samples(file, "phase").target.tolist() == ["ice", "water", "ice"]
    with pytest.raises(UsageError, match=r"no 'colour': expected one of a, b, phase"):
        read_samples(file, "colour")
    labelled = written(tmp_path, "b.csv", "a,label,b\n1,ice,2\n2,water,3\n")
    read = read_samples(labelled)
    assert read.names == ("a", "b")
    assert read.target.tolist() == ["ice", "water"]


@pytest.mark.parametrize(
    ("header", "names", "target"),
    [("x,y", ("x", "y"), None), ("X,Y,label", ("X", "Y"), 2.0), ("x1,x2,y", ("x1", "x2"), 2.0)],
)
def test_y_beside_x_is_a_coordinate(tmp_path, header, names, target):
    width = header.count(",") + 1
    file = written(tmp_path, "a.csv", header + "\n" + ",".join("012"[:width]) + "\n")
    read = read_samples(file)
    assert read.names == names
    assert (read.target is None) if target is None else (read.target.tolist() == [target])


def test_what_is_not_there_or_of_another_kind_is_refused(tmp_path):
    with pytest.raises(MissingFile, match="check the path, or give potential:NAME"):
        read_samples(tmp_path / "no.npz")
    with pytest.raises(MissingFile, match=r"found a folder .*expected a \.csv"):
        read_samples(tmp_path)
    with pytest.raises(Unreadable, match=r"neither \.npz nor \.csv nor \.xlsx: convert"):
        read_samples(written(tmp_path, "a.txt", b"PK"))


class Executed:
    """A pickle that leaves a file behind when it is loaded."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("kind", ["object array", "pickle as array", "pickle as archive", "plain"])
def test_pickles_are_refused_and_never_executed(tmp_path, kind):
    trace = tmp_path / "executed"
    attack = pickle.dumps(Executed(trace))
    wrapped = np.empty(60, dtype=object)
    wrapped[:] = [Executed(trace) for _ in range(60)]
    data = {
        "object array": packed({"X.npy": npy(X), "y.npy": npy(wrapped, pickled=True)}),
        "pickle as array": packed({"X.npy": attack}),
        "pickle as archive": attack,
        "plain": packed({"X": attack}),
    }[kind]
    with pytest.raises(Unreadable):
        read_samples(written(tmp_path, "a.npz", data))
    assert not trace.exists()


def changed(data, position, value):
    copy = bytearray(data)
    copy[position : position + len(value)] = value
    return bytes(copy)


def declaring(shape):
    """An array that says it has this shape, and holds ten numbers."""
    header = io.BytesIO()
    said = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, said)
    return packed({"X.npy": header.getvalue() + bytes(80)})


STORED = packed({"X.npy": npy(X)})
SQUEEZED = packed({"X.npy": npy(X)}, zipfile.ZIP_DEFLATED)
CENTRAL = STORED.find(b"PK\x01\x02")

DAMAGED = {
    "empty": b"",
    "no zip": b"what is this? " * 20,
    "an array without archive": npy(X),
    "half of it": STORED[: len(STORED) // 2],
    "a wrong check sum": changed(STORED, 300, b"\xff\xfe"),
    "damaged compression": changed(SQUEEZED, 100, bytes(300)),
    "encrypted": changed(changed(STORED, 6, b"\x01"), CENTRAL + 8, b"\x01"),
    "unknown compression": changed(changed(STORED, 8, b"\x63"), CENTRAL + 10, b"\x63"),
    "no arrays": packed({}),
    "a member that is no array": packed({"X": b"hello"}),
    "an array without its data": packed({"X.npy": npy(X)[:100]}),
    "another array": arrays(Z=X),
    "one dimension": arrays(X=X[:, 0]),
    "three dimensions": arrays(X=X[None]),
    "text": arrays(X=X.astype(str)),
    "complex": arrays(X=X + 1j),
    "a record": arrays(X=np.zeros(60, dtype=[("a", float), ("b", float)])),
    "a negative shape": declaring((-5, 2)),
    "more than it holds": declaring((10**6, 2)),
    "more than any memory": declaring((10**12, 10)),
    "more than can be counted": declaring((10**18, 10)),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_is_refused_with_its_name(tmp_path, name):
    with pytest.raises(InputError, match=r"a\.npz") as refused:
        read_samples(written(tmp_path, "a.npz", DAMAGED[name]))
    assert isinstance(refused.value, (Unreadable, TooLarge))


def test_large_files_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "MOST_BYTES", 1000)
    for name, data in (("a.npz", arrays(X=X)), ("a.csv", "a,b\n" + "1.5,2.5\n" * 200)):
        with pytest.raises(TooLarge, match="give fewer points"):
            read_samples(written(tmp_path, name, data))


def test_what_is_large_when_unpacked_is_refused_too(tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "MOST_BYTES", 100_000)
    bomb = packed({"X.npy": npy(np.zeros((500_000, 2)))}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        read_samples(written(tmp_path, "a.npz", bomb))


TABLES = {
    "empty": ("", "no table"),
    "a header and nothing else": ("a,b\n", "no"),
    "two columns of one name": ("a,a\n1,2\n", "two columns of one name"),
    "words": ("a,b\n1,red\n2,blue\n", "'b' holds no numbers.*--target"),
    "dates": ("a,b,y\n1,2020-01-01,2\n", "'b' holds no numbers"),
    "true and false": ("a,b,y\n1,true,2\n", "'b' holds no numbers"),
    "a short row": ("a,b\n1,2\n3\n", "no table"),
    "a long row": ("a,b\n1,2\n3,4,5\n", "no table"),
    "an open quote": ('a,b\n"1,2\n', "no table"),
    "a target only": ("y\n1\n2\n", "a column for each coordinate"),
    "bytes": (bytes(range(256)) * 4, ""),
    "zeros": (bytes(300), ""),
    "another encoding": ("é,b\n1,2\n".encode("latin-1"), ""),
    "another encoding further on": ("a,b,c\n1,2,é\n".encode("latin-1"), ""),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_damaged_table_is_refused_with_its_name(tmp_path, name):
    data, message = TABLES[name]
    with pytest.raises(InputError, match=rf"a\.csv.*{message}"):
        read_samples(written(tmp_path, "a.csv", data))


@pytest.mark.parametrize("cell", ["nan", "inf"])
def test_a_row_without_a_number_is_named(tmp_path, cell):
    rows = [f"{a},{b}" for a, b in X]
    rows[17] = f"0.5,{cell}"
    read = read_samples(written(tmp_path, "a.csv", "a,b\n" + "\n".join(rows)))
    with pytest.raises(InputError, match="1 of 60 points, first in row 17: remove"):
        discover(read.points, read.target)
    spoiled = X.copy()
    spoiled[23, 1] = float(cell)
    read = read_samples(written(tmp_path, "a.npz", arrays(X=spoiled)))
    with pytest.raises(InputError, match="first in row 23"):
        discover(read.points, read.target)


def test_a_target_of_another_length_is_refused(tmp_path):
    read = read_samples(written(tmp_path, "a.npz", arrays(X=X, y=Y[:-1])))
    with pytest.raises(UsageError, match="each of 60 points"):
        discover(read.points, read.target)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_may_be_parted_otherwise(tmp_path, mark):
    lines = ("a,b,value", "1,2,3", "4,5,6")
    file = written(tmp_path, "a.csv", "\n".join(lines).replace(",", mark))
    assert read_samples(file).points.tolist() == [[1, 2], [4, 5]]


def test_a_table_without_a_header_does_not_lose_its_first_row(tmp_path):
    file = written(tmp_path, "a.csv", "1.5,2.5,0.5\n" * 80)
    with pytest.raises(Unreadable, match="first line that names the columns"):
        read_samples(file)
