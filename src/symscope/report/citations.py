"""The references, as data: what each part of symscope rests on, and its BibTeX."""

from collections.abc import Iterable
from dataclasses import dataclass

from symscope.errors import UsageError
from symscope.tasks import COLOURS, parse_task


@dataclass(frozen=True)
class Reference:
    """One work to cite.

    Attributes
    ----------
    key : str
        BibTeX key.
    kind : str
        BibTeX entry type.
    used_for : frozenset of str
        Parts of symscope (names in ``PARTS``) that rest on it.
    fields : tuple of (str, str)
        BibTeX fields in order.
    """

    key: str
    kind: str
    used_for: frozenset[str]
    fields: tuple[tuple[str, str], ...]

    @property
    def bibtex(self) -> str:
        """The entry as BibTeX."""
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in self.fields)
        return f"@{self.kind}{{{self.key},\n{lines}}}\n"


PARTS = (
    "method",
    "networks",
    "classifier",
    "training",
    "images",
    "sketch:otsu",
    "sketch:adaptive",
    "sketch:edges",
    "sketch:quantile",
    "task:vae",
    "task:gan",
    "figure",
    "generators",
    "adversarial",
    "orbits",
    "sound",
)
"""What a call can have used; "method" is always among it."""


def _entry(key: str, kind: str, used_for: str, **fields: str) -> Reference:
    return Reference(key, kind, frozenset(used_for.split()), tuple(fields.items()))


