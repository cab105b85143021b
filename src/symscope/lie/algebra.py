"""What a search for generators returns: an Algebra, with its verdict, name and controls."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

from symscope.groups import Verdict
from symscope.lie.discrete import Discrete, discrete_name
from symscope.lie.finite import FiniteCheck
from symscope.lie.naming import Naming

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Algebra:
    """The symmetry of a function or of data: its group by name, generators, and how it is known.

    Attributes
    ----------
    verdict : Verdict, of the continuous symmetry
    message : why, and where it is not "symmetric" what can be done
    name : the connected group, "none" without generators
    group : the same with mirrors and other discrete elements, e.g. "O(2)" or "D_4"
    generators : ndarray of shape (n, D, D), matrices A of the fields dx/dt = A x + b
    shifts : ndarray of shape (n, D), their b
    defects, intervals : ndarrays of shape (n,) and (n, 2); 0 is a symmetry, 1/√D unrelated
    angle_deg : how far the generators' span may be from the true one, at 95 % (resampled)
    ignored : directions on which nothing depends; every map that moves points only along them is a
        symmetry too, the shifts alone are counted
    spectrum : ndarray, defects of all stationary fields of the class, ascending
    approximate : further fields whose defect is small but told apart from zero
    null : least defect when the derivatives are permuted among the points: the control
    naming : structure constants, closure, Killing form, invariant forms and centre; None without
        generators
    finite : the generators at finite times, beside random fields; None without generators
    discrete : tuple of Discrete
    skill : how well the networks learned data, on held-out points (R², or its likeness for labels);
        None for functions and clouds
    agreement_deg : largest angle between the two routes' generators; None if one route was used or
        found nothing
    provenance : all that is needed to compute this again
    """

    verdict: Verdict
    message: str
    dimension_of_space: int
    kind: str
    name: str = "none"
    generators: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)), repr=False)
    shifts: Floats = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    defects: Floats = field(default_factory=lambda: np.zeros(0))
    intervals: Floats = field(default_factory=lambda: np.zeros((0, 2)), repr=False)
    angle_deg: float | None = None
    ignored: int = 0
    spectrum: Floats = field(default_factory=lambda: np.zeros(0), repr=False)
    approximate: int = 0
    null: float | None = None
    naming: Naming | None = field(default=None, repr=False)
    finite: FiniteCheck | None = field(default=None, repr=False)
    discrete: tuple[Discrete, ...] = ()
    skill: float | None = None
    agreement_deg: float | None = None
    provenance: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def dimension(self) -> int:
        """The number of independent generators."""
        return len(self.generators)

    @property
    def group(self) -> str:
        """The whole group: SO(n) with a mirror is O(n); without generators, the discrete one."""
        if not self.dimension:
            return discrete_name(self.discrete, self.dimension_of_space)
        mirrored = any(item.kind == "mirror" for item in self.discrete)
        if mirrored and self.name.startswith("SO(") and "×" not in self.name:
            return self.name[1:]
        return self.name

    @property
    def homogeneous(self) -> Floats:
        """The generators as matrices (n, D + 1, D + 1) that act on (x, 1)."""
        return homogeneous(np.concatenate([self.generators, self.shifts[:, :, None]], axis=2))

    def arrays(self) -> dict[str, Floats]:
        """Return plain arrays in the form of emlp's groups, about the common fixed point.

        Returns
        -------
        dict
            ``lie_algebra`` (n, D, D) and ``discrete_generators`` (m, D, D), as a subclass of
            ``emlp.groups.Group`` sets them; ``centre`` (D,), to be subtracted from the data first;
            ``shifts`` (n, D), zero where there is a centre.
        """
        size = self.dimension_of_space
        centre = self.naming.centre if self.naming and self.naming.centre is not None else None
        middle = np.zeros(size) if centre is None else centre
        linear = [item.matrix[:, :-1] for item in self.discrete]
        return {
            "lie_algebra": self.generators.reshape(-1, size, size),
            "discrete_generators": np.array(linear).reshape(-1, size, size),
            "centre": middle,
            "shifts": self.shifts.reshape(-1, size)
            + self.generators.reshape(-1, size, size) @ middle,
        }

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        naming, finite = self.naming, self.finite
        return {
            "verdict": str(self.verdict),
            "message": self.message,
            "group": self.group,
            "name": self.name,
            "dimension": self.dimension,
            "dimension_of_space": self.dimension_of_space,
            "class": self.kind,
            "generators": self.generators.tolist(),
            "shifts": self.shifts.tolist(),
            "defects": self.defects.tolist(),
            "intervals": self.intervals.tolist(),
            "angle_deg": self.angle_deg,
            "ignored_directions": self.ignored,
            "spectrum": self.spectrum.tolist(),
            "approximate": self.approximate,
            "null": self.null,
            "closure": naming.closure if naming else None,
            "structure_constants": naming.structure.tolist() if naming else None,
            "killing": list(naming.killing) if naming else None,
            "invariant_forms": naming.forms.tolist() if naming else None,
            "signature": list(naming.signature) if naming and naming.signature else None,
            "elliptic": naming.elliptic if naming else None,
            "centre": naming.centre.tolist() if naming and naming.centre is not None else None,
            "finite": {
                "times": finite.times.tolist(),
                "error": _plain(finite.error),
                "random": _plain(finite.random),
            }
            if finite
            else None,
            "discrete": [item.to_row() for item in self.discrete],
            "skill": self.skill,
            "agreement_deg": self.agreement_deg,
            "provenance": self.provenance,
        }

    def figure(self) -> "Figure":
        """Draw the defects beside their control, and the generators as matrices."""
        from symscope.drawing.algebra import algebra_figure

        return algebra_figure(self)

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.figure().savefig(buffer, format="png")
        return buffer.getvalue()

    def _repr_html_(self) -> str:
        from symscope.drawing.algebra import algebra_html

        return algebra_html(self)


def _plain(values: Floats) -> list[Any]:
    """Return nested lists with None for NaN, which JSON does not know."""
    return np.where(np.isfinite(values), values.astype(object), np.array(None)).tolist()


def homogeneous(fields: Floats) -> Floats:
    """Return fields (n, D, D + 1) as matrices (n, D + 1, D + 1) that act on (x, 1)."""
    return np.concatenate([fields, np.zeros((len(fields), 1, fields.shape[2]))], axis=1)


def tidy(fields: Floats) -> Floats:
    """Choose the basis of a span of fields (n, D, D + 1) that is easiest to read.

    Each is made 0 at the others' most telling entries, which gives so(n) as turns of two
    coordinates where that is what it is; A (or b, for a shift) has the Frobenius norm √2 (or 1).
    """
    if not len(fields):
        return fields
    flat = fields.reshape(len(fields), -1)
    order = qr(flat, pivoting=True, mode="r")[-1]
    pivots = np.sort(np.asarray(order)[: len(flat)])
    chosen = np.linalg.solve(flat[:, pivots], flat).reshape(fields.shape)
    linear = np.linalg.norm(chosen[:, :, :-1], axis=(1, 2))
    size = np.where(linear > 1e-9, linear / np.sqrt(2), np.linalg.norm(chosen[:, :, -1], axis=1))
    return chosen / size[:, None, None]
