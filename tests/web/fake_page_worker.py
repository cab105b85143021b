"""A worker process for tests of the page: answers at once, or fails as the picture's name says."""

import json
import os
import sys
import time
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
    Path(request["thumbnail"]).write_bytes(b"\x89PNG small")
    if request["watch"]:
        tell(number, "stage", stage="drawn", sketch=PIXEL)
        for step in (10, 20):
            tell(number, "stage", stage="learning", step=step, answers=[PIXEL], learned=[0.5])
    if "slow" in name:
        time.sleep(60)
    outcome = "unreadable" if "bad" in name else "ok"
    row = {"path": name, "outcome": outcome, "message": None, "label": "Z_2"}
    row |= {"symmetry": 0.9 if outcome == "ok" else None, "symmetry_sd": 0.1}
    row["seed"] = request["options"]["seed"]
    row["dimension"] = request["options"]["dimension"]
    return tell(number, "done", row=row, pid=os.getpid())


def main():
    print(json.dumps({"event": "ready"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        number, do = request["id"], request["do"]
        if do == "score":
            score(number, request)
        elif do == "file":
            Path(request["path"]).write_text(f"{request['kind']} of {request['name']}")
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
