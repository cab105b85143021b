"""The door for DICOM: files and series, their places and greys, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEGLSLossless, generate_uid

from hostile import refused
from symscope.errors import InputError, TooLarge, Unreadable
from symscope.io.images import find_pictures
from symscope.io.inputs import load, read_input
from symscope.io.paths import is_dicom

RANDOM = np.random.default_rng(0)
VOLUME = RANDOM.integers(0, 4000, (12, 16, 20)).astype(np.uint16)
SERIES = "1.2.3.4"


def written(path, pixels, **tags):
    """Write one file: pixels (R, C), (frames, R, C), or (R, C, 3) of eight bits."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    head = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    colours = pixels.shape[-1] == 3
    head.Rows, head.Columns = pixels.shape[:2] if colours else pixels.shape[-2:]
    head.SamplesPerPixel = 3 if colours else 1
    head.PhotometricInterpretation = "RGB" if colours else "MONOCHROME2"
    head.BitsAllocated = head.BitsStored = 8 * pixels.itemsize
    head.HighBit, head.PixelRepresentation = head.BitsStored - 1, 0
    head.SOPClassUID, head.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    head.SeriesInstanceUID = SERIES
    if colours:
        head.PlanarConfiguration = 0
    if pixels.ndim == 3 and not colours:
        head.NumberOfFrames = len(pixels)
    for name, value in tags.items():
        setattr(head, name, value)
    head.PixelData = pixels.tobytes()
    head.save_as(path, enforce_file_format=True)
    return str(path)


def placed(i, step=2.0):
    return {
        "ImagePositionPatient": [1, 2, 10 + step * i],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [0.5, 0.5],
        "InstanceNumber": 99 - i,
    }


def series(folder, count=12, **tags):
    folder.mkdir(exist_ok=True)
    for i in range(count):
        written(folder / f"{(7 * i) % 12:02}", VOLUME[i], **placed(i) | tags)
    return str(folder)


def test_one_frame_is_a_picture(tmp_path):
    grey = (VOLUME[0] % 256).astype(np.uint8)
    read = read_input(written(tmp_path / "IM0001", grey), 3)
    np.testing.assert_allclose(read.picture.grey, grey / 255, atol=1e-6)
    inverse = written(tmp_path / "b.dcm", grey, PhotometricInterpretation="MONOCHROME1")
    read = read_input(inverse, 3)
    np.testing.assert_allclose(read.picture.grey, 1 - grey / 255, atol=1e-6)
    assert "MONOCHROME1" in read.picture.notes[0]
    colours = RANDOM.integers(0, 255, (16, 20, 3)).astype(np.uint8)
    read = load(written(tmp_path / "c", colours))
    np.testing.assert_array_equal(read.picture.rgb, colours)


def test_greys_are_rescaled_as_stated(tmp_path):
    deep = written(tmp_path / "a", VOLUME[0], RescaleSlope=-2, RescaleIntercept=100)
    read = read_input(deep, 3)
    low, high = VOLUME[0].min(), VOLUME[0].max()
    expected = 1 - (VOLUME[0] - float(low)) / float(high - low)
    np.testing.assert_allclose(read.picture.grey, expected, atol=1e-5)
    assert "slope -2" in read.picture.notes[0]


def test_a_series_is_a_volume_in_the_order_of_its_places(tmp_path):
    folder = series(tmp_path / "scan", RescaleSlope=1, RescaleIntercept=-1024)
    assert is_dicom(folder)
    assert find_pictures([folder]) == [folder]
    read = load(folder)
    assert read.grid.shape == VOLUME.shape
    assert read.grid.unit == "mm"
    assert read.grid.centre[0] == pytest.approx(10 + 2 * 5.5)
    assert read.grid.centre[2] == pytest.approx(0.5 * 9.5)
    whole = read_input(written(tmp_path / "whole", VOLUME), 3).grid
    assert whole.unit == "voxels"
    assert whole.shape == VOLUME.shape


def test_slices_stay_in_their_order(tmp_path):
    from symscope.io.dicom import dicom

    with dicom(series(tmp_path / "scan")) as source:
        np.testing.assert_array_equal(source.slab(0, 12), VOLUME)
        assert source.spacing == (2.0, 0.5, 0.5)


