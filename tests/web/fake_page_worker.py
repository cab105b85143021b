"""A worker process for tests of the page: answers at once, or fails as the picture's name says.

    python tests/web/fake_page_worker.py [RESULTS]

RESULTS is a JSON file of whole results, by the ending of a picture's name.
"""

import base64
import json
import os
import sys
import time
import wave
from pathlib import Path

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQ"
    "AAAABJRU5ErkJggg=="
)


def tell(number, event, **carried):
    print(json.dumps({"id": number, "event": event, **carried}), flush=True)


def score(number, request):
    name = request["name"]
    if "crash" in name:
        os._exit(3)
    if "nonsense" in name:
        print("this is no JSON", flush=True)
    if "refuse" in name:
        return tell(number, "failed", message="found something odd: do otherwise")
    if "long" in name and not request["part"]:
        return tell(number, "done", parts=[[0, 30], [30, 60.25], [60.25, None]])
    if not request["source"].startswith("sample:"):
        assert Path(request["source"].partition("#")[0]).is_file()
    Path(request["thumbnail"]).write_bytes(base64.b64decode(PIXEL.partition(",")[2]))
    if request["watch"]:
        tell(number, "stage", stage="drawn", sketch=PIXEL)
        for step in (10, 20):
            tell(number, "stage", stage="learning", step=step, answers=[PIXEL], learned=[0.5])
    if "slow" in name:
        time.sleep(60)
    if "soon" in name:
        time.sleep(1.5)
    outcome = "unreadable" if "bad" in name else "ok"
    results = json.loads(Path(sys.argv[1]).read_text()) if sys.argv[1:] else {}
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
    return tell(number, "done", **shown | {"row": shown.get("row", {}) | row, "pid": os.getpid()})


def write_file(path, kind, name):
    if kind != "wav":
        path.write_text(f"{kind} of {name}")
        return
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "none"))
        file.writeframes(bytes(2 * 2 * 8000))


def main():
    print(json.dumps({"event": "ready"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        number, do = request["id"], request["do"]
        if do == "score":
            score(number, request)
        elif do == "file":
            write_file(Path(request["path"]), request["kind"], request["name"])
            tell(number, "done")
        elif do == "sketch":
            tell(number, "done", source=request["source"], zoom=request["options"]["zoom"])
        elif do == "samples":
            tell(number, "done", samples=[{"name": "brick", "thumbnail": PIXEL}])
        elif do == "template":
            Path(request["path"]).write_bytes(b"template")
            tell(number, "done", name="mirror.png", bytes=8)


if __name__ == "__main__":
    main()
