"""The picture door: what every kind of picture becomes, and what the doors around it find."""

import hashlib
import io
import logging
import os
import warnings

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageCms, ImageOps
from skimage.color import rgb2gray

from symscope.errors import MissingFile, NotFinite, TooLarge, TooSmall, Unreadable, UsageError
from symscope.io.images import find_pictures, read_picture, sample_names, stored_samples

RNG = np.random.default_rng(2103_06115)
GREY = RNG.integers(0, 256, (12, 17)).astype(np.uint8)
RGB = RNG.integers(0, 256, (12, 17, 3)).astype(np.uint8)
ALPHA = RNG.integers(0, 256, (12, 17)).astype(np.uint8)
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def pillow(image, kind, **options):
    stream = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(
        stream, kind, **options
    )
    return stream.getvalue()


def tiff(array, **options):
    stream = io.BytesIO()
    options.setdefault("photometric", "rgb" if array.ndim == 3 else "minisblack")
    tifffile.imwrite(stream, array, **options)
    return stream.getvalue()


def over_white(colour, alpha):
    share = (alpha / 255.0).reshape(alpha.shape + (1,) * (colour.ndim - 2))
    return colour / 255.0 * share + 1 - share


def swapping_profile(tag="rXYZ", other="bXYZ"):
    """An sRGB profile in which red and blue have changed places."""
    profile = bytearray(SRGB_PROFILE)
    count = int.from_bytes(profile[128:132], "big")
    entries = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    a, b = entries[tag.encode()], entries[other.encode()]
    profile[a + 4 : a + 12], profile[b + 4 : b + 12] = (
        profile[b + 4 : b + 12],
        profile[a + 4 : a + 12],
    )
    return bytes(profile)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_grey_of_eight_bits_is_exact(kind):
    picture = read_picture(pillow(GREY, kind))
    assert picture.grey.dtype == np.float32
    np.testing.assert_array_equal(picture.grey, (GREY / 255).astype(np.float32))
    np.testing.assert_array_equal(picture.rgb, np.repeat(GREY[..., None], 3, axis=2))


@pytest.mark.parametrize(
    "data",
    [
        pillow(RGB, "PNG"),
        pillow(RGB, "BMP"),
        pillow(RGB, "WEBP", lossless=True),
        pillow(RGB, "PNG", icc_profile=b"not a profile"),
        tiff(np.moveaxis(RGB, 2, 0), planarconfig="separate"),
        tiff(RGB, byteorder=">", bigtiff=True, tile=(16, 16)),
    ],
)
def test_colour_becomes_luminance_as_in_scikit_image(data):
    picture = read_picture(data)
    np.testing.assert_allclose(picture.grey, rgb2gray(RGB), atol=1e-6)
    np.testing.assert_array_equal(picture.rgb, RGB)


@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95})]
)
def test_lossy_formats_come_close(kind, options):
    ramp = np.linspace(0, 255, 64 * 48).reshape(48, 64).astype(np.uint8)
    assert np.abs(read_picture(pillow(ramp, kind, **options)).grey - ramp / 255).max() < 0.02


def test_one_bit():
    bits = GREY > 128
    for kind in ("PNG", "BMP", "TIFF"):
        np.testing.assert_array_equal(read_picture(pillow(bits, kind)).grey, bits)
    for fax in ("group3", "group4", "tiff_ccitt"):
        picture = read_picture(pillow(bits, "TIFF", compression=fax))
        np.testing.assert_array_equal(picture.grey, bits)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF"])