def test_an_enhanced_file_has_places_for_its_frames(tmp_path):
    from symscope.io.dicom import dicom

    def group(**parts):
        made = Dataset()
        for name, tags in parts.items():
            inner = Dataset()
            for key, value in tags.items():
                setattr(inner, key, value)
            setattr(made, name, [inner])
        return made

    shared = group(
        PixelMeasuresSequence={"PixelSpacing": [0.5, 0.5]},
        PlaneOrientationSequence={"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
    )
    frames = [
        group(PlanePositionSequence={"ImagePositionPatient": [0, 0, -3 * i]}) for i in range(12)
    ]
    path = written(
        tmp_path / "a.dcm",
        VOLUME,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )
    with dicom(path) as source:
        assert source.spacing == (3.0, 0.5, 0.5)
        np.testing.assert_array_equal(source.slab(0, 12), VOLUME[::-1])


def test_a_folder_with_anything_else_is_one_of_pictures(tmp_path):
    folder = tmp_path / "scan"
    series(folder)
    (folder / ".hidden").write_bytes(b"")
    (folder / "DICOMDIR").write_bytes(b"")
    assert is_dicom(str(folder))
    (folder / "a.png").write_bytes(b"\x89PNG")
    assert not is_dicom(str(folder))
    assert find_pictures([str(folder)]) == [str(folder / "a.png")]
    assert not is_dicom(str(tmp_path))
    assert not is_dicom(str(tmp_path / "none"))


def two_series(folder):
    path = series(folder / "s", SeriesDescription="T1 axial")
    written(folder / "s" / "more", VOLUME[0], SeriesInstanceUID="9.9", SeriesDescription="scout")
    return path


def with_gap(folder):
    path = series(folder / "s")
    (folder / "s" / f"{(7 * 5) % 12:02}").unlink()
    return path


def compressed(folder):
    head = pydicom.dcmread(written(folder / "a.dcm", VOLUME[0]))
    head.file_meta.TransferSyntaxUID = JPEGLSLossless
    head.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8\xff\xf7" + bytes(400)])
    head["PixelData"].is_undefined_length = True
    head.save_as(folder / "a.dcm")
    return str(folder / "a.dcm")


def changed(folder, **tags):
    head = pydicom.dcmread(written(folder / "a.dcm", VOLUME[0]))
    for name, value in tags.items():
        setattr(head, name, value)
    head.save_as(folder / "a.dcm")
    return str(folder / "a.dcm")


def without_pixels(folder):
    head = pydicom.dcmread(written(folder / "a.dcm", VOLUME[0]))
    del head.Rows, head.PixelData
    head.save_as(folder / "a.dcm")
    return str(folder / "a.dcm")


HOSTILE = {
    "two series": (two_series, Unreadable, r"2 series, T1 axial \(12 files\), scout"),
    "gap": (with_gap, Unreadable, "missing"),
    "compressed": (compressed, Unreadable, "JPEG-LS.*plugin"),
    "no pixels": (without_pixels, Unreadable, "without pixels"),
    "huge": (lambda f: changed(f, Rows=65535, Columns=65535), TooLarge, "65535"),
    "many frames": (lambda f: changed(f, NumberOfFrames=2**31 - 1), InputError, ""),
    "no frames": (lambda f: changed(f, NumberOfFrames=-1), Unreadable, "-1 frames"),
    "other places": (
        lambda f: series(f / "s", ImageOrientationPatient=[0, 1, 0, 1, 0, 0], count=1),
        InputError,
        "",
    ),
    "junk": (lambda f: junk(f), InputError, ""),
}


def junk(folder):
    (folder / "a.dcm").write_bytes(bytes(128) + b"DICM" + RANDOM.bytes(3000))
    return str(folder / "a.dcm")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore")
def test_hostile_files_are_refused_in_one_line(tmp_path, name):
    make, error, message = HOSTILE[name]
    refused(make(tmp_path), error, message)


@pytest.mark.filterwarnings("ignore")
def test_a_file_cut_short_is_refused(tmp_path):
    path = written(tmp_path / "a.dcm", VOLUME[0])
    data = Path(path).read_bytes()
    for keep in (0, 100, 132, 300, len(data) - 100):
        with open(path, "wb") as file:
            file.write(data[:keep])
        with pytest.raises(InputError):
            read_input(path, 3)
