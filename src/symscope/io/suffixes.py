"""Names by which signals, volumes and samples are known."""

import os

NIFTI = (".nii", ".nii.gz")
MRC = (".mrc", ".map", ".rec", ".ccp4")
TIFF = (".tif", ".tiff")

VOLUMES = (".npy", *NIFTI, *MRC)
"""A TIFF is a picture unless it is asked for as a volume; a .npy is what its axes say."""

NO_PICTURES = frozenset({*VOLUMES, ".csv", ".npz"})
"""What ``symscope score`` reads, and no door for pictures."""


def suffix_of(path: str) -> str:
    """Return a name's ending in small letters, ``.nii.gz`` as one.

    >>> suffix_of("Brain.NII.gz"), suffix_of("a.tif")
    ('.nii.gz', '.tif')
    """
    name = path.lower()
    return ".nii.gz" if name.endswith(".nii.gz") else os.path.splitext(name)[1]
