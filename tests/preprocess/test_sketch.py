"""The sketch: what it keeps of a picture, and what it must not depend on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.filters import threshold_multiotsu, threshold_otsu

from symscope.errors import NotFinite, TooSmall, UsageError
from symscope.io.images import read_picture
from symscope.preprocess.sketch import METHODS, sketch, value_field
from symscope.tasks import parse_task

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
EIGHT_BITS = hnp.arrays(np.uint8, SHAPES).map(lambda values: (values / 255).astype(np.float32))
FEW_GREYS = hnp.arrays(np.float32, SHAPES, elements=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
ANY_GREY = hnp.arrays(np.float32, SHAPES, elements=st.floats(0, 1, width=32))
PICTURES = EIGHT_BITS | FEW_GREYS | ANY_GREY
OPTIONS = {"side": st.integers(8, 33), "frame": st.sampled_from(["crop", "pad"])}


def disc(rows, columns, radius):
    r, c = np.mgrid[:rows, :columns]
    return (np.hypot(r - (rows - 1) / 2, c - (columns - 1) / 2) < radius).astype(np.float32)


@given(
    grey=PICTURES,
    method=st.sampled_from(METHODS),
    mirror=st.sampled_from([np.fliplr, np.flipud]),
    **OPTIONS,
)
def test_a_mirrored_picture_gives_the_mirrored_sketch(grey, method, mirror, side, frame):
    one = sketch(grey, side=side, method=method, frame=frame)
    other = sketch(mirror(grey), side=side, method=method, frame=frame)
    np.testing.assert_array_equal(other.grey, mirror(one.grey))
    np.testing.assert_array_equal(other.levels, mirror(one.levels))


@given(grey=PICTURES, method=st.sampled_from(["otsu", "edges", "quantile"]), **OPTIONS)
def test_a_turned_picture_gives_the_turned_sketch(grey, method, side, frame):
    one = sketch(grey, side=side, method=method, frame=frame)
    other = sketch(np.rot90(grey), side=side, method=method, frame=frame)
    np.testing.assert_array_equal(other.grey, np.rot90(one.grey))
    np.testing.assert_array_equal(other.levels, np.rot90(one.levels))


@given(
    grey=PICTURES, method=st.sampled_from(["otsu", "quantile"]), levels=st.integers(2, 4), **OPTIONS
)
def test_levels_are_in_range_and_rise_with_grey(grey, method, levels, side, frame):
    result = sketch(grey, side=side, method=method, levels=levels, frame=frame)
    assert (result.side, result.method) == (side, method)
    assert result.levels.shape == result.grey.shape == (side, side)
    assert (result.levels.dtype, result.grey.dtype) == (np.int8, np.float32)
    assert grey.min() - 1e-7 <= result.grey.min() <= result.grey.max() <= grey.max() + 1e-7
    assert 0 <= result.levels.min() <= result.levels.max() < levels
    in_order = result.levels.ravel()[np.argsort(result.grey, axis=None, kind="stable")]
    assert (np.diff(in_order) >= 0).all()


@given(
    st.floats(0, 1, width=32), SHAPES, st.sampled_from(METHODS), st.sampled_from(["crop", "pad"])
)
def test_a_constant_picture_gives_zeros(value, shape, method, frame):
    result = sketch(np.full(shape, value, np.float32), side=8, method=method, frame=frame)
    assert not result.levels.any()
    assert (result.grey == np.float32(value)).all() or abs(result.grey - value).max() < 1e-7


@pytest.mark.parametrize("method", METHODS)
def test_the_sketch_does_not_depend_on_brightness_and_contrast(method):
    bright = read_picture("sample:camera").grey
    a, b = (sketch(grey, method=method).levels for grey in (bright, bright / 3 + 0.4))
    assert (a != b).mean() < 0.005  # only points right at a threshold


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_both_levels_in_a_photograph(method):
    levels = sketch(read_picture("sample:camera").grey, method=method).levels
    assert 0.05 < levels.mean() < 0.95


def test_averages_are_those_of_whole_blocks_of_pixels():
    grey = np.random.default_rng(0).random((128, 192)).astype(np.float32)
    blocks = grey[:, 32:160].reshape(32, 4, 32, 4).mean((1, 3))
    np.testing.assert_allclose(sketch(grey, side=32).grey, blocks, atol=1e-6)


def test_a_small_picture_is_enlarged_pixel_by_pixel():
    grey = np.random.default_rng(0).random((8, 8)).astype(np.float32)
    np.testing.assert_allclose(
        sketch(grey, side=64).grey, np.kron(grey, np.ones((8, 8))), atol=1e-7
    )


def test_a_grid_that_does_not_divide_the_picture_keeps_the_mean():
    grey = np.random.default_rng(0).random((37, 37)).astype(np.float32)
    for side in (8, 23, 37, 64):
        assert sketch(grey, side=side).grey.mean() == pytest.approx(grey.mean(), abs=1e-6)


@pytest.mark.parametrize("frame", ["crop", "pad"])
@pytest.mark.parametrize("shape", [(90, 150), (150, 90), (91, 150)])
def test_a_disc_stays_round_and_central(frame, shape):
    levels = sketch(disc(*shape, 40), side=64, frame=frame).levels
    rows, columns = np.nonzero(levels)
    assert np.ptp(rows) == np.ptp(columns)
    expected = 80 / (90 if frame == "crop" else 150) * 64
    assert abs(np.ptp(rows) + 1 - expected) <= 2
    assert rows.min() + rows.max() == columns.min() + columns.max() == 63


def test_padding_takes_the_median_grey_of_the_border():
    grey = np.full((8, 16), 0.25, np.float32)
    grey[2:6, 4:12] = 1.0
    grey[0, 0] = 0.0  # one odd pixel does not move a median
    result = sketch(grey, side=16, frame="pad")
    np.testing.assert_array_equal(result.grey[:4], 0.25)
    np.testing.assert_array_equal(result.grey[-4:], 0.25)
    np.testing.assert_array_equal(result.grey[4:12], grey)
    assert result.levels.sum() == 32


def test_otsu_is_that_of_scikit_image():
    grey = read_picture("sample:coins").grey
    small = sketch(grey).grey
    np.testing.assert_array_equal(sketch(grey).levels, small > threshold_otsu(small))
    four = np.digitize(small, threshold_multiotsu(small, 4), right=True)
    np.testing.assert_array_equal(sketch(grey, levels=4).levels, four)


def test_adaptive_sees_a_shape_through_a_gradient_that_hides_it_from_otsu():
    shape = np.zeros((64, 64), bool)
    shape[8:56, 10:16] = shape[8:56, 30:36] = shape[8:56, 50:56] = True
    grey = (0.8 * np.linspace(0, 1, 64) + 0.2 * shape).astype(np.float32)
    agreement = {m: (sketch(grey, method=m).levels == shape).mean() for m in ("otsu", "adaptive")}
    assert agreement["otsu"] < 0.7 < 0.9 < agreement["adaptive"]


def test_adaptive_leaves_flat_areas_to_the_global_threshold():
    grey = read_picture("sample:horse").grey
    levels = sketch(grey, method="adaptive").levels
    assert levels[:10, :20].all()  # the white around the horse, far from it
    assert (levels == sketch(grey).levels).mean() > 0.95


def test_edges_are_the_outline():
    levels = sketch(disc(64, 64, 20), method="edges").levels
    r, c = np.nonzero(levels)
    radii = np.hypot(r - 31.5, c - 31.5)
    assert len(radii) > 100
    assert radii.min() > 17
    assert radii.max() < 23


@pytest.mark.parametrize("levels", [2, 3, 7, 50])
def test_quantile_levels_have_equal_populations(levels):
    grey = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    counts = np.bincount(sketch(grey, method="quantile", levels=levels).levels.ravel())
    assert len(counts) == levels
    assert np.ptp(counts) <= 1


def test_quantile_separates_two_greys_however_unequal():
    for share in (0.02, 0.98):
        grey = np.zeros((16, 16), np.float32)
        grey.ravel()[: int(share * 256)] = 1.0
        levels = sketch(grey, side=16, method="quantile").levels
        np.testing.assert_array_equal(levels, grey)


def test_greys_too_close_for_a_histogram():
    grey = np.full((8, 8), 0.5, np.float32)
    grey[:, 4:] = np.nextafter(np.float32(0.5), np.float32(1))
    for levels in (2, 3, 5):
        taken = sketch(grey, side=8, levels=levels).levels
        assert (taken[:, 4:] > taken[:, :4]).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "magic"}, "expected one of otsu, adaptive, edges, quantile"),
        ({"frame": "squeeze"}, "expected one of crop, pad"),
        ({"side": 7}, "expected 8 to"),
        ({"side": 10**9}, "expected 8 to"),
        ({"side": 64.0}, "expected 8 to"),
        ({"side": True}, "expected 8 to"),
        ({"levels": 1}, "expected 2 to 5"),
        ({"levels": 6}, "quantile takes up to 127"),
        ({"levels": 3, "method": "edges"}, "expected 2 to 2"),
        ({"levels": 128, "method": "quantile"}, "expected 2 to 127"),
    ],
)
def test_options_out_of_range_are_wrong_use(options, said):
    with pytest.raises(UsageError, match=said):
        sketch(disc(20, 20, 5), **options)


@pytest.mark.parametrize(
    ("grey", "error", "said"),
    [
        (np.zeros((9, 9), np.uint8), UsageError, "uint8"),
        (np.zeros((9, 9, 3)), UsageError, r"\(9, 9, 3\)"),
        (np.full((9, 9), 1.5), UsageError, "from 1.5 to 1.5"),
        (np.full((9, 9), -0.1), UsageError, "expected 0..1"),
        (np.full((9, 9), np.nan), NotFinite, "NaN"),
        (np.zeros((0, 9)), TooSmall, r"\(0, 9\)"),
    ],
)
def test_grey_that_is_no_grey(grey, error, said):
    with pytest.raises(error, match=said):
        sketch(grey)


# Part of a picture, and what is too fine


@pytest.mark.parametrize("shape", [(60, 100), (61, 61), (97, 64)])
@pytest.mark.parametrize("zoom", [1.0, 2.0, 2.7])
def test_a_zoom_takes_the_middle(shape, zoom):
    grey = np.random.default_rng(0).random(shape).astype(np.float32)
    result = sketch(grey, side=16, zoom=zoom)
    assert abs(result.extent - min(shape) / zoom) <= 1
    top, left = ((length - result.extent) // 2 for length in shape)
    part = grey[top : top + result.extent, left : left + result.extent]
    if (shape[0] - result.extent) % 2 == (shape[1] - result.extent) % 2 == 0:
        np.testing.assert_array_equal(result.grey, sketch(part, side=16).grey)


@pytest.mark.parametrize("zoom", [0.5, 0.0, -1.0, 8.0, float("nan"), float("inf")])
def test_a_zoom_that_leaves_nothing_is_refused(zoom):
    with pytest.raises(UsageError, match="zoom"):
        sketch(np.random.default_rng(0).random((60, 60)), side=16, zoom=zoom)


def test_what_is_finer_than_the_grid_is_counted():
    y, x = np.mgrid[:240, :240] / 240
    coarse, fine = (((x * n % 1 < 0.5) ^ (y * n % 1 < 0.5)).astype(float) for n in (4, 60))
    assert sketch(coarse, side=64).retained_variance > 0.9
    assert sketch(fine, side=64).retained_variance < 0.05
    assert sketch(np.full((30, 30), 0.4), side=16).retained_variance < 1e-5


@pytest.mark.parametrize("frame", ["crop", "pad"])
def test_a_grid_as_fine_as_the_picture_loses_nothing(frame):
    grey = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    assert sketch(grey, side=32, frame=frame).retained_variance == pytest.approx(1, abs=1e-5)


def test_of_a_dark_picture_is_shown_what_the_networks_learn():
    drawn = sketch(0.01 + 0.02 * read_picture("sample:camera").grey)
    shown = drawn.seen(parse_task("picture"))
    np.testing.assert_array_equal(shown.ravel(), value_field(drawn).values[:, 0])
    assert (shown.min(), shown.max()) == (0, 1)
    assert set(np.unique(drawn.seen(parse_task("colours")))) == {0, 1}