def test_palette(kind):
    image = Image.fromarray(GREY // 16).convert("L")
    image = Image.frombytes("P", image.size, image.tobytes())
    colours = RNG.integers(0, 256, (16, 3)).astype(np.uint8)
    image.putpalette(colours.tobytes())
    np.testing.assert_array_equal(read_picture(pillow(image, kind)).rgb, colours[GREY // 16])


def test_only_the_first_frame_of_a_gif_or_webp_counts():
    frames = {"save_all": True, "append_images": [Image.fromarray(255 - GREY)]}
    np.testing.assert_array_equal(read_picture(pillow(GREY, "GIF", **frames)).rgb[..., 0], GREY)
    picture = read_picture(pillow(RGB, "WEBP", lossless=True, **frames))
    np.testing.assert_array_equal(picture.rgb, RGB)


def test_only_the_first_page_of_a_tiff_counts():
    stack = np.stack([GREY, 255 - GREY, GREY])
    for kind in ({}, {"imagej": True}, {"ome": True}):
        data = tiff(stack, photometric="minisblack", **kind)
        np.testing.assert_array_equal(read_picture(data).rgb[..., 0], GREY)


@pytest.mark.parametrize("bits", [9, 12, 16])
def test_deep_integers_scale_by_their_stated_bits_not_by_their_values(bits):
    values = RNG.integers(0, 2**bits // 3, (12, 17)).astype(np.uint16)
    expected = (values / (2**bits - 1)).astype(np.float32)
    np.testing.assert_array_equal(read_picture(tiff(values, bitspersample=bits)).grey, expected)


@pytest.mark.parametrize(("low", "high", "stretched"), [(542, 1669, True), (0, 40000, False)])
def test_deep_greys_that_would_look_black_are_shown_from_black_to_white(low, high, stretched):
    """What cameras of 12 bits leave of 16; the grey that is measured stays as it is."""
    values = np.linspace(low, high, 12 * 17).round().astype(np.uint16).reshape(12, 17)
    picture = read_picture(tiff(values))
    np.testing.assert_array_equal(picture.grey, (values / 65535).astype(np.float32))
    assert (picture.rgb.min(), picture.rgb.max()) == ((0, 255) if stretched else (0, 156))
    assert any("shown stretched" in note for note in picture.notes) == stretched


def test_sixteen_bits_of_a_png_are_all_kept():
    values = RNG.integers(0, 300, (12, 17, 3)).astype(np.uint16)
    grey = read_picture(imagecodecs.png_encode(values)).grey
    np.testing.assert_allclose(grey, rgb2gray(values / 65535), rtol=1e-6)
    grey = read_picture(imagecodecs.png_encode(values[..., 0].copy())).grey
    np.testing.assert_array_equal(grey, (values[..., 0] / 65535).astype(np.float32))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int16", "uint32"])
@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "zstd", "lzma", "packbits"])
def test_values_without_a_stated_white_scale_from_minimum_to_maximum(dtype, compression):
    values = (GREY.astype(float) / 4 + 3).astype(dtype)
    grey = read_picture(tiff(values, compression=compression)).grey
    low, high = float(values.min()), float(values.max())
    np.testing.assert_allclose(grey, (values.astype(float) - low) / (high - low), atol=1e-6)


@pytest.mark.parametrize("compression", ["lzw", "deflate", "zstd"])
@pytest.mark.parametrize("array", [GREY, RGB, RGB.astype(np.uint16) * 257])
def test_predictors_and_tiles(compression, array):
    data = tiff(array, compression=compression, predictor=True, tile=(16, 16))
    expected = array.astype(float) / np.iinfo(array.dtype).max
    expected = rgb2gray(expected) if array.ndim == 3 else expected
    np.testing.assert_allclose(read_picture(data).grey, expected, atol=1e-6)


def test_jpeg_inside_a_tiff():
    ramp = np.repeat(np.linspace(0, 255, 64 * 48).reshape(48, 64, 1), 3, 2).astype(np.uint8)
    for options in ({}, {"tile": (32, 32)}):
        grey = read_picture(tiff(ramp, compression="jpeg", **options)).grey
        assert np.abs(grey - ramp[..., 0] / 255).max() < 0.02


@pytest.mark.parametrize("array", [GREY, GREY.astype(np.uint16) * 257, GREY > 99])
def test_white_may_be_zero(array):
    inverted = ~array if array.dtype == bool else np.iinfo(array.dtype).max - array
    grey = read_picture(tiff(inverted, photometric="miniswhite")).grey
    white = 1 if array.dtype == bool else np.iinfo(array.dtype).max
    np.testing.assert_allclose(grey, array / np.float64(white), atol=1e-6)


def test_opacity_is_laid_over_white():
    rgba, grey_alpha = np.dstack([RGB, ALPHA]), np.dstack([GREY, ALPHA])
    expected, expected_grey = rgb2gray(over_white(RGB, ALPHA)), over_white(GREY, ALPHA)
    for data in (
        pillow(rgba, "PNG"),
        tiff(rgba, extrasamples=["unassalpha"]),
        imagecodecs.png_encode(rgba.astype(np.uint16) * 257),
    ):
        np.testing.assert_allclose(read_picture(data).grey, expected, atol=1e-6)
    np.testing.assert_allclose(read_picture(rgba).grey, expected, atol=1e-6)
    for data in (
        pillow(Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(ALPHA)]), "PNG"),
        tiff(grey_alpha, photometric="minisblack", extrasamples=["unassalpha"]),
        imagecodecs.png_encode(grey_alpha.astype(np.uint16) * 257),
    ):
        np.testing.assert_allclose(read_picture(data).grey, expected_grey, atol=1e-6)


