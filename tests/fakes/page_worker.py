"""A desk for tests of the page: answers at once, or fails as the picture's name says."""

import base64
import gc
import io
import json
import os
import time
import wave
from pathlib import Path

from symscope.errors import UsageError

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQ"
    "AAAABJRU5ErkJggg=="
)


class FakeDesk:
    """Whole results come from ``results.json`` in its folder, by the ending of a picture's name."""

    def prepare(self, wanted):
        pass

    def answer(self, request, tell):
        do = request["do"]
        if do == "score":
            return score(request, tell)
        if do == "file":
            write_file(Path(request["path"]), request["kind"], request["name"])
            return {}
        if do == "sketch":
            return {"source": request["source"], "zoom": request["options"]["zoom"]}
        if do == "samples":
            return {"samples": [{"name": "brick", "thumbnail": PIXEL}]}
        if do == "summary":
            Path(request["path"]).write_text(json.dumps(request))
            return {}
        assert do == "template"
        Path(request["path"]).write_bytes(b"template")
        return {"name": "mirror.png", "bytes": 8}


def score(request, tell):
    name = request["name"]
    if "crash" in name:
        os._exit(3)
    if "nonsense" in name:
        streams = [one for one in gc.get_objects() if isinstance(one, io.BufferedWriter)]
        answers = next(one for one in streams if one.fileno() > 2)
        answers.write(b"this is no header")
        answers.flush()
    if "refuse" in name:
        raise UsageError("found something odd: do otherwise")
    if "long" in name and not request["part"]:
        return {"parts": [[0, 30], [30, 60.25], [60.25, None]]}
    if not request["source"].startswith("sample:"):
        assert Path(request["source"].partition("#")[0]).is_file()
    Path(request["thumbnail"]).write_bytes(base64.b64decode(PIXEL.partition(",")[2]))
    if request["watch"]:
        tell({"stage": "drawn", "sketch": PIXEL})
        for step in (10, 20):
            tell({"stage": "learning", "step": step, "answers": [PIXEL], "learned": [0.5]})
    if "slow" in name:
        time.sleep(60)
    if "soon" in name:
        time.sleep(1.5)
    outcome = "unreadable" if "bad" in name else "ok"
    kept = Path("results.json")
    results = json.loads(kept.read_text()) if kept.exists() else {}
    shown = results.get(name.rpartition(".")[2], {}) if outcome == "ok" else results.get("bad", {})
    row = {
        "path": name,
        "outcome": outcome,
        "message": shown.get("row", {}).get("message"),
        "label": "Z_2",
    }
    row |= {"symmetry": 0.9 if outcome == "ok" else None, "symmetry_sd": 0.1}
    row["seed"] = request["options"]["seed"]
    row["dimension"] = request["options"]["dimension"]
    return shown | {"row": shown.get("row", {}) | row, "pid": os.getpid()}


def write_file(path, kind, name):
    if kind != "wav":
        path.write_text(f"{kind} of {name}")
        return
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "none"))
        file.writeframes(bytes(2 * 2 * 8000))
