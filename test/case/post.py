"""Servers that a tick talks to: one that takes mail, or does not, as it is told; one for webhooks."""
import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import socket
import ssl
import threading
import time


class Mail(threading.Thread):
    """SMTP on a free loopback port. `how` says what it does with the next mails:
    accept, half (refuses every second), tired (421 and away after every third), refuse (550 to RCPT), later (451), refuse-data, later-data (after all of it), hang, hang-data, drop
    (in the middle), drop-data (all of it was read, no answer)."""

    def __init__(self, tls=None, login=None):
        super().__init__(daemon=True)
        self.how, self.tls, self.login = "accept", tls, login
        self.got, self.tried, self.connections, self.commands = [], 0, 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.held = []  # connections left hanging
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def stop(self):
        self.listener.close()

    def serve(self, peer):
        try:
            Talk(self, peer).run()
        except (OSError, EOFError, ssl.SSLError):
            pass


class Talk:
    def __init__(self, server, peer):
        self.server, self.peer, self.secure, self.known, self.taken = server, peer, False, False, 0
        self.lines = peer.makefile("rb")

    def say(self, text):
        self.peer.sendall(text.encode() + b"\r\n")

    def line(self):
        line = self.lines.readline()
        if not line:
            raise EOFError
        return line

    def hang(self):
        self.server.held.append(self.peer)
        time.sleep(30)
        raise EOFError

    def run(self):
        if self.server.how == "hang":
            self.hang()
        self.say("220 mail.carmaker.example ready")
        while True:
            word = self.line().decode().strip()
            self.server.commands.append(word)
            name = word.split(" ")[0].upper()
            if name == "QUIT":
                self.say("221 bye")
                return self.peer.close()
            getattr(self, "on_" + name.lower(), self.on_other)(word)

    def on_other(self, word):
        self.say("250 2.0.0 fine")

    def on_ehlo(self, word):
        offers = ["mail.carmaker.example"]
        if self.server.tls and not self.secure:
            offers.append("STARTTLS")
        if self.server.login and self.secure:
            offers.append("AUTH PLAIN")
        for i, offer in enumerate(offers):
            self.say(f"250{' ' if i == len(offers) - 1 else '-'}{offer}")

    def on_starttls(self, word):
        self.say("220 go on")
        self.peer = self.server.tls.wrap_socket(self.peer, server_side=True)
        self.lines = self.peer.makefile("rb")
        self.secure = True

    def on_auth(self, word):
        given = word.split(" ")[2:]
        if not given:
            self.say("334 ")
            given = [self.line().decode().strip()]
        good = base64.b64decode(given[0]).split(b"\0")[1:] == [w.encode() for w in self.server.login]
        self.known = good
        self.say("235 2.7.0 welcome" if good else "535 5.7.8 no")

    def on_mail(self, word):
        if self.server.how == "tired" and self.taken == 3:
            self.say("421 4.7.0 too many in one connection")
            self.peer.shutdown(socket.SHUT_RDWR)
            raise EOFError
        self.say("250 2.1.0 fine")

    def on_rcpt(self, word):
        self.server.tried += 1
        self.to = word
        how = self.server.how
        if how == "half" and self.server.tried % 2:
            return self.say("550 5.7.1 not this one")
        if self.server.login and not self.known:
            return self.say("530 5.7.0 log in first")
        self.say({"refuse": "550 5.1.1 nobody <li@carmaker.example> of that name", "later": "451 4.7.1 greylisted"}.get(how, "250 2.1.5 fine"))

    def on_data(self, word):
        self.say("354 go on")
        how, lines = self.server.how, []
        while (line := self.line()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
            if how == "drop":
                self.peer.shutdown(socket.SHUT_RDWR)
                raise EOFError
        whole = b"".join(lines)
        self.taken += 1
        if how in ("accept", "half", "tired") or how.endswith("-taken"):
            self.server.got.append((self.to, whole))
        if how == "hang-data":
            self.hang()
        if how in ("drop-data", "drop-data-taken"):
            self.peer.shutdown(socket.SHUT_RDWR)
            raise EOFError
        self.say({"refuse-data": "554 5.6.0 not this", "later-data": "452 4.2.2 full"}.get(how, "250 2.0.0 taken"))


def parsed(whole):
    return email.message_from_bytes(whole, policy=email.policy.default)


class Hook:
    """A webhook on a free loopback port; `code` is what it answers, None: nothing at all."""

    def __init__(self, secret):
        self.secret, self.code, self.got, self.tried = secret, 204, [], 0
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                want = "sha256=" + hmac.new(hook.secret, body, hashlib.sha256).hexdigest()
                assert hmac.compare_digest(want, self.headers["X-Hufu-Signature"]), "the signature is wrong"
                hook.tried += 1
                if hook.code is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if hook.code < 300:
                    hook.got.append((self.headers["X-Hufu-Delivery"], json.loads(body)))
                self.send_response(hook.code)
                if hook.code == 302:
                    self.send_header("Location", self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/secret-token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Gateway:
    """Takes text messages as JSON; `code` is what it answers, None: nothing at all."""

    def __init__(self, token):
        self.code, self.got, self.wrong = 200, [], 0
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                good = self.headers["Authorization"] == f"Bearer {token}" and self.headers["Idempotency-Key"] == body["id"]
                gateway.wrong += not good
                if gateway.code is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if gateway.code < 300:
                    gateway.got.append(body)
                self.send_response(gateway.code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sms"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