def test_premultiplied_opacity():
    rgba = np.dstack([RGB * (ALPHA[..., None] > 128), np.where(ALPHA > 128, 255, 0)])
    data = tiff(rgba.astype(np.uint8), extrasamples=["assocalpha"])
    expected = np.where(ALPHA[..., None] > 128, RGB, 255)
    np.testing.assert_array_equal(read_picture(data).rgb, expected)


def test_a_transparent_colour_is_white():
    image = Image.fromarray(np.where(GREY > 128, 40, 200).astype(np.uint8))
    expected = np.where(GREY > 128, 255, 200)
    for data in (
        pillow(image, "PNG", transparency=40),
        pillow(image.convert("RGB"), "PNG", transparency=(40, 40, 40)),
    ):
        np.testing.assert_array_equal(read_picture(data).rgb[..., 0], expected)
    one_bit = read_picture(pillow(GREY > 128, "PNG", transparency=0))
    np.testing.assert_array_equal(one_bit.grey, GREY <= 128)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind):
    white, cyan = (0, 0, 0, 0), (255, 0, 0, 0)
    image = Image.new("CMYK", (32, 16), white)
    image.paste(cyan, (16, 0, 32, 16))
    rgb = read_picture(pillow(image, kind)).rgb.astype(int)
    assert np.abs(rgb[4, 4] - 255).max() <= 2
    assert rgb[4, 28, 0] <= 4
    assert rgb[4, 28, 1:].min() >= 250


def test_cmyk_of_sixteen_bits():
    ink = np.zeros((8, 8, 4), np.uint16)
    ink[:4, :, 3] = 65535
    grey = read_picture(tiff(ink, photometric="separated")).grey
    np.testing.assert_array_equal(grey, np.repeat([[0.0], [1.0]], 4, 0) * np.ones(8))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "TIFF"])
def test_exif_turn(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    blocks = np.kron(GREY[:3, :4], np.ones((8, 8))).astype(np.uint8)
    options = {"lossless": True} if kind == "WEBP" else {"quality": 98} if kind == "JPEG" else {}
    data = pillow(blocks, kind, exif=exif, **options)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("L"))
    picture = read_picture(data)
    np.testing.assert_array_equal(picture.rgb[..., 0], expected)
    np.testing.assert_allclose(picture.grey, expected / 255, atol=1e-6)


def test_turn_of_a_deep_tiff():
    data = tiff(GREY.astype(np.uint16), extratags=[(0x0112, "H", 1, 6, True)])
    np.testing.assert_allclose(read_picture(data).grey, np.rot90(GREY, -1) / 65535, atol=1e-7)


