"""One run of a collection: list, fingerprint, score what has no row yet, write the table."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from symscope.collection.engines import Engine, batches
from symscope.collection.manifest import Entry, Known, Manifest, fingerprinted, unique
from symscope.collection.store import Store, Terms, plain_message
from symscope.drawing.rows import WRITERS, Row, dumps, plain, write_csv, write_parquet
from symscope.errors import UsageError
from symscope.io.files import check_file, whole_file
from symscope.io.images import BYTES_PER_PIXEL, SPARE_BYTES
from symscope.io.paths import NAME_WIDTH, printable
from symscope.options import Options

JOURNAL_SUFFIX = ".journal"

FILES_TOGETHER = 64
"""Files whose fingerprints are written at a time; after a crash, as many are read again."""

Engines = Callable[[Terms], AbstractContextManager[Engine]]
Rows = Callable[[], Iterator[Row]]


@dataclass(frozen=True)
class Watch:
    """Who is told how a run goes.

    Attributes
    ----------
    progress : (stage, done, total)
    failed : the path of a picture that could not be scored, and why
    note : anything else that a person should know
    """

    progress: Callable[[str, int, int], None] = lambda stage, done, total: None
    failed: Callable[[str, str], None] = lambda path, message: None
    note: Callable[[str], None] = lambda text: None


@dataclass(frozen=True)
class Report:
    """What became of a collection.

    Attributes
    ----------
    outcomes : how many entries of the manifest ended how
    computed : pictures that were scored in this run; the others were in the journal, or are copies
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    computed: int = 0


def terms_of(options: Options) -> Terms:
    """Look up what rows depend on beside the options: weights, and how networks are trained."""
    from symscope.classifier.classifier import load_cards
    from symscope.networks.settings import settings_for

    weighed, cards = options.weighs(dimension=2), load_cards()
    names = (f"evidence-{options.evidence}" if weighed else options.classifier, options.classifier)
    return Terms(
        options,
        tuple(cards[name]["sha256"] for name in names),
        tuple(settings_for(options, 2, sound).fingerprint for sound in (False, True)),
    )


def journal_folder(out: Path) -> Path:
    """Name the folder beside a table in which its collection is kept."""
    return out.with_name(out.name + JOURNAL_SUFFIX)


def fingerprint_files(manifest: Manifest, store: Store, limit: int, watch: Watch) -> Manifest:
    """Fingerprint the files of a manifest; what is found is kept, also if this is stopped."""
    known = store.known_files()
    entries: list[Entry] = []
    new: dict[str, Known] = {}
    try:
        for entry in manifest.entries:
            entries.append(fingerprinted(entry, limit, known, new))
            if len(new) == FILES_TOGETHER:
                store.add_files(new)
                new.clear()
            watch.progress("reading files", len(entries), len(manifest.entries))
    finally:
        store.add_files(new)
    return replace(manifest, entries=tuple(entries))


def score_missing(manifest: Manifest, store: Store, engines: Engines, watch: Watch) -> int:
    """Score what has no row yet, each content once → how many pictures that were."""
    todo = [entry for entry in unique(manifest.entries) if not store.has(entry)]
    if not todo:
        return 0
    kept = len(unique(manifest.entries)) - len(todo)
    if kept:
        watch.note(f"{kept} of {kept + len(todo)} pictures have been scored before")
    done = 0
    watch.progress("scoring", done, len(todo))
    with engines(store.terms) as engine:
        for results in engine.scored(batches(todo, engine.together)):
            store.add(results)
            done += len(results)
            watch.progress("scoring", done, len(todo))
            for entry, result in results:
                if result.row["message"]:
                    watch.failed(printable(entry.path, NAME_WIDTH), plain_message(result.row))
    return done


def run(
    manifest: Manifest,
    out: Path,
    terms: Terms,
    engines: Engines,
    *,
    fresh: bool = False,
    excel: bool = False,
    summary: Callable[[Store, Manifest], None] | None = None,
    watch: Watch | None = None,
) -> Report:
    """Score the pictures of a manifest and write their table; goes on where an earlier run stopped.

    Parameters
    ----------
    manifest : as ``manifest.listed`` gives it
    out : the table's file, by whose name it is known how to write it; ``OUT.journal`` beside it is
        the folder of what is kept between runs
    terms : of the scores, as ``terms_of`` gives them
    engines : makes the engine; see ``engines.LocalEngine`` and ``engines.DaskEngine``
    fresh : forget what earlier runs found
    excel : write CSV as Excel opens it
    summary : is called when all rows are there, before the table is written
    watch : is told how it goes

    Raises
    ------
    UsageError
        If a file cannot be written, or another run is at work on the same table.
    """
    watch = watch or Watch()
    with Store(journal_folder(out), terms, fresh) as store:
        largest = SPARE_BYTES + ceil(BYTES_PER_PIXEL * terms.options.max_megapixels * 1e6)
        manifest = fingerprint_files(manifest, store, largest, watch)
        store.keep_manifest(manifest)
        computed = score_missing(manifest, store, engines, watch)
        outcomes: Counter[str] = Counter()

        def rows() -> Iterator[Row]:
            outcomes.clear()
            for row in store.rows(manifest):
                outcomes[row["outcome"]] += 1
                yield row

        metadata = {
            "terms": terms.values,
            "max_megapixels": terms.options.max_megapixels,
            "command": f"symscope score {terms.arguments} PICTURE".replace("  ", " "),
            "manifest_sha256": manifest.sha256,
            "pictures": len(manifest.entries),
            "group": manifest.group,
        }
        write_table(out, rows, metadata, excel)
        if summary:
            summary(store, manifest)
    return Report(outcomes, computed)


def kind_of(path: Path, excel: bool = False) -> str:
    """Tell by its name how a table is written: parquet, csv, jsonl or json.

    Raises
    ------
    UsageError
        For another name, a place that cannot be written, or ``excel`` without CSV.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in WRITERS:
        expected = ", ".join(f".{known}" for known in WRITERS)
        raise UsageError(f"--out found {path.name}, expected a name that ends in {expected}")
    if excel and kind != "csv":
        raise UsageError(f"found --excel with {path.name}, expected it with a name in .csv")
    check_file(path, "--out")
    return kind


def write_table(
    path: Path, rows: Rows, metadata: Mapping[str, Any] | None = None, excel: bool = False
) -> None:
    """Write rows into a file that is complete or as it was before.

    Parameters
    ----------
    path : Path
        Its ending says how.
    rows : function that gives an iterator over the rows, the same each time
    metadata : what a Parquet file says of the whole table
    excel : whether CSV is written as Excel opens it

    Raises
    ------
    UsageError
        If the system refuses to write.
    """
    kind = kind_of(path, excel)
    write = partial(write_csv, excel=excel) if kind == "csv" else WRITERS[kind]
    if kind == "parquet":
        write = partial(write_parquet, metadata={"symscope": dumps(plain(metadata or {}))})
    remedy = "free some space and run the same command again; no row is lost"
    with whole_file(path, sync=True, remedy=remedy) as file:
        write(file, rows)