REFERENCES = (
    _entry(
        "barenboim2021symmetry",
        "article",
        "method",
        author="Barenboim, Gabriela and Hirn, Johannes and Sanz, Ver{\\'o}nica",
        title="Symmetry meets {AI}",
        journal="SciPost Physics",
        volume="11",
        pages="014",
        year="2021",
        doi="10.21468/SciPostPhys.11.1.014",
        eprint="2103.06115",
        archiveprefix="arXiv",
    ),
    _entry(
        "krippendorf2021detecting",
        "article",
        "method",
        author="Krippendorf, Sven and Syvaeri, Marc",
        title="Detecting symmetries with neural networks",
        journal="Machine Learning: Science and Technology",
        volume="2",
        number="1",
        pages="015010",
        year="2021",
        doi="10.1088/2632-2153/abbd2d",
        eprint="2003.13679",
        archiveprefix="arXiv",
    ),
    _entry(
        "kingma2014autoencoding",
        "inproceedings",
        "task:vae",
        author="Kingma, Diederik P. and Welling, Max",
        title="Auto-Encoding Variational {Bayes}",
        booktitle="International Conference on Learning Representations",
        year="2014",
        eprint="1312.6114",
        archiveprefix="arXiv",
    ),
    _entry(
        "goodfellow2014generative",
        "inproceedings",
        "task:gan",
        author="Goodfellow, Ian and Pouget-Abadie, Jean and Mirza, Mehdi and Xu, Bing and "
        "Warde-Farley, David and Ozair, Sherjil and Courville, Aaron and Bengio, Yoshua",
        title="Generative adversarial nets",
        booktitle="Advances in Neural Information Processing Systems",
        volume="27",
        year="2014",
        eprint="1406.2661",
        archiveprefix="arXiv",
    ),
    _entry(
        "mescheder2018training",
        "inproceedings",
        "task:gan",
        author="Mescheder, Lars and Geiger, Andreas and Nowozin, Sebastian",
        title="Which training methods for {GANs} do actually converge?",
        booktitle="International Conference on Machine Learning",
        year="2018",
        eprint="1801.04406",
        archiveprefix="arXiv",
    ),
    _entry(
        "jax2018github",
        "software",
        "networks",
        author="Bradbury, James and Frostig, Roy and Hawkins, Peter and Johnson, Matthew James and "
        "Leary, Chris and Maclaurin, Dougal and Necula, George and Paszke, Adam and "
        "Vander{P}las, Jake and Wanderman-{M}ilne, Skye and Zhang, Qiao",
        title="{JAX}: composable transformations of {P}ython+{N}um{P}y programs",
        year="2018",
        url="https://github.com/jax-ml/jax",
    ),
    _entry(
        "kidger2021equinox",
        "article",
        "networks",
        author="Kidger, Patrick and Garcia, Cristian",
        title="{E}quinox: neural networks in {JAX} via callable {P}y{T}rees and filtered "
        "transformations",
        journal="Differentiable Programming workshop at Neural Information Processing Systems",
        year="2021",
        eprint="2111.00254",
        archiveprefix="arXiv",
    ),
    _entry(
        "optax2020github",
        "software",
        "networks training",
        author="Hessel, Matteo and Budden, David and Viola, Fabio and Rosca, Mihaela and "
        "Sezener, Eren and Hennigan, Tom",
        title="Optax: composable gradient transformation and optimisation, in {JAX}!",
        year="2020",
        url="https://github.com/google-deepmind/optax",
    ),
    _entry(
        "loshchilov2019decoupled",
        "inproceedings",
        "networks training",
        author="Loshchilov, Ilya and Hutter, Frank",
        title="Decoupled weight decay regularization",
        booktitle="International Conference on Learning Representations",
        year="2019",
        eprint="1711.05101",
        archiveprefix="arXiv",
    ),
    _entry(
        "guo2017calibration",
        "inproceedings",
        "classifier training",
        author="Guo, Chuan and Pleiss, Geoff and Sun, Yu and Weinberger, Kilian Q.",
        title="On calibration of modern neural networks",
        booktitle="International Conference on Machine Learning",
        pages="1321--1330",
        year="2017",
        eprint="1706.04599",
        archiveprefix="arXiv",
    ),
    _entry(
        "vanderwalt2014scikit",
        "article",
        "images",
        author="van der Walt, St{\\'e}fan and Sch{\\\"o}nberger, Johannes L. and "
        "Nunez-Iglesias, Juan and Boulogne, Fran{\\c{c}}ois and Warner, Joshua D. and "
        "Yager, Neil and Gouillart, Emmanuelle and Yu, Tony and the scikit-image contributors",
        title="scikit-image: image processing in {P}ython",
        journal="PeerJ",
        volume="2",
        pages="e453",
        year="2014",
        doi="10.7717/peerj.453",
    ),
    _entry(
        "otsu1979threshold",
        "article",
        "sketch:otsu sketch:edges",
        author="Otsu, Nobuyuki",
        title="A threshold selection method from gray-level histograms",
        journal="IEEE Transactions on Systems, Man, and Cybernetics",
        volume="9",
        number="1",
        pages="62--66",
        year="1979",
        doi="10.1109/TSMC.1979.4310076",
    ),
    _entry(
        "harris2020array",
        "article",
        "images training",
        author="Harris, Charles R. and Millman, K. Jarrod and van der Walt, St{\\'e}fan J. and "
        "others",
        title="Array programming with {NumPy}",
        journal="Nature",
        volume="585",
        pages="357--362",
        year="2020",
        doi="10.1038/s41586-020-2649-2",
    ),
    _entry(
        "virtanen2020scipy",
        "article",
        "images training",
        author="Virtanen, Pauli and Gommers, Ralf and Oliphant, Travis E. and others",
        title="{SciPy} 1.0: fundamental algorithms for scientific computing in {P}ython",
        journal="Nature Methods",
        volume="17",
        pages="261--272",
        year="2020",
        doi="10.1038/s41592-019-0686-2",
    ),
    _entry(
        "hunter2007matplotlib",
        "article",
        "figure",
        author="Hunter, John D.",
        title="Matplotlib: a 2{D} graphics environment",
        journal="Computing in Science \\& Engineering",
        volume="9",
        number="3",
        pages="90--95",
        year="2007",
        doi="10.1109/MCSE.2007.55",
    ),
    _entry(
        "moskalev2022liegg",
        "inproceedings",
        "generators",
        author="Moskalev, Artem and Sepliarskaia, Anna and Sosnovik, Ivan and Smeulders, Arnold",
        title="{LieGG}: Studying Learned {L}ie Group Generators",
        booktitle="Advances in Neural Information Processing Systems",
        year="2022",
        eprint="2210.04345",
        archiveprefix="arXiv",
    ),
    _entry(
        "yang2023generative",
        "inproceedings",
        "adversarial",
        author="Yang, Jianke and Walters, Robin and Dehmamy, Nima and Yu, Rose",
        title="Generative adversarial symmetry discovery",
        booktitle="International Conference on Machine Learning",
        year="2023",
        eprint="2302.00236",
        archiveprefix="arXiv",
    ),
    _entry(
        "desai2022symmetry",
        "article",
        "adversarial",
        author="Desai, Krish and Nachman, Benjamin and Thaler, Jesse",
        title="Symmetry discovery with deep learning",
        journal="Physical Review D",
        volume="105",
        pages="096031",
        year="2022",
        doi="10.1103/PhysRevD.105.096031",
        eprint="2112.05722",
        archiveprefix="arXiv",
    ),
    _entry(
        "cahill2020lie",
        "misc",
        "generators",
        author="Cahill, Jameson and Mixon, Dustin G. and Parshall, Hans",
        title="{L}ie {PCA}: Density estimation for symmetric manifolds",
        year="2020",
        eprint="2008.04278",
        archiveprefix="arXiv",
    ),
    _entry(
        "taubin1991estimation",
        "article",
        "generators",
        author="Taubin, Gabriel",
        title="Estimation of planar curves, surfaces, and nonplanar space curves defined by "
        "implicit equations with applications to edge and range image segmentation",
        journal="IEEE Transactions on Pattern Analysis and Machine Intelligence",
        volume="13",
        number="11",
        pages="1115--1138",
        year="1991",
        doi="10.1109/34.103273",
    ),
    _entry(
        "maaten2008visualizing",
        "article",
        "orbits",
        author="van der Maaten, Laurens and Hinton, Geoffrey",
        title="Visualizing data using {t-SNE}",
        journal="Journal of Machine Learning Research",
        volume="9",
        pages="2579--2605",
        year="2008",
        url="https://www.jmlr.org/papers/v9/vandermaaten08a.html",
    ),
    _entry(
        "mcfee2015librosa",
        "inproceedings",
        "sound",
        author="McFee, Brian and Raffel, Colin and Liang, Dawen and Ellis, Daniel P. W. and "
        "McVicar, Matt and Battenberg, Eric and Nieto, Oriol",
        title="librosa: Audio and Music Signal Analysis in {P}ython",
        booktitle="Proceedings of the 14th Python in Science Conference",
        pages="18--24",
        year="2015",
        doi="10.25080/Majora-7b98e3ed-003",
    ),
    _entry(
        "schorkhuber2014matlab",
        "inproceedings",
        "sound",
        author='Sch{\\"o}rkhuber, Christian and Klapuri, Anssi and Holighaus, Nicki and '
        'D{\\"o}rfler, Monika',
        title="A {M}atlab Toolbox for Efficient Perfect Reconstruction Time-Frequency Transforms "
        "with Log-Frequency Resolution",
        booktitle="AES 53rd International Conference on Semantic Audio",
        year="2014",
        url="https://www.aes.org/e-lib/browse.cfm?elib=17112",
    ),
    _entry(
        "foote1999visualizing",
        "inproceedings",
        "sound",
        author="Foote, Jonathan",
        title="Visualizing music and audio using self-similarity",
        booktitle="Proceedings of the Seventh ACM International Conference on Multimedia",
        pages="77--80",
        year="1999",
        doi="10.1145/319463.319472",
    ),
)
"""Everything that symscope can ask to be cited, the method first."""