@pytest.mark.parametrize("deep", [False, True])
def test_colour_profiles_are_converted_to_srgb(deep):
    swapped = swapping_profile()
    array = RGB.astype(np.uint16) * 257 if deep else RGB
    for data in (
        tiff(array, iccprofile=swapped),
        *([] if deep else [pillow(RGB, "PNG", icc_profile=swapped)]),
    ):
        rgb = read_picture(data).rgb.astype(int)
        assert np.abs(rgb - RGB[..., ::-1]).max() <= 3  # lcms works in eight bits with a table
    plain = read_picture(tiff(array, iccprofile=SRGB_PROFILE)).rgb.astype(int)
    assert np.abs(plain - RGB).max() <= 1


def test_the_closest_samples_are_told():
    with pytest.raises(MissingFile, match=r"closest: retina"):
        read_picture("sample:retin")


def test_samples_come_from_the_wheel():
    assert {"camera", "coins", "astronaut"} <= set(sample_names())
    for name in stored_samples():
        picture = read_picture(f"sample:{name}")
        assert picture.name == f"sample:{name}"
        assert picture.rgb.shape == (*picture.grey.shape, 3)
    with pytest.raises(MissingFile, match="no sample"):
        read_picture("sample:../data/camera")


def test_a_picture_knows_its_name_and_the_fingerprint_of_its_bytes(tmp_path):
    data = pillow(GREY, "PNG")
    file = tmp_path / "my picture.dat"
    file.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    for source, name in ((file, file.name), (str(file), file.name), (data, "bytes")):
        picture = read_picture(source)
        assert (picture.name, picture.sha256) == (name, digest)
    wide, tall = np.zeros((8, 16)), np.zeros((16, 8))
    assert read_picture(wide).sha256 != read_picture(tall).sha256
    big = GREY.astype(">u2")
    assert read_picture(big).sha256 == read_picture(big.astype("<u2")).sha256


@given(hnp.arrays(np.uint8, st.tuples(st.integers(8, 20), st.integers(8, 20), st.just(3))))
def test_a_lossless_file_reads_as_the_array_it_was_made_of(array):
    from_file, from_array = read_picture(pillow(array, "PNG")), read_picture(array)
    np.testing.assert_array_equal(from_file.grey, from_array.grey)
    np.testing.assert_array_equal(from_file.rgb, array)


@given(
    hnp.arrays(
        st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.int64, np.uint64, bool]),
        st.tuples(st.integers(8, 12), st.integers(8, 12)),
    )
)
def test_any_array_gives_grey_in_range_or_our_error(array):
    try:
        grey = read_picture(array).grey
    except NotFinite:
        assert not np.isfinite(array).all()
        return
    assert 0 <= grey.min() <= grey.max() <= 1
    order = np.argsort(array, axis=None, kind="stable")
    assert (np.diff(grey.ravel()[order]) >= 0).all()  # brighter stays brighter


def test_float_arrays_within_0_to_1_are_taken_as_they_are():
    inside = GREY / 512
    np.testing.assert_allclose(read_picture(inside).grey, inside, atol=1e-7)
    outside = inside + 2
    grey = read_picture(outside).grey
    assert (grey.min(), grey.max()) == (0, 1)


def test_a_picture_of_one_colour_passes():
    for array in (np.full((9, 9), 7.5), np.zeros((9, 9, 3), np.uint8), np.full((9, 9), -3)):
        assert np.ptp(read_picture(array).grey) == 0


def test_masked_pixels_are_refused():
    array = np.ma.masked_less(np.linspace(0, 1, 64 * 64).reshape(64, 64), 0.5)
    with pytest.raises(NotFinite, match="masked values; fill them"):
        read_picture(array)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinite_pixels_are_counted(value):
    array = GREY.astype(np.float32)
    array[3, 4] = array[5, 6] = value
    for source in (array, tiff(array)):
        with pytest.raises(NotFinite, match="found 2 NaN or infinite"):
            read_picture(source)


