"""Decoding in a process of its own: the same pictures, and whatever the process does."""

import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from symscope.errors import InputError, SymscopeError, TooLarge, TooSmall, Unreadable, UsageError
from symscope.io import sandbox
from symscope.io.images import GuardedReader, read_picture

GREY = (np.arange(16 * 24).reshape(16, 24) % 251).astype(np.uint8)


def pillow(image, kind, **options):
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


PNG = pillow(GREY, "PNG")
SOUND = [
    PNG,
    pillow(np.dstack([GREY] * 4), "PNG"),
    pillow(GREY.astype(np.uint16) * 200, "PNG"),
    pillow(np.dstack([GREY] * 3), "JPEG"),
    pillow(GREY.astype(np.float32), "TIFF"),
    pillow(np.dstack([GREY] * 4), "WEBP"),
]
EVIL = b"EVIL:"
"""What follows is run by the decoder of `misbehaving`; all else it decodes."""

BOOT = """
import gc, io, json, os, sys, time
sys.path[:] = json.loads(sys.argv.pop(1))
import numpy as np
from symscope.errors import TooLarge
from symscope.io import formats, sandbox, sandbox_worker as worker

def unusual(data, most, select):
    if data.startswith(b"EVIL:"):
        exec(data[5:], globals())
        data = picture
    return usual(data, most, select)

def w(content):
    streams = [s for s in gc.get_objects() if isinstance(s, io.BufferedWriter)]
    pipe = next(s for s in streams if s.fileno() > 2)
    pipe.write(content)
    pipe.flush()

def h(**header):
    w(sandbox.framed(header))

usual, formats.decode = formats.decode, unusual
picture = bytes.fromhex("HEX")
worker.main()
""".replace("HEX", PNG.hex())

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(scope="module")
def reader():
    with GuardedReader() as reader:
        yield reader


