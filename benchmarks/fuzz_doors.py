"""Small sound files of the doors that are no pictures: arrays, DICOM, shapes, tables, microscopes.

fuzz.py damages them; the tests read them. What no library writes is laid out by hand, as published.
"""

from __future__ import annotations

import io
import struct
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


def _pattern() -> Numbers:
    rows, columns = np.indices((24, 32))
    return (rows * 7 + columns * 3).astype(np.uint8)


PLANE = _pattern()
STACK = np.stack([PLANE + n for n in range(9)])
RAMP = np.arange(99)
"""A picture (24, 32), nine planes and a spectrum."""


def _by_library(suffix: str, write: Callable[[str], object]) -> bytes:
    """Return what a library writes to a file of a name."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder, f"a{suffix}")
        write(str(path))
        return path.read_bytes()


# Microscopes


def czi(stack: Numbers = STACK, scale: tuple[float, float, float] = (2e-7, 2e-7, 5e-7)) -> bytes:
    """Write planes (z, R, C), or (z, R, C, 3) in blue, green, red; distances along x, y, z in m."""
    from pylibCZIrw.czi import create_czi

    def write(path: str) -> None:
        with create_czi(path) as file:
            for z, plane in enumerate(stack):
                pixels = plane if plane.ndim == 3 else plane[..., None]
                file.write(data=np.ascontiguousarray(pixels), plane={"C": 0, "Z": z})
            x, y, depth = scale
            file.write_metadata(document_name="a", scale_x=x, scale_y=y, scale_z=depth)

    return _by_library(".czi", write)


def lif(stack: Numbers = STACK, lengths: tuple[float, ...] = (4e-6, 2.3e-6, 3.1e-6)) -> bytes:
    """Write one series of planes (z, R, C) in eight bits; lengths along z, y, x in m."""
    sizes, ids = stack.shape, (3, 2, 1)
    steps = [sizes[1] * sizes[2], sizes[2], 1]
    dimensions = "".join(
        f'<DimensionDescription DimID="{i}" NumberOfElements="{n}" Origin="0" Length="{length}" '
        f'Unit="m" BytesInc="{step}" BitInc="0"/>'
        for i, n, length, step in zip(ids, sizes, lengths, steps, strict=True)
    )
    channel = (
        '<ChannelDescription DataType="0" ChannelTag="0" Resolution="8" NameOfMeasuredQuantity="" '
        'Min="0" Max="255" Unit="" LUTName="Grey" IsLUTInverted="0" BytesInc="0" BitInc="0"/>'
    )
    text = (
        '<LMSDataContainerHeader Version="2"><Element Name="a"><Children><Element Name="cells">'
        f"<Data><Image><ImageDescription><Channels>{channel}</Channels>"
        f"<Dimensions>{dimensions}</Dimensions></ImageDescription></Image></Data>"
        f'<Memory Size="{stack.size}" MemoryBlockID="MemBlock_0"/></Element></Children>'
        "</Element></LMSDataContainerHeader>"
    )
    name = "MemBlock_0"
    head = struct.pack("<IIBI", 0x70, 2 * len(text) + 5, 0x2A, len(text)) + text.encode("utf-16-le")
    block = struct.pack("<IIBQBI", 0x70, 2 * len(name) + 14, 0x2A, stack.size, 0x2A, len(name))
    return head + block + name.encode("utf-16-le") + stack.astype(np.uint8).tobytes()


def nd2(stack: Numbers = STACK) -> bytes:
    """Write moments (t, R, C) in eight bits."""

    def item(name: str, kind: int, content: bytes) -> bytes:
        return bytes([kind, len(name) + 1]) + f"{name}\0".encode("utf-16-le") + content

    def number(name: str, value: int) -> bytes:
        return item(name, 3, struct.pack("<I", value))

    def level(name: str, *items: bytes) -> bytes:
        head, body = 2 + 2 * (len(name) + 1) + 12, b"".join(items)
        counts = struct.pack("<IQ", len(items), head + len(body))
        return item(name, 11, counts + body + bytes(8 * len(items)))

    moments, rows, columns = stack.shape
    attributes = {"uiWidth": columns, "uiWidthBytes": columns, "uiHeight": rows, "uiComp": 1}
    attributes |= {"uiBpcInMemory": 8, "uiBpcSignificant": 8, "uiSequenceCount": moments}
    numbers = [number(name, value) for name, value in attributes.items()]
    times = [item(name, 6, bytes(8)) for name in ("dStart", "dPeriod", "dDuration")]
    loop = level("uLoopPars", number("uiCount", moments), *times)
    chunks = {
        b"ImageAttributesLV!": level("SLxImageAttributes", *numbers),
        b"ImageMetadataLV!": level("SLxExperiment", number("eType", 1), loop),
        b"ImageMetadataSeqLV|0!": level(
            "SLxPictureMetadata", level("sPicturePlanes", number("uiCount", 1))
        ),
    }
    # Before the pixels stands the time, in eight bytes.
    for i, plane in enumerate(stack):
        chunks[b"ImageDataSeq|%d!" % i] = bytes(8) + plane.astype(np.uint8).tobytes()
    data, places = _nd2_chunk(b"ND2 FILE SIGNATURE CHUNK NAME01!", b"Ver3.0".ljust(64, b"\0")), b""
    for name, content in chunks.items():
        places += name + struct.pack("<QQ", len(data), len(content))
        # Pixels lie at a fixed distance from the chunk's start.
        data += _nd2_chunk(name, content, 4072 if name.startswith(b"ImageDataSeq") else 40)
    end = b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<Q", len(data))
    return data + _nd2_chunk(b"ND2 FILEMAP SIGNATURE NAME 0001!", places + end)


def _nd2_chunk(name: bytes, content: bytes, reserved: int = 0) -> bytes:
    name = name.ljust(reserved, b"\0")
    return struct.pack("<IIQ", 0x0ABECEDA, len(name), len(content)) + name + content


def dm3(stack: Numbers = STACK, scale: float = 0.5, unit: str = "nm") -> bytes:
    """Write planes (z, R, C), a picture or a spectrum, in eight bits."""

    def tag(name: str, kind: int, content: bytes) -> bytes:
        return struct.pack(">BH", kind, len(name)) + name.encode() + content

    def group(name: str, *items: bytes) -> bytes:
        return tag(name, 20, struct.pack(">BBI", 1, 0, len(items)) + b"".join(items))

    def number(name: str, kind: int, form: str, value: float) -> bytes:
        content = b"%%%%" + struct.pack(">II", 1, kind) + struct.pack(f"<{form}", value)
        return tag(name, 21, content)

    def array(name: str, kind: int, content: bytes, size: int) -> bytes:
        return tag(name, 21, b"%%%%" + struct.pack(">IIII", 3, 20, kind, size) + content)

    axis = group(
        "",
        number("Origin", 6, "f", 0),
        number("Scale", 6, "f", scale),
        array("Units", 4, unit.encode("utf-16-le"), len(unit)),
    )
    calibrations = group(
        "Calibrations",
        group("Brightness", number("Origin", 6, "f", 0), number("Scale", 6, "f", 1),
              array("Units", 4, b"", 0)),
        group("Dimension", *[axis] * stack.ndim),
    )  # fmt: skip
    image = group(
        "ImageData",
        calibrations,
        array("Data", 10, stack.astype(np.uint8).tobytes(), stack.size),
        number("DataType", 5, "I", 6),
        group("Dimensions", *(number("", 5, "I", n) for n in stack.shape[::-1])),
        number("PixelDepth", 5, "I", 1),
    )
    lists = group("ImageList", group("", image, group("ImageTags")))
    body = struct.pack(">BBI", 1, 0, 1) + lists + bytes(8)
    return struct.pack(">III", 3, len(body), 1) + body


def ser(stack: Numbers = STACK, scale: float = 3e-9) -> bytes:
    """Write frames (t, R, C), or one spectrum (P,), in 32 bits; distances in m."""
    spectrum = stack.ndim == 1
    frames = [stack] if spectrum else list(stack)
    count = len(frames)
    axis = struct.pack("<IddIII", count, 0.0, 1.0, 0, 0, 0)
    head = struct.pack(
        "<HHHIII", 0x4949, 0x0197, 0x0210, 0x4120 if spectrum else 0x4122, 0x4152, count
    )
    start = len(head) + 12 + len(axis)
    head += struct.pack("<III", count, start, 1) + axis
    body, places = b"", []
    for frame in frames:
        places.append(start + 8 * count + len(body))
        axes = struct.pack("<ddI", 0.0, scale, 0) * (1 if spectrum else 2)
        body += axes + struct.pack("<H", 6) + struct.pack(f"<{frame.ndim}I", *frame.shape[::-1])
        body += (frame if spectrum else frame[::-1]).astype("<i4").tobytes()
    tags = [places[-1] + len(body)] * count
    return head + struct.pack(f"<{2 * count}I", *places, *tags) + body + bytes(8 * count)


def mib(stack: Numbers = STACK) -> bytes:
    """Write frames (t, R, C) in eight bits."""
    data = b""
    for i, frame in enumerate(stack):
        rows, columns = frame.shape
        head = f"MQ1,{i + 1:06d},00384,01,{columns:04d},{rows:04d},U08,   1x1,01,2020-01-01 "
        head += "00:00:00.000000,0.001,0,0,0,1.2e+02,5.1e+02,MQ1A,2020-01-01T00:00:00.000000Z,"
        data += (head + "1000000ns,6,").encode().ljust(384, b"\0")
        data += frame[::-1].astype(np.uint8).tobytes()
    return data


def _signal(data: Numbers, scale: float = 0.5, unit: str = "nm") -> dict[str, Any]:
    """Describe an array as RosettaSciIO's writers take it."""
    axes = [
        {"name": name, "size": n, "scale": scale, "offset": 0.0, "units": unit, "navigate": False}
        | {"_type": "UniformDataAxis", "index_in_array": i, "is_binned": False}
        for i, (name, n) in enumerate(zip("zyx"[-data.ndim :], data.shape, strict=True))
    ]
    metadata = {"General": {"title": "a"}, "Signal": {"signal_type": "", "quantity": "counts"}}
    return {"data": data, "axes": axes, "metadata": metadata, "original_metadata": {}}