@pytest.mark.parametrize(
    ("array", "error", "said"),
    [
        (np.zeros(9), Unreadable, r"shape \(9,\)"),
        (np.zeros((9, 9, 2)), Unreadable, r"\(R, C, 3\)"),
        (np.zeros((2, 9, 9, 3)), Unreadable, r"\(R, C\)"),
        (np.zeros((9, 9), complex), Unreadable, "complex128"),
        (np.full((9, 9), "a"), Unreadable, "convert it"),
        (np.full((9, 9), None), Unreadable, "object"),
        (np.zeros((0, 9)), TooSmall, "9 × 0"),
        (np.zeros((1, 1)), TooSmall, "at least 8 × 8"),
        (np.zeros((7, 900), np.uint8), TooSmall, "900 × 7"),
        (np.broadcast_to(np.uint8(0), (10_000, 10_000)), TooLarge, "--max-megapixels"),
        (np.full((9, 9, 4), 200.0), Unreadable, "opacities"),
    ],
)
def test_arrays_that_are_no_pictures(array, error, said):
    with pytest.raises(error, match=said):
        read_picture(array)


@pytest.mark.parametrize("source", [None, 3, [[0, 1]], object()])
def test_other_types_are_wrong_use(source):
    with pytest.raises(UsageError, match="expected a path, bytes or a NumPy array"):
        read_picture(source)


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf"), "50"])
def test_the_limit_must_be_a_positive_number(limit):
    with pytest.raises(UsageError, match="--max-megapixels"):
        read_picture(GREY, max_megapixels=limit)


def test_the_limit_is_an_option():
    data = pillow(GREY, "PNG")
    assert read_picture(data, max_megapixels=12 * 17 / 1e6).grey.shape == (12, 17)
    with pytest.raises(TooLarge, match=r"17 × 12 .* at most 0.0002 .* --max-megapixels"):
        read_picture(data, max_megapixels=0.0002)


def test_settings_of_other_libraries_are_left_alone():
    before = (
        Image.MAX_IMAGE_PIXELS,
        list(warnings.filters),
        [logging.getLogger(name).filters[:] for name in ("tifffile", "imagecodecs", "PIL")],
    )
    read_picture(tiff(GREY))
    with pytest.raises(Unreadable):
        read_picture(tiff(GREY)[:100])
    assert before == (
        Image.MAX_IMAGE_PIXELS,
        list(warnings.filters),
        [logging.getLogger(name).filters[:] for name in ("tifffile", "imagecodecs", "PIL")],
    )


@pytest.fixture
def folder(tmp_path):
    """A folder with pictures at two depths, and things that are none."""
    for name in ("b.png", "a.JPG", "deep/er/c.tiff", ".hidden.png", ".cache/d.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "empty").mkdir()
    return tmp_path


def names(found, folder):
    return [os.path.relpath(path, folder) for path in found]


def test_a_folder_is_searched_for_pictures(folder):
    expected = ["a.JPG", "b.png", os.path.join("deep", "er", "c.tiff")]
    assert names(find_pictures([str(folder)]), folder) == expected
    assert names(find_pictures([folder]), folder) == expected
    assert names(find_pictures(str(folder)), folder) == expected


def test_globs(folder):
    assert names(find_pictures([f"{folder}/*.png"]), folder) == ["b.png"]
    deep = names(find_pictures([f"{folder}/**/*.tiff"]), folder)
    assert deep == [os.path.join("deep", "er", "c.tiff")]
    assert names(find_pictures([f"{folder}/de*"]), folder) == deep
    (folder / "[odd]*.png").write_bytes(b"")
    assert names(find_pictures([f"{folder}/[odd]*.png"]), folder) == ["[odd]*.png"]


def test_what_cannot_be_expanded_stays_in_its_place(folder):
    empty, none = str(folder / "empty"), f"{folder}/*.webp"
    paths = ["sample:moon", str(folder / "b.png"), "gone.png", empty, none, "sample:moon", "x\0*"]
    expected = ["sample:moon", str(folder / "b.png"), "gone.png", empty, none, "x\0*"]
    assert find_pictures(paths) == expected
    assert find_pictures([]) == []
    with pytest.raises(MissingFile, match=r"folder without pictures.*folder/\*\.npy"):
        read_picture(empty)
    with pytest.raises(MissingFile, match="found a folder, expected one picture"):
        read_picture(folder)
    with pytest.raises(MissingFile, match="no such file"):
        read_picture(none)