def used_by_score(
    sketch: str = "otsu", figure: bool = False, task: str = COLOURS
) -> tuple[str, ...]:
    """Name the parts that scoring a picture uses.

    >>> used_by_score("edges")
    ('method', 'networks', 'classifier', 'images', 'sketch:edges')
    """
    parts = ("method", "networks", "classifier", "images", f"sketch:{sketch}")
    kind = parse_task(task)
    if kind.unsupervised:
        parts = (*parts, f"task:{kind.name}")
    return (*parts, "figure") if figure else parts


def references(parts: Iterable[str] = PARTS) -> tuple[Reference, ...]:
    """List the works behind parts of symscope, the method's own always among them.

    Raises
    ------
    UsageError
        For a part that is not in ``PARTS``.

    Examples
    --------
    >>> [reference.key for reference in references(["sketch:otsu"])]
    ['barenboim2021symmetry', 'krippendorf2021detecting', 'otsu1979threshold']
    """
    wanted = {"method", *parts}
    unknown = sorted(wanted - set(PARTS))
    if unknown:
        raise UsageError(f"no part {unknown[0]!r} to cite: expected {', '.join(PARTS)}")
    return tuple(reference for reference in REFERENCES if reference.used_for & wanted)


def bibtex(parts: Iterable[str] = PARTS) -> str:
    """Print-ready BibTeX of what parts of symscope rest on.

    >>> bibtex([]).splitlines()[0]
    '@article{barenboim2021symmetry,'
    """
    return "\n".join(reference.bibtex for reference in references(parts))
