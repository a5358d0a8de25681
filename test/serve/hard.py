"""A hostile network: a thousand connections that trickle, heads and bodies that never end, floods of strangers; and the
edits of two people at once, with the server killed among them."""
import random
import resource
import socket
import ssl
import threading
import time

from desk import MAIL, staged

TRICKLES = 1000


def trickle(console, context, kind):
    """One that begins and never comes to an end."""
    plain = socket.create_connection(("127.0.0.1", console.port), timeout=60)
    if kind == "silent":
        return plain
    if kind == "handshake":
        plain.sendall(b"\x16\x03\x01\x02\x00\x01")
        return plain
    channel = context.wrap_socket(plain, server_hostname="localhost")
    channel.sendall(b"POST /api/login HTTP/1.1\r\nHost: localhost\r\n")
    if kind == "body":
        channel.sendall(b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
    return channel


def drip(channels):
    for channel in channels:
        try:
            channel.sendall(b"x")
        except OSError:
            pass


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def crowd(console, client, case):
    """They are there, and everybody else is served; they are gone after a while."""
    context = ssl.create_default_context(cafile=console.certificate)
    kinds = ["head", "body", "silent", "handshake"]
    channels = [trickle(console, context, kinds[n % 4]) for n in range(TRICKLES)]
    times, ends = [], time.monotonic() + 12
    while time.monotonic() < ends:
        drip(random.sample(channels, 50))
        for path in ("/api/cases", f"/api/cases/{case}", "/healthz"):
            began = time.monotonic()
            client.get(path) if path != "/healthz" else client.ask("GET", path)
            times.append(time.monotonic() - began)
        fresh = console.client()
        assert fresh.ask("GET", "/healthz").status == 200
        fresh.connection.close()
    print(f"{TRICKLES} trickle, {len(times)} answers: median {percentile(times, 0.5) * 1000:.1f} ms, "
          f"99 % {percentile(times, 0.99) * 1000:.1f} ms")
    assert percentile(times, 0.99) < 1, times[-20:]
    time.sleep(max(0, 10 - (time.monotonic() - ends)))
    over = 0
    for channel, kind in zip(channels, kinds * TRICKLES):
        if kind != "body":  # a body has a minute
            channel.settimeout(0.05)
            try:
                over += not channel.recv(100)
            except ConnectionError:
                over += 1
            except OSError:
                pass
        channel.close()
    assert over > TRICKLES * 3 // 4 * 9 // 10, over


def endless(console):
    """A head without an end, a body without an end."""
    context = ssl.create_default_context(cafile=console.certificate)
    for begin in (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"GET /" + b"a" * 100, b""):
        plain = socket.create_connection(("127.0.0.1", console.port), timeout=30)
        with context.wrap_socket(plain, server_hostname="localhost") as channel:
            try:
                channel.sendall(begin)
                for n in range(200):
                    channel.sendall(b"X-%d: " % n + b"y" * 1000 + b"\r\n")
                told = channel.recv(1000)
                assert not told or told.split()[1] in (b"400", b"413", b"414", b"431"), told
            except (ConnectionError, ssl.SSLError):
                pass
    for odd in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /api/login HTTP/1.1\r\nHost: a\r\n"
                b"Content-Length: -1\r\n\r\n", b"POST /api/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n"):
        plain = socket.create_connection(("127.0.0.1", console.port), timeout=30)
        with context.wrap_socket(plain, server_hostname="localhost") as channel:
            try:
                channel.sendall(odd)
                channel.settimeout(1)
                channel.recv(1000)
            except (OSError, ssl.SSLError):
                pass
    assert console.client().ask("GET", "/healthz").status == 200


def knockers(console, client):
    """Strangers who try passwords keep nobody from working who is inside."""
    ends = time.monotonic() + 4

    def knock():
        stranger = console.client()
        while time.monotonic() < ends:
            told = stranger.ask("POST", "/api/login", {"name": f"nobody{random.random()}", "password": "x" * 20})
            assert told.status in (401, 429, 503), told

    threads = [threading.Thread(target=knock) for _ in range(16)]
    for thread in threads:
        thread.start()
    times = []
    while time.monotonic() < ends:
        began = time.monotonic()
        client.get("/api/overview")
        times.append(time.monotonic() - began)
    for thread in threads:
        thread.join()
    print(f"while 16 knock: median {percentile(times, 0.5) * 1000:.1f} ms, 99 % {percentile(times, 0.99) * 1000:.1f} ms")
    assert percentile(times, 0.9) < 1


def killed(stage, console, case):
    """Two write at once and the server is killed among them: what was acknowledged is there, once."""
    first = console.client()
    first.sign_in("admin")
    done, asked = set(), 0
    for turn in range(6):
        stop = threading.Event()

        def write(name):
            nonlocal asked
            client = console.client()
            client.cookies, client.csrf = dict(first.cookies), first.csrf
            try:
                while not stop.is_set():
                    asked += 1
                    text = f"{turn} {name} {asked}"
                    seen = client.ask("GET", f"/api/cases/{case}").headers["ETag"]
                    told = client.ask("POST", f"/api/cases/{case}/decisions", {"what": text, "why": "a test"},
                                      {"If-Match": seen})
                    assert told.status in (200, 412), told
                    if told.status == 200:
                        done.add(text)
            except (OSError, ConnectionError, ssl.SSLError, ValueError, TypeError):
                pass
            except Exception as error:  # http.client's, of an answer that broke off
                assert type(error).__module__ == "http.client", error

        threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        time.sleep(0.3 + random.random() / 2)
        console.kill()
        stop.set()
        for thread in threads:
            thread.join()
        console.start()
    stage.hufu("case", "timeline", case)
    there = [line["what"] for line in stage.said("case", "show", case)["decisions"]]
    assert len(there) == len(set(there)) and done <= set(there), done - set(there)
    assert len(done) > 20, len(done)
    print(f"{len(done)} changes acknowledged over 6 kills, none lost")


def test(stage, console):
    client = console.admin()
    told = client.ask("POST", "/api/uploads", raw=MAIL.encode(),
                      headers={"Content-Type": "application/octet-stream", "X-File-Name": "demand.eml"}).json
    case = client.do("POST", "/api/cases", {"files": [{"sha256": told["sha256"], "name": "demand.eml"}]}, 201)["id"]
    crowd(console, client, case)
    endless(console)
    knockers(console, client)
    killed(stage, console, case)
    assert not any(line["status"] == 500 for line in console.requests())


soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
if most != resource.RLIM_INFINITY and most < TRICKLES + 500:
    raise SystemExit(77)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(TRICKLES + 500, most) if most > 0 else TRICKLES + 500), most))
staged("hard", test)
