"""One run of a collection: list, fingerprint, score what has no row yet, write the table."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from symscope.collection.local import Engine, batches
from symscope.collection.manifest import Entry, Known, Manifest, fingerprinted, unique
from symscope.collection.output import write_table
from symscope.collection.store import FILES_TOGETHER, Result, Store, Terms, plain_message
from symscope.io.images import one_line
from symscope.options import ScoreOptions

JOURNAL_SUFFIX = ".journal"

Engines = Callable[[Terms], AbstractContextManager[Engine]]


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


def terms_of(options: ScoreOptions) -> Terms:
    """Look up what rows depend on beside the options: weights, and how networks are trained."""
    from symscope.classifier.classifier import load_cards
    from symscope.networks.settings import settings_for

    weights = load_cards()[options.classifier]["sha256"]
    return Terms(options, weights, settings_for(options.settings, options.task).fingerprint)


def journal_folder(out: Path) -> Path:
    """Name the folder beside a table in which its collection is kept."""
    return out.with_name(out.name + JOURNAL_SUFFIX)


def fingerprint_files(manifest: Manifest, store: Store, limit: int, watch: Watch) -> Manifest:
    """Fingerprint the files of a manifest; what is found is kept, also if this is stopped."""
    waiting: list[tuple[str, Known]] = []

    def learned(path: str, known: Known) -> None:
        waiting.append((path, known))
        if len(waiting) == FILES_TOGETHER:
            store.add_files(waiting)
            waiting.clear()

    def progress(done: int, total: int) -> None:
        watch.progress("reading files", done, total)

    try:
        return fingerprinted(manifest, limit, store.known_files(), learned, progress)
    finally:
        if waiting:
            store.add_files(waiting)


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
            _tell_failures(results, watch)
    return done


def _tell_failures(results: list[tuple[Entry, Result]], watch: Watch) -> None:
    for entry, result in results:
        if result.row["message"]:
            watch.failed(one_line(entry.path), plain_message(result.row))


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
    engines : makes the engine; see ``local.LocalEngine`` and ``cluster.DaskEngine``
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
        if store.torn:
            watch.note("the last run was cut off while it wrote: its last row is computed again")
        manifest = fingerprint_files(manifest, store, _limit(terms.options), watch)
        store.keep_manifest(manifest)
        computed = score_missing(manifest, store, engines, watch)
        outcomes = Counter(row["outcome"] for row in store.rows(manifest))
        write_table(out, lambda: store.rows(manifest), _metadata(manifest, terms), excel)
        if summary:
            summary(store, manifest)
    return Report(outcomes, computed)


def _limit(options: ScoreOptions) -> int:
    from math import ceil

    from symscope.io.images import BYTES_PER_PIXEL, SPARE_BYTES

    return SPARE_BYTES + ceil(BYTES_PER_PIXEL * options.max_megapixels * 1e6)


def _metadata(manifest: Manifest, terms: Terms) -> dict[str, object]:
    return {
        "terms": terms.values,
        "max_megapixels": terms.options.max_megapixels,
        "command": f"symscope score {terms.arguments} PICTURE".replace("  ", " "),
        "manifest_sha256": manifest.sha256,
        "pictures": len(manifest.entries),
        "group": manifest.group,
    }
