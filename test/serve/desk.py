"""What tests of the console share: the server in a store of its own, and a client that does what the page does."""
import http.client
import json
import os
import pathlib
import pwd
import re
import signal
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "case"))
from stage import Server, Stage  # noqa: E402

PASSWORD = "a long enough password"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        assert self.headers["Content-Type"] == "application/problem+json", self
        told = self.json
        assert told["status"] == self.status and told["detail"] and told["title"], told
        return told["type"].removeprefix("/problems/")

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:400]!r}"


class Client:
    """One browser: cookies, the token against forged requests, the case as it was seen last."""

    def __init__(self, console, source=None):
        self.console, self.source = console, source
        self.cookies, self.csrf, self.connection = {}, None, None

    def connect(self):
        context = ssl.create_default_context(cafile=self.console.certificate)
        self.connection = http.client.HTTPSConnection("127.0.0.1", self.console.port, context=context, timeout=60,
                                                      source_address=self.source)

    def ask(self, method, path, body=None, headers=None, raw=None):
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        if method not in ("GET", "HEAD") and self.csrf:
            sent["X-CSRF-Token"] = self.csrf
        if body is not None:
            raw, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        sent.update(headers or {})
        for again in (True, False):
            if not self.connection:
                self.connect()
            try:
                self.connection.request(method, path, body=raw, headers=sent)
                answer = self.connection.getresponse()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.connection.close()
                self.connection = None
                if not again:
                    raise
        told = Answer(answer.status, answer.headers, answer.read())
        if answer.will_close:
            self.connection.close()
            self.connection = None
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return told

    def get(self, path, status=200):
        told = self.ask("GET", path)
        assert told.status == status, (path, told)
        return told.json if told.body else None

    def do(self, method, path, body=None, status=200, **headers):
        told = self.ask(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        assert told.status == status, (method, path, told)
        return told.json if told.body else None

    def change(self, method, case, what, body, status=200):
        """A change of a case as it is now."""
        seen = self.ask("GET", f"/api/cases/{case}").headers["ETag"]
        return self.do(method, f"/api/cases/{case}/{what}", body, status, If_Match=seen)

    def sign_in(self, name, password=PASSWORD, status=200, **more):
        told = self.ask("POST", "/api/login", dict(name=name, password=password, **more))
        assert told.status == status, told
        if status == 200:
            self.csrf = told.json["csrf"]
        return told

    def begin(self, name, one_time, password=PASSWORD):
        """The first sign-in of an account."""
        assert self.sign_in(name, one_time).json["account"]["must_change"]
        self.do("PUT", "/api/session/password", {"old": one_time, "new": password}, 204)
        return self


class Console:
    def __init__(self, stage):
        self.stage, self.process, self.admin_password = stage, None, None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.certificate = str(stage.work / "store" / "serve" / "certificate.pem")
        self.log_path = stage.work / "serve.log"
        self.start()

    def start(self):
        began = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.stage.program, "serve", "--listen", f"127.0.0.1:{self.port}"],
                                            env=self.stage.env, stdout=log, stderr=log)
        for _ in range(600):
            told = self.log_path.read_bytes()[began:].decode()
            if '"event":"start"' in told:
                break
            assert self.process.poll() is None, told
            time.sleep(0.05)
        else:
            raise AssertionError(told)
        made = re.search(r"one-time password (\S+)", told)
        self.admin_password = made.group(1) if made else self.admin_password

    def client(self, **how):
        return Client(self, **how)

    def admin(self):
        client = self.client().begin("admin", self.admin_password)
        if "HUFU_DB" in self.stage.env:  # on PostgreSQL the command line's user needs an account as soon as there are any
            client.do("POST", "/api/accounts", {"name": pwd.getpwuid(os.getuid()).pw_name, "role": "responder"}, 201)
        return client

    def log(self):
        return self.log_path.read_text()

    def requests(self):
        return [json.loads(line) for line in self.log().splitlines() if line.startswith('{"at"') and '"request"' in line]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=40) == 0, self.log()[-2000:]

    def memory(self):
        """Resident kilobytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


MAIL = """Received: from mx.example.net (mx.example.net [192.0.2.7]) by mail.example.cn; Sun, 11 Dec 2022 09:30:00 +0800
From: seller <seller@example.net>
To: office@example.cn
Subject: your data
Date: Sun, 11 Dec 2022 09:29:00 +0800

We have all your data. Pay 2.25 million USD in bitcoin within 7 days.
员工数据 2.28万条 0.15 BTC；车主身份证 3.99万条 0.25 BTC；全部打包 1 BTC
"""


def staged(name, test):
    """Runs a test on a store of its own, on SQLite or PostgreSQL as the command line says."""
    program, database = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    stage = Stage(program, f"serve-{name}")
    server = console = None
    try:
        if database == "postgres":
            server = Server(stage.work, stage.env)
        stage.hufu("init", "--zone", "Asia/Shanghai")
        console = Console(stage)
        test(stage, console)
        console.stop()
        assert "Sanitizer" not in console.log() and "runtime error" not in console.log(), console.log()[-6000:]
    finally:
        if console and console.process.poll() is None:
            console.kill()
        if server:
            server.stop()
        stage.done()
    print("ok")