@pytest.fixture(scope="module")
def misbehaving():
    """A reader whose decoder does whatever EVIL data tell it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "BOOT", BOOT)
        with GuardedReader(seconds=2.0) as reader:
            yield reader


def process(reader):
    return reader._sandbox.process


def same(one, other):
    return (
        (one.name, one.sha256) == (other.name, other.sha256)
        and (one.grey.dtype, one.rgb.dtype) == (other.grey.dtype, other.rgb.dtype)
        and np.array_equal(one.grey, other.grey)
        and np.array_equal(one.rgb, other.rgb)
    )


def refusal(reader, code, error=Unreadable):
    """Let the decoder run code, check the one line that comes of it, and that reading goes on."""
    with pytest.raises(error) as caught:
        reader(EVIL + code.encode())
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 700
    assert same(reader(PNG), read_picture(PNG))
    return message


# The same as without


@pytest.mark.parametrize("index", range(len(SOUND)))
def test_the_same_picture_bit_for_bit(reader, index):
    assert same(reader(SOUND[index]), read_picture(SOUND[index]))


def test_files_samples_and_arrays(reader, tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(PNG)
    for source in (file, str(file), "sample:camera", "sample:astronaut", GREY, bytearray(PNG)):
        assert same(reader(source), read_picture(source))


@pytest.mark.parametrize("source", ["no/such/file.png", np.zeros((3, 3)), 7])
def test_the_same_refusals_of_what_is_no_file(reader, source):
    with pytest.raises(SymscopeError) as expected:
        read_picture(source)
    with pytest.raises(type(expected.value)) as caught:
        reader(source)
    assert str(caught.value) == str(expected.value)


def test_the_limit_of_pixels_is_that_of_the_call(reader):
    with pytest.raises(TooLarge, match=r"at most 0\.0001 megapixels"):
        reader(PNG, max_megapixels=0.0001)
    assert same(reader(PNG), read_picture(PNG))
    with pytest.raises(UsageError):
        reader(PNG, max_megapixels=-1)
    with pytest.raises(TooSmall):
        reader(pillow(GREY[:3], "PNG"))


# The process


def test_one_process_serves_many_pictures(reader):
    reader(PNG)
    first = process(reader).pid
    with pytest.raises(Unreadable):
        reader(b"no picture")
    reader(PNG)
    assert process(reader).pid == first


def test_closing_ends_the_process_and_a_later_call_starts_another():
    reader = GuardedReader()
    reader(PNG)
    first = process(reader)
    reader.close()
    assert first.returncode == 0
    assert same(reader(PNG), read_picture(PNG))
    second = process(reader)
    del reader
    assert second.returncode is not None


def test_a_process_that_was_killed_while_idle_is_replaced(reader):
    reader(PNG)
    process(reader).kill()
    process(reader).wait()
    assert same(reader(PNG), read_picture(PNG))


def test_threads_share_one_process():
    with GuardedReader() as reader, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(reader, SOUND * 4))
    for one, other in zip(found, SOUND * 4, strict=True):
        assert same(one, read_picture(other))


def test_an_interrupt_does_not_mix_two_answers(monkeypatch):
    with GuardedReader() as reader:
        reader(PNG)
        with monkeypatch.context() as patch:

            def interrupted(*_):
                raise KeyboardInterrupt

            patch.setattr(sandbox.Sandbox, "array", interrupted)
            with pytest.raises(KeyboardInterrupt):
                reader("sample:camera")
        assert same(reader(PNG), read_picture(PNG))


def test_modules_of_the_current_folder_are_not_imported(tmp_path, monkeypatch):
    for name in ("numpy", "json", "PIL", "symscope", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with GuardedReader() as reader:
        reader(PNG)
    assert not (tmp_path / "ran").exists()


@linux
def test_the_limits_are_set():
    with GuardedReader() as reader:
        reader(PNG, max_megapixels=4)
        pid = process(reader).pid
        with open(f"/proc/{pid}/limits") as file:
            limits = {line[:26].strip(): line[26:].split()[:2] for line in file}
        with open(f"/proc/{pid}/status") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    soft, hard = limits["Max address space"]
    assert soft == hard
    assert 0.25e9 < int(hard) < 1e9
    assert limits["Max file size"] == limits["Max core file size"] == ["0", "0"]
    assert status["NoNewPrivs"] == "1"


@linux
@pytest.mark.parametrize("busy", [False, True])
def test_it_does_not_outlive_a_parent_that_was_killed(busy):
    code = (
        "import os, signal, sys, threading\n"
        "from symscope.io import sandbox\n"
        "from symscope.io.images import DECODING\n"
        "if sys.argv[1] == 'True':\n"
        "    sandbox.BOOT = sandbox.BOOT.replace('main()', '').rstrip('; ') + '''\n"
        "import symscope.io.sandbox_worker as worker, symscope.io.formats as formats, time\n"
        "formats.decode = lambda *_: time.sleep(99)\n"
        "worker.main()'''\n"
        "box = sandbox.Sandbox(DECODING, {'max_megapixels': 50.0}, 1 << 32, 0.5)\n"
        "if sys.argv[1] == 'True':\n"
        "    box.process.stdin.write(b'\\0\\0\\0\\x0c{\"bytes\": 3}abc')\n"
        "    box.process.stdin.flush()\n"
        "print(box.process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(busy)], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    pid, deadline = int(done.stdout), time.monotonic() + 20
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(pid)


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_process_that_cannot_start_is_no_fault_of_the_picture(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(SymscopeError, match="cannot be started") as caught:
        GuardedReader()(PNG)
    assert not isinstance(caught.value, InputError)
    monkeypatch.undo()
    monkeypatch.setattr(sandbox, "BOOT", "raise SystemExit(3)")
    with pytest.raises(SymscopeError, match="code 3"):
        GuardedReader()(PNG)


# A decoder that misbehaves

CRASHES = {
    "segmentation fault": "os.kill(os.getpid(), 11)",
    "abort": "os.abort()",
    "exit": "os._exit(3)",
    "fault of ours": "raise RuntimeError",
}


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("code", CRASHES.values(), ids=CRASHES.keys())
def test_a_crash_costs_one_picture(misbehaving, code, capfd):
    assert "its decoder ends with" in refusal(misbehaving, code)
    assert capfd.readouterr() == ("", "")


def test_a_hang_ends_when_the_time_is_up(misbehaving):
    started = time.monotonic()
    assert "longer than 2 seconds" in refusal(misbehaving, "time.sleep(99)")
    assert 2 <= time.monotonic() - started < 20


@linux
def test_memory_ends_at_the_limit(misbehaving):
    misbehaving(PNG)
    pid = process(misbehaving).pid
    code = "np.ones(8 << 30, np.uint8)"
    assert "does not fit into memory" in refusal(misbehaving, code, TooLarge)
    assert process(misbehaving).pid == pid


def test_what_native_code_prints_is_swallowed(misbehaving, capfd):
    code = "[os.write(n, b'noise') for n in (1, 2)]; print('noise')"
    assert same(misbehaving(EVIL + code.encode()), read_picture(PNG)) is False  # its sha256
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name != "posix", reason="RLIMIT_FSIZE")
def test_no_file_is_written(misbehaving, tmp_path):
    file = tmp_path / "written"
    code = f"os.write(os.open({str(file)!r}, os.O_CREAT | os.O_WRONLY), b'x')"
    assert "code 1" in refusal(misbehaving, code)
    assert file.read_bytes() == b""


def test_a_message_is_cut_to_one_printable_line(misbehaving):
    code = "raise TooLarge('a\\n\\x1b[2J' + 'b' * 5000)"
    assert refusal(misbehaving, code, TooLarge).startswith("bytes: a??[2Jbbb")


# A process that has been taken over: nothing it answers is believed

LIES = {
    "nothing": "os._exit(0)",
    "no header": "w(b'\\x80\\x04.' * 99)",
    "an endless header": "w(b'\\xff' * 9)",
    "a header that is cut": "w(b'\\0\\0\\0\\x09{'); os._exit(0)",
    "a list": "w(b'\\0\\0\\0\\2[]')",
    "a nested header": "w(sandbox.HEADER.pack(16000) + b'[' * 16000)",
    "no text": "w(b'\\0\\0\\0\\2\\xff\\xff')",
    "negative rows": "h(rows=-9, columns=-24)",
    "no columns": "h(rows=9)",
    "too many pixels": "h(rows=10**6, columns=10**6)",
    "too few": "h(rows=1, columns=1); w(bytes(7))",
    "rows are text": "h(rows='9', columns=24)",
    "rows are true": "h(rows=True, columns=True)",
    "rows are a float": "h(rows=9.0, columns=24.0)",
    "a picture that is cut": "h(rows=9, columns=24); w(bytes(9)); os._exit(0)",
    "a picture that is cut and no end": "h(rows=9, columns=24); w(bytes(9))",
    "not finite": "h(rows=9, columns=24); w(np.full(216, np.nan, np.float32)); w(bytes(648))",
    "out of range": "h(rows=9, columns=24); w(np.full(216, 2, np.float32)); w(bytes(648))",
    "an error of another kind": "h(error='SystemExit', message='x')",
    "an error that is a list": "h(error=['TooLarge'], message='x')",
    "a message that is no text": "h(error='TooLarge', message=['x'])",
}


@pytest.mark.parametrize("code", LIES.values(), ids=LIES.keys())
def test_lies_are_not_believed(misbehaving, code):
    refusal(misbehaving, f"{code}; time.sleep(99)")
