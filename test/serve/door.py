"""Who comes in, and as what: strangers, one-time passwords, cookies, forged requests, headers, TLS, addresses."""
import json
import re
import socket
import ssl
import subprocess
import warnings

from desk import PASSWORD, MAIL, staged

OPEN = {"/healthz", "/metrics", "/api/openapi.json", "/api/login", "/api/session"}


def strangers(stage, console):
    stranger = console.client()
    for line in stage.routes:
        method, path = line
        path = re.sub(r"\{[a-z]+\}", "1", path)
        if path in OPEN:
            continue
        told = stranger.ask(method, path, {} if method != "GET" else None)
        assert told.status in (401, 403), (method, path, told)
    assert stranger.ask("GET", "/api/session").problem == "session"
    assert stranger.ask("GET", "/api/nothing").status == 404
    assert stranger.ask("GET", "/healthz").body == b"ok\n"
    assert stranger.ask("DELETE", "/api/cases").status == 405


def first_sign_in(console):
    client = console.client()
    assert client.sign_in("admin", "wrong password here", 401).problem == "credentials"
    assert client.sign_in("nobody", "wrong password here", 401).problem == "credentials"
    told = client.sign_in("admin", console.admin_password)
    assert told.json["account"]["must_change"] and told.json["permissions"] == [], told
    cookies = told.headers.get_all("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-hufu"), cookie
        for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
            assert word in cookie, cookie
    assert client.ask("GET", "/api/cases").problem == "must-change"
    assert client.get("/api/session")["account"]["must_change"]
    other = console.client()
    other.sign_in("admin", console.admin_password)
    client.do("PUT", "/api/session/password", {"old": console.admin_password, "new": PASSWORD}, 204)
    assert other.ask("GET", "/api/session").status == 401, "other sessions end with a change of password"
    session = client.get("/api/session")
    assert session["account"] == {"name": "admin", "role": "admin", "must_change": False, "totp": False}, session
    assert {"see", "work", "accounts"} <= set(session["permissions"]) and "read" not in session["permissions"]
    client.get("/api/cases")
    return client


def forged(client):
    """A change wants the token, and comes from here."""
    body = {"old": PASSWORD, "new": PASSWORD + "!"}
    assert client.ask("PUT", "/api/session/password", body, {"X-CSRF-Token": "x" * 43}).problem == "csrf"
    csrf, client.csrf = client.csrf, None
    assert client.ask("PUT", "/api/session/password", body).problem == "csrf"
    client.csrf = csrf
    assert client.ask("DELETE", "/api/session", None, {"Origin": "https://evil.example"}).problem == "origin"
    assert client.ask("DELETE", "/api/session", None, {"Sec-Fetch-Site": "cross-site"}).problem == "origin"
    assert client.ask("POST", "/api/login", {"name": "admin", "password": PASSWORD},
                      {"Origin": "https://evil.example"}).problem == "origin"
    client.get("/api/session")


def headers(client):
    for path in ("/", "/api/cases", "/api/nothing", "/healthz", "/api/session"):
        told = client.ask("GET", path)
        policy = told.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, told
        assert told.headers["Strict-Transport-Security"] and told.headers["X-Content-Type-Options"] == "nosniff"
        assert told.headers["Referrer-Policy"] == "no-referrer"
        assert told.headers["Cache-Control"] in ("no-store", "no-cache"), told
        assert "Server" not in told.headers


def tls(console):
    warnings.simplefilter("ignore", DeprecationWarning)
    for version, good in ((ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)):
        context = ssl.create_default_context(cafile=console.certificate)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        try:
            with socket.create_connection(("127.0.0.1", console.port), timeout=20) as plain:
                with context.wrap_socket(plain, server_hostname="localhost"):
                    assert good, version
        except (ssl.SSLError, ConnectionResetError):
            assert not good, version
    with socket.create_connection(("127.0.0.1", console.port), timeout=20) as plain:  # no HTTP without TLS
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            assert b"HTTP/" not in plain.recv(4096)
        except ConnectionResetError:
            pass
    key = console.stage.work / "store" / "serve" / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    told = subprocess.run(["openssl", "x509", "-in", console.certificate, "-noout", "-fingerprint", "-sha256"],
                          capture_output=True, text=True, check=True).stdout
    assert told.strip().split("=")[1] in console.log(), told


def paths(client):
    """No address reaches a file that is none of the page's."""
    for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fetc%2fpasswd", "/..%00/x.html",
                 "//etc/passwd", "/assets/%ff.js", "/" + "a" * 5000, "/.env", "/api/cases/%2e%2e", "/api/cases/..%2f1",
                 "/api/cases/%00", "/api/cases/" + "9" * 600, "/api/cases/%e4%b8%80"):
        told = client.ask("GET", path)
        assert told.status in (400, 404, 414, 431), (path, told)
        assert b"root:" not in told.body


def signing_out(console, client):
    client.do("DELETE", "/api/session", status=204)
    assert client.ask("GET", "/api/session").status == 401
    assert client.ask("GET", "/api/cases").status == 401


def guessing(console):
    """Who guesses is slowed down, and keeps nobody out who was let in before from where he is."""
    known = console.client()
    known.sign_in("admin")
    guesser, slow = console.client(), False
    for _ in range(12):
        told = guesser.ask("POST", "/api/login", {"name": "admin", "password": "not the password"})
        slow |= told.status == 429 and int(told.headers["Retry-After"]) > 0
        assert told.status in (401, 429), told
    assert slow
    known.csrf = None
    known.sign_in("admin")


def nothing_in_the_log(console):
    text = console.log()
    for secret in (PASSWORD, "wrong password here", "cursor=", "lang="):
        assert secret not in text, secret
    assert all({"method", "route", "status", "us", "client"} <= set(line) for line in console.requests())


def test(stage, console):
    stage.routes = [line.split() for line in stage.hufu("serve", "--routes").stdout.splitlines()]
    assert len(stage.routes) > 20
    strangers(stage, console)
    client = first_sign_in(console)
    client.ask("GET", "/api/cases?lang=zh&cursor=1.1")
    forged(client)
    headers(client)
    tls(console)
    paths(client)
    signing_out(console, client)
    guessing(console)
    nothing_in_the_log(console)


staged("door", test)