def emd(stack: Numbers = STACK) -> bytes:
    """Write planes (z, R, C), a picture or a spectrum, at distances of 0.5 nm."""
    from rsciio.emd import file_writer

    return _by_library(".emd", lambda path: file_writer(path, _signal(stack)))


def msa(spectrum: Numbers = RAMP) -> bytes:
    """Write a spectrum."""
    from rsciio.msa import file_writer

    signal = _signal(spectrum.astype(float), unit="eV")
    return _by_library(".msa", lambda path: file_writer(path, signal))


# Arrays, DICOM, shapes and tables


def hdf5() -> bytes:
    """Write arrays of one to three axes, plain, in chunks and behind links."""
    import h5py

    def write(path: str) -> None:
        with h5py.File(path, "w") as file:
            file["entry/plane"] = PLANE
            file.create_dataset("entry/stack", data=STACK, chunks=(3, 8, 8), compression="gzip")
            file["soft"] = h5py.SoftLink("/entry/stack")

    return _by_library(".h5", write)


def mat() -> bytes:
    """Write two arrays as MATLAB before 7.3 does, packed."""
    from scipy.io import savemat

    stream = io.BytesIO()
    savemat(stream, {"plane": PLANE, "stack": STACK}, do_compression=True)
    return stream.getvalue()


