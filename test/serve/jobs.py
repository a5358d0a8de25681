"""Leaks over the console: uploads of any size, jobs with their events, cancelled, killed with the server, started anew."""
import http.client
import json
import os
import pathlib
import socket
import ssl
import threading
import time

from desk import MAIL, Console, staged

SEALED = "customer_no,name,mobile,city\n" + "".join(
    f"U{10000000 + n},{chr(0x738b + n % 40)}小{chr(0x4e00 + n % 90)},138{n * 7919 % 10 ** 8:08d},城{n % 7}\n" for n in range(2000))
LEAK = "\n".join(SEALED.splitlines()[:1] + SEALED.splitlines()[400:900]) + "\n"


def upload(client, name, content, status=201):
    told = client.ask("POST", "/api/uploads", raw=content,
                      headers={"Content-Type": "application/octet-stream", "X-File-Name": name})
    assert told.status == status, told
    return told.json


def wait(client, job, *states, seconds=60):
    for _ in range(seconds * 10):
        told = client.get(f"/api/jobs/{job}")
        if told["state"] in states:
            return told
        time.sleep(0.1)
    raise AssertionError(told)


class Events(threading.Thread):
    """A stream of events, read until it ends."""

    def __init__(self, console, client, path, headers=None):
        super().__init__(daemon=True)
        context = ssl.create_default_context(cafile=console.certificate)
        self.connection = http.client.HTTPSConnection("127.0.0.1", console.port, context=context, timeout=60)
        self.connection.request("GET", path, headers={
            "Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items()), **(headers or {})})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200 and self.answer.headers["Content-Type"] == "text/event-stream"
        self.events, self.text, self.ended = [], "", False
        self.start()

    def run(self):
        event = {}
        try:
            for line in self.answer:
                line = line.decode().rstrip("\n")
                self.text += line + "\n"
                if not line and "data" in event:
                    self.events.append((event.get("event"), json.loads(event["data"]), event.get("id")))
                    event = {}
                elif line and not line.startswith(":"):
                    name, value = line.split(": ", 1)
                    event[name] = value
            self.ended = True
        except (OSError, http.client.HTTPException):
            pass

    def wait(self, fits, seconds=20):
        for _ in range(seconds * 20):
            if any(fits(*event[:2]) for event in self.events):
                return
            time.sleep(0.05)
        raise AssertionError(self.events)


def judged(stage, console, client):
    """Without a case and with one; what the command line says of the same bytes is the same."""
    everything = Events(console, client, "/api/events")
    leak = upload(client, "sample.csv", LEAK.encode())
    job = client.do("POST", "/api/matches", {"sha256": leak["sha256"], "name": "sample.csv"}, 202)["job"]
    done = wait(client, job, "done", "failed")
    assert done["state"] == "done" and done["verdict"]["verdict"] == "genuine", done
    own = stage.said("match", stage.write("sample.csv", LEAK))
    for told in (own, done["verdict"]):
        told.pop("elapsed_s")
    assert own == done["verdict"]
    mail = upload(client, "demand.eml", MAIL.encode())
    case = client.do("POST", "/api/cases", {"files": [{"sha256": mail["sha256"], "name": "demand.eml"}]}, 201)["id"]
    key = {"Idempotency_Key": "match-1"}
    body = {"sha256": leak["sha256"], "name": "sample.csv"}
    job = client.do("POST", f"/api/cases/{case}/matches", body, 202, **key)["job"]
    assert client.do("POST", f"/api/cases/{case}/matches", body, 202, **key)["job"] == job
    mine = Events(console, client, f"/api/jobs/{job}/events")
    wait(client, job, "done")
    mine.join(20)
    assert mine.ended and mine.text.startswith("retry: "), mine.text
    assert mine.events[-1][0] == "state" and mine.events[-1][1]["state"] == "done", mine.events
    shown = client.get(f"/api/cases/{case}")
    facts = {fact["name"]: fact["value"] for fact in shown["facts"]}
    assert facts["verdict"] == "genuine" and int(facts["people"]) == 500, facts
    assert [piece["name"] for piece in shown["evidence"]] == ["demand.eml", "sample.csv"]
    everything.wait(lambda kind, told: kind == "case" and told["id"] == case)
    everything.wait(lambda kind, told: kind == "job" and told["id"] == job and told["state"] == "done")
    stage.hufu("case", "decide", case, "we do not pay", "--why", "because")
    seq = stage.said("case", "timeline", case)[-1]["seq"]
    everything.wait(lambda kind, told: kind == "case" and told == {"id": case, "seq": seq})
    after = next(event[2] for event in everything.events)
    again = Events(console, client, "/api/events", {"Last-Event-ID": after})
    again.wait(lambda kind, told: kind == "case" and told == {"id": case, "seq": seq})
    assert client.get("/api/overview")["cases"][0]["verdict"] == "genuine"
    assert stage.said("case", "notice", case)["linked"] == int(facts["people"]), "the people of a leak from the console are the case's"
    assert client.get(f"/api/jobs?case={case}")["items"][0]["id"] == job
    assert client.ask("POST", "/api/matches", {"sha256": "0" * 64, "name": "x"}).status == 422
    return case


def large(seconds):
    """A leak that takes a while to judge: its own rows, again and again."""
    rows = SEALED.splitlines(keepends=True)
    return (rows[0] + "".join(rows[1:]) * seconds * 150).encode()


def stopped(console, client, case):
    """A job is cancelled while it runs; one that waits is cancelled too; the next is judged."""
    big = upload(client, "big.csv", large(12))
    body = {"sha256": big["sha256"], "name": "big.csv"}
    first = client.do("POST", f"/api/cases/{case}/matches", body, 202)["job"]
    second = client.do("POST", "/api/matches", body, 202)["job"]
    stream = Events(console, client, f"/api/jobs/{first}/events")
    wait(client, first, "running")
    assert client.get(f"/api/jobs/{second}")["position"] == 1
    stream.wait(lambda kind, told: kind == "progress" and 0 < told["done_bytes"] <= told["bytes"])
    head = console.client
    before = client.get(f"/api/cases/{case}")
    client.do("DELETE", f"/api/jobs/{second}")
    assert client.do("DELETE", f"/api/jobs/{first}")["state"] == "cancelled"
    stream.join(20)
    assert stream.ended and stream.events[-1][1]["state"] == "cancelled", stream.events
    small = upload(client, "sample.csv", LEAK.encode())
    third = client.do("POST", "/api/matches", {"sha256": small["sha256"], "name": "sample.csv"}, 202)["job"]
    assert wait(client, third, "done")["verdict"]["verdict"] == "genuine"
    assert client.get(f"/api/cases/{case}") == before, "what was cancelled left nothing"
    assert head
    return body


def survives(stage, console, client, case, body):
    """The server is killed, and ended, while it judges: the job is judged once, by the next start."""
    job = client.do("POST", f"/api/cases/{case}/matches", body, 202)["job"]
    wait(client, job, "running")
    time.sleep(0.3)
    console.kill()
    console.start()
    client.connection = None
    assert client.get(f"/api/jobs/{job}")["state"] in ("queued", "running")
    wait(client, job, "running")
    console.stop()
    console.start()
    client.connection = None
    done = wait(client, job, "done", "failed", seconds=120)
    assert done["state"] == "done", done
    what = [entry["what"] for entry in stage.said("case", "timeline", case)]
    assert what.count("match") == 2, what
    assert not left_behind(), left_behind()


def left_behind():
    """Processes of jobs whose server is gone."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"work" in words[:3] and words[0] == b"hufu" and str(os.getpid()).encode() in words:
            found.append(words)
    return found


def raw_upload(console, client, total, send):
    """The head of an upload, and as much of its body as `send` says."""
    context = ssl.create_default_context(cafile=console.certificate)
    plain = socket.create_connection(("127.0.0.1", console.port), timeout=60)
    channel = context.wrap_socket(plain, server_hostname="localhost")
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    channel.sendall((f"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nX-CSRF-Token: {client.csrf}\r\n"
                     f"Content-Type: application/octet-stream\r\nX-File-Name: big.bin\r\nContent-Length: {total}\r\n\r\n").encode())
    piece = os.urandom(1 << 20)
    for _ in range(send >> 20):
        channel.sendall(piece)
    return channel


def objects(stage):
    vault = stage.work / "store" / "vault"
    return sorted(path.name for path in vault.rglob("*") if path.is_file() and path.name != "lock")


def uploads(stage, console, client):
    """300 MB leave the memory flat; what breaks off, or is killed, leaves nothing."""
    before = objects(stage)
    rest = console.memory()
    peak = rest
    channel = raw_upload(console, client, 300 << 20, 0)
    piece = os.urandom(1 << 20)
    for _ in range(300):
        channel.sendall(piece)
        peak = max(peak, console.memory())
    answer = http.client.HTTPResponse(channel)
    answer.begin()
    assert answer.status == 201, answer.read()
    told = json.loads(answer.read())
    assert told["bytes"] == 300 << 20
    if b"__asan_init" not in pathlib.Path(stage.program).read_bytes():  # the sanitizer keeps what was freed
        assert peak - rest < 40 << 10, (rest, peak)
    with_it = objects(stage)
    assert len(with_it) == len(before) + 1
    channel = raw_upload(console, client, 200 << 20, 30 << 20)
    time.sleep(0.5)
    channel.close()
    for _ in range(100):
        if objects(stage) == with_it:
            break
        time.sleep(0.1)
    assert objects(stage) == with_it, "an upload that breaks off leaves nothing"
    channel = raw_upload(console, client, 200 << 20, 30 << 20)
    time.sleep(0.5)
    console.kill()
    console.start()
    client.connection = None
    plain = os.urandom(1 << 20)
    assert upload(client, "after.bin", plain)["bytes"] == 1 << 20
    whole = [name for name in objects(stage) if name not in with_it]
    assert len(whole) == 1 and not whole[0].startswith("."), whole
    assert plain[:4096] not in (stage.work / "store" / "vault").joinpath(
        *[path.relative_to(stage.work / "store" / "vault") for path in (stage.work / "store" / "vault").rglob(whole[0])][0].parts
    ).read_bytes(), "nothing lies there in clear"
    assert console.client().ask("POST", "/api/uploads", raw=b"x", headers={
        "Content-Type": "application/octet-stream", "X-File-Name": "x"}).status == 401
    for headers, status in (({"Content-Type": "text/plain", "X-File-Name": "x"}, 415),
                            ({"Content-Type": "application/octet-stream"}, 422),
                            ({"Content-Type": "application/octet-stream", "X-File-Name": "%zz"}, 422)):
        assert client.ask("POST", "/api/uploads", raw=b"x", headers=headers).status == status


def test(stage, console):
    client = console.admin()
    stage.hufu("seal", "customers", stage.write("customers.csv", SEALED), "--as-of", "2022-06-30")
    case = judged(stage, console, client)
    body = stopped(console, client, case)
    survives(stage, console, client, case, body)
    uploads(stage, console, client)
    assert not any(line["status"] >= 500 for line in console.requests())


staged("jobs", test)
