"""The door for objects of other libraries: read as their file would be, or refused in one line."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from symscope.errors import InputError, NotFinite, TooLarge, Unreadable, UsageError
from symscope.io.inputs import load
from symscope.options import Options

pd = pytest.importorskip("pandas")
xr = pytest.importorskip("xarray")
da = pytest.importorskip("dask.array")

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 255, (20, 30)).astype(np.uint8)
RGB = RANDOM.integers(0, 255, (20, 30, 3)).astype(np.uint8)
PLANE = RANDOM.random((40, 50)).astype(np.float32)
VOLUME = RANDOM.random((20, 30, 40))
WAVE = np.sin(np.arange(300) / 5)


def png(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def axis(name, values, unit):
    return name, values, {"units": unit}


# Images and open files


def turned(kind):
    image = Image.fromarray(RGB)
    image.getexif()[0x112] = 6
    return png(image, kind, exif=image.getexif(), dpi=(204, 98))


@pytest.mark.parametrize(
    "data",
    [
        turned("JPEG"),
        turned("TIFF"),
        png(Image.fromarray(GREY)),
        png(Image.fromarray(RGB).convert("RGBA")),
        png(Image.fromarray(RGB).quantize(9)),
        png(Image.fromarray(GREY.astype(np.uint16) * 200)),
        png(Image.fromarray(RGB).convert("CMYK"), "TIFF"),
        png(Image.merge("LA", (Image.new("L", (30, 20), 255), Image.fromarray(GREY)))),
    ],
)
def test_an_image_is_read_as_its_file_is(data):
    given, file = load(Image.open(io.BytesIO(data))), load(data)
    assert given.picture is not None
    assert file.picture is not None
    np.testing.assert_allclose(given.picture.grey, file.picture.grey, atol=1e-6)
    np.testing.assert_allclose(given.picture.rgb, file.picture.rgb, atol=1)
    # Of a turned picture a file's note names rows and columns as they are stored.
    assert len(given.notes) == len(file.notes)


def test_the_frame_that_an_image_shows_is_taken_unless_another_is_chosen():
    frames = [Image.fromarray(np.full((9, 9), n, np.uint8)) for n in (0, 60, 120)]
    image = Image.open(io.BytesIO(png(frames[0], "TIFF", save_all=True, append_images=frames[1:])))
    seen = []
    for stands, select in ((0, None), (1, None), (1, "t=3")):
        image.seek(stands)
        read = load(image, Options(select=select))
        assert read.picture is not None
        seen.append(int(read.picture.rgb.max()))
        assert read.notes
        assert image.tell() == stands
    assert seen == [0, 60, 120]


@pytest.mark.parametrize("mode", ["I", "F"])
def test_numbers_without_a_white_are_spread_over_their_own_range(mode):
    read = load(Image.fromarray(GREY).convert(mode))
    assert read.picture is not None
    assert (read.picture.grey.min(), read.picture.grey.max()) == (0, 1)


def test_an_open_file_is_read_from_where_it_stands_and_put_back(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(Image.fromarray(GREY)))
    with open(path, "rb") as file:
        first, second = load(file), load(file)
    assert first.path == str(path)
    assert first.sha256 == second.sha256 == load(path).sha256
    file = io.BytesIO(b"before" + path.read_bytes())
    file.seek(6)
    assert load(file).sha256 == first.sha256


def test_files_that_are_no_pictures_say_so():
    at_its_end = io.BytesIO(png(Image.fromarray(GREY)))
    at_its_end.seek(0, io.SEEK_END)
    for file, error in (
        (io.BytesIO(), Unreadable),
        (io.BytesIO(b"\x89PNG\r\n\x1a\nxx"), Unreadable),
        (io.StringIO("text"), Unreadable),
        (at_its_end, Unreadable),
        (SimpleNamespace(read=lambda size: b"\0" * size), TooLarge),
        (SimpleNamespace(read=lambda size: 1 / 0), Unreadable),
    ):
        with pytest.raises(error):
            load(file, Options(max_megapixels=0.001))


# Arrays with coordinates


def test_coordinates_become_places_and_units_and_falling_ones_are_turned():
    rising = {
        "z": axis("z", 5 + 2.0 * np.arange(20), "nm"),
        "y": axis("y", np.arange(30.0), "nm"),
        "x": axis("x", np.arange(40.0), "nm"),
    }
    given = load(xr.DataArray(VOLUME, dims=("z", "y", "x"), coords=rising, name="density"))
    assert given.grid is not None
    assert (given.path, given.grid.unit, given.grid.centre) == ("density", "nm", (24, 14.5, 19.5))
    falling = rising | {"y": axis("y", np.arange(30.0)[::-1], "nm"), "z": rising["z"]}
    other = load(xr.DataArray(VOLUME[:, ::-1], dims=("z", "y", "x"), coords=falling))
    assert other.grid is not None
    np.testing.assert_array_equal(other.grid.values, given.grid.values)


def test_pixels_of_an_array_are_made_squares_where_its_units_agree():
    coords = {"y": axis("y", 2.0 * np.arange(40), "m"), "x": axis("x", np.arange(50.0), "m")}
    read = load(xr.DataArray(PLANE, dims=("y", "x"), coords=coords))
    assert read.picture is not None
    assert read.picture.grey.shape == (80, 50)
    assert read.notes
    coords["x"] = axis("x", np.arange(50.0), "s")
    read = load(xr.DataArray(PLANE, dims=("y", "x"), coords=coords))
    assert read.picture is not None
    assert read.picture.grey.shape == (40, 50)
    assert read.notes


@pytest.mark.parametrize(
    ("array", "shape"),
    [
        (xr.DataArray(np.moveaxis(RGB, 2, 0), dims=("band", "y", "x")), (20, 30)),
        (xr.DataArray(PLANE[None], dims=("band", "y", "x")), (40, 50)),
        (xr.DataArray(RGB), (20, 30)),
        (da.from_array(PLANE), (40, 50)),
    ],
)
def test_what_has_two_axes_beside_its_channels_is_a_picture(array, shape):
    read = load(array)
    assert read.picture is not None
    assert read.picture.grey.shape == shape


def test_uneven_places_of_a_signal_are_made_even_and_moments_are_seconds():
    places = np.arange(300.0) ** 1.1
    coords = {"t": axis("t", places, "ms")}
    read = load(xr.DataArray(np.interp(places, [0, 1], [0, 1]), dims="t", coords=coords))
    assert read.grid is not None
    assert read.grid.unit == "ms"
    assert read.grid.centre[0] == pytest.approx(places[-1] / 2)
    assert read.notes
    days = np.datetime64("2024-01-01") + np.arange(300)
    read = load(xr.DataArray(WAVE, dims="t", coords={"t": days.astype("datetime64[ns]")}))
    assert read.grid is not None
    assert (read.grid.unit, read.grid.half) == ("s", 150 * 86400)


class Signal:
    """What HyperSpy offers of a spectrum image: axes out of order, some without a unit."""

    def __init__(self, units, data=VOLUME):
        sizes = data.shape
        self.data = data
        every = [
            SimpleNamespace(name=n, axis=3 + 0.5 * np.arange(size), units=unit, index_in_array=i)
            for i, (n, size, unit) in enumerate(zip("zyx", sizes, units, strict=False))
        ]
        self.axes_manager = SimpleNamespace(navigation_axes=every[:2][::-1], signal_axes=every[2:])
        self.metadata = SimpleNamespace(General=SimpleNamespace(title="map"))


def test_a_signal_brings_its_scale_where_all_its_axes_have_one_unit():
    read = load(Signal(("nm", "nm", "nm")))
    assert read.grid is not None
    assert (read.path, read.grid.unit, read.grid.half) == ("map", "nm", 10.0)
    read = load(Signal(("nm", "nm", "eV"), da.from_array(VOLUME)))
    assert read.grid is not None
    assert (read.grid.unit, read.grid.half) == ("voxels", 20.0)
    assert read.notes


@pytest.mark.parametrize("chunks", [(5, 30, 40), (20, 30, 1), (7, 11, 13), (20, 30, 40)])
def test_a_lazy_volume_is_computed_a_layer_at_a_time_each_one_once(chunks, monkeypatch):
    monkeypatch.setattr("symscope.io.grids.SLAB", 2000)
    asked = []

    def block(part):
        asked.append(part.shape)
        return part

    lazy = da.from_array(VOLUME, chunks=chunks).map_blocks(block, dtype=VOLUME.dtype, meta=VOLUME)
    read, whole = load(lazy), load(VOLUME)
    assert read.grid is not None
    assert whole.grid is not None
    np.testing.assert_allclose(read.grid.values, whole.grid.values, rtol=1e-6)
    assert len(asked) == lazy.npartitions


# Tables


def test_an_index_that_says_something_is_the_place_of_a_series():
    wave = pd.Series(WAVE, name="wave")
    for index, unit, half in (
        (None, "samples", 150),
        (0.5 * np.arange(300), "time", 75),
        (pd.date_range("2024", periods=300, freq="D", tz="UTC"), "s", 150 * 86400),
        (pd.to_timedelta(np.arange(300), "s"), "s", 150),
        ([f"a{n}" for n in range(300)], "samples", 150),
    ):
        read = load(wave if index is None else wave.set_axis(index))
        assert read.grid is not None
        assert (read.path, read.grid.unit, read.grid.half) == ("wave", unit, half)


def test_a_frame_is_read_as_its_csv_is(tmp_path):
    frame = pd.DataFrame({"t": 0.5 * np.arange(300), "v": WAVE})
    frame.loc[7, "v"] = np.nan
    frame.to_csv(tmp_path / "a.csv", index=False)
    given, file = load(frame), load(tmp_path / "a.csv")
    assert given.grid is not None
    assert file.grid is not None
    np.testing.assert_allclose(given.grid.values, file.grid.values, rtol=1e-6)
    # Of a turned picture a file's note names rows and columns as they are stored.
    assert len(given.notes) == len(file.notes)
    assert given.grid.half == file.grid.half
    for kind in ("Float64", "category", "object"):
        load(frame.v.dropna().reset_index(drop=True).astype(kind))
    assert load(frame.v > 0).grid is not None


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (pd.Series(["x"] * 99), Unreadable),
        (pd.DataFrame({"a": ["x"] * 99, "b": ["y"] * 99}), Unreadable),
        (pd.DataFrame(np.zeros((99, 3))), Unreadable),
        (pd.DataFrame(), InputError),
        (pd.Series(WAVE * 1j), Unreadable),
        (pd.Series(WAVE).replace(0.0, np.inf), NotFinite),
        (pd.Series(WAVE).replace(0.0, np.nan), Unreadable),
        (pd.Series(WAVE, index=np.arange(300)[::-1]), Unreadable),
        (xr.DataArray(np.zeros((9, 9, 9, 9))), Unreadable),
        (xr.DataArray(PLANE * 1j), Unreadable),
        (xr.DataArray(np.full((9, 9), None)), Unreadable),
        (xr.DataArray(0.0), Unreadable),
        (xr.Dataset({"a": ("x", WAVE), "b": ("x", WAVE)}), Unreadable),
        (np.ma.masked_greater(PLANE, 0.5), NotFinite),
        (da.ma.masked_greater(da.from_array(PLANE), 0.5), NotFinite),
        (da.ma.masked_greater(da.from_array(VOLUME, chunks=5), 0.5), NotFinite),
        (da.zeros((10**6, 10**6)), TooLarge),
        (da.zeros((10**4, 10**4, 10**4)), TooLarge),
        (da.from_array(PLANE)[da.from_array(PLANE)[:, 0] > 0.5], Unreadable),
        (Image.new("LAB", (9, 9)), Unreadable),
        (Image.new("L", (9, 3)), InputError),
    ],
)
def test_what_cannot_be_read_is_one_error(source, error):
    with pytest.raises(error):
        load(source)


def test_errors_of_another_library_are_ours():
    def fail(part):
        raise ZeroDivisionError("no\nvalues")

    lazy = da.from_array(PLANE).map_blocks(fail, dtype=float, meta=PLANE)
    with pytest.raises(Unreadable, match="no values"):
        load(lazy)


def test_a_dimension_that_an_object_has_not_is_refused():
    for source in (pd.Series(WAVE), xr.DataArray(PLANE)):
        with pytest.raises(UsageError):
            load(source, Options(dimension=3))