def npz() -> bytes:
    """Write two arrays, packed."""
    stream = io.BytesIO()
    np.savez_compressed(stream, plane=PLANE, stack=STACK)
    return stream.getvalue()


def dicom() -> bytes:
    """Write one frame of sixteen bits."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    head = FileDataset("a", {}, file_meta=meta, preamble=bytes(128))
    head.SOPClassUID, head.SOPInstanceUID, head.SeriesInstanceUID = CTImageStorage, "1.2.3", "1.2"
    head.Rows, head.Columns = PLANE.shape
    head.SamplesPerPixel, head.PhotometricInterpretation = 1, "MONOCHROME2"
    head.BitsAllocated = head.BitsStored = 16
    head.HighBit, head.PixelRepresentation, head.PixelSpacing = 15, 0, [0.5, 0.7]
    head.PixelData = PLANE.astype(np.uint16).tobytes()
    stream = io.BytesIO()
    head.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def mesh(kind: str) -> bytes:
    """Write a box as STL, PLY or OBJ."""
    import trimesh

    written = trimesh.creation.box((1, 2, 3)).export(file_type=kind)
    return written if isinstance(written, bytes) else str(written).encode()


def atoms(kind: str) -> bytes:
    """Write a cell of salt as CIF, PDB or XYZ."""
    from ase.build import bulk
    from ase.io import write

    return _by_library(f".{kind}", lambda path: write(path, bulk("NaCl", "rocksalt", 5.64)))


def xlsx() -> bytes:
    """Write a table of two columns with names."""
    import openpyxl

    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in [("t [s]", "value"), *((i, float(PLANE.ravel()[i])) for i in range(64))]:
        assert book.active is not None
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def zarr_files() -> dict[str, bytes]:
    """Write a store of one array: the names of its files and their bytes."""
    import zarr

    with tempfile.TemporaryDirectory() as folder:
        zarr.save_array(folder, STACK)
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


DOORS: dict[str, Callable[[], bytes]] = {
    "a.h5::entry/stack": hdf5,
    "b.h5": hdf5,
    "a.mat::stack": mat,
    "a.npz::plane": npz,
    "a.dcm": dicom,
    "a.stl": lambda: mesh("stl"),
    "a.ply": lambda: mesh("ply"),
    "a.obj": lambda: mesh("obj"),
    "a.xyz": lambda: atoms("xyz"),
    "a.pdb": lambda: atoms("proteindatabank"),
    "a.cif": lambda: atoms("cif"),
    "a.csv": lambda: b"t [s];value\n" + b"".join(b"%d;0,%d\n" % (i, i * i) for i in range(64)),
    "a.xlsx": xlsx,
    "a.czi": czi,
    "a.nd2": nd2,
    "a.lif": lif,
    "a.dm3": dm3,
    "a.ser": ser,
    "a.emd": emd,
    "a.mib": mib,
    "a.msa": msa,
}
"""What is asked for, and the file it is asked of."""
