"""What symscope runs on: machine, versions, devices, and whether its weights are as shipped."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from symscope.errors import WeightsRejected

VERIFIED = "verified"
"""Status of weights whose checksum, names, shapes and values are what their card says."""

LIBRARIES = (
    "symscope",
    "jax",
    "jaxlib",
    "equinox",
    "optax",
    "numpy",
    "scipy",
    "scikit-image",
    "scikit-learn",
    "pillow",
    "tifffile",
    "imagecodecs",
    "safetensors",
    "pyarrow",
    "matplotlib",
    "typer",
    "rich",
)
"""Distributions whose versions can change a result or how it is read and written."""


def examine() -> dict[str, Any]:
    """Look at machine, Python, libraries, JAX devices and weights.

    Returns
    -------
    dict
        ``machine``, ``python``, ``versions`` (None for a library that is missing), ``jax``
        (backend and devices) and ``weights`` (one entry per classifier with its ``status``:
        "verified", or why not), all JSON-ready.
    """
    return {
        "machine": machine(),
        "python": platform.python_version(),
        "versions": versions(),
        "jax": devices(),
        "weights": weights(),
    }


def machine() -> dict[str, Any]:
    """Describe the computer: system, processor type, cores that may be used, memory in GiB.

    >>> sorted(machine())
    ['architecture', 'cores', 'memory_gib', 'system']
    """
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "cores": _usable_cores(),
        "memory_gib": _memory_gib(),
    }


def versions() -> dict[str, str | None]:
    """List the versions of the libraries that take part in a result."""
    return {name: _version(name) for name in LIBRARIES}


def devices() -> dict[str, Any]:
    """List what JAX computes on."""
    import jax

    return {
        "backend": jax.default_backend(),
        "devices": [str(device) for device in jax.devices()],
    }


def weights() -> dict[str, dict[str, str]]:
    """Load every classifier that ships, as a score would, and tell whether it is what was shipped.

    Returns
    -------
    dict
        By classifier, its ``status``: "verified", or what is wrong with its file. Without readable
        model cards there is one entry, ``cards``, that says so.
    """
    from symscope.classifier.classifier import load_cards, load_classifier
    from symscope.classifier.evidence import (
        OF_DIMENSION,
        SOURCES,
        evidence_name,
        load_evidence_classifier,
    )

    try:
        names = sorted(load_cards())
    except WeightsRejected as error:
        return {"cards": {"status": str(error)}}
    weighing = {evidence_name(s, d): (s, d) for d in OF_DIMENSION for s in SOURCES}
    statuses = {}
    for name in names:
        try:
            if name in weighing:
                load_evidence_classifier(*weighing[name])
            else:
                load_classifier(name)
            statuses[name] = {"status": VERIFIED}
        except WeightsRejected as error:
            statuses[name] = {"status": str(error)}
    return statuses


def _usable_cores() -> int:
    # A container or a batch system may give a process fewer cores than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gib() -> float | None:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Not told on this system.
        return None
    return round(total / 2**30, 1)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
