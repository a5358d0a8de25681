"""The channels of escalation against what people run: channels.py HUFU PART

  tls      STARTTLS and SMTPS with certificates of the test's own, logging in, what is refused without them
  syslog   the system's log, by a socket at /dev/log in a mount namespace of its own (needs root)
  postfix  Debian's Postfix, started on a loopback port with a configuration of its own, delivering (needs root)
"""
import json
import os
import socket
import ssl
import subprocess
import sys
import time

from post import Mail, parsed
from postfix import Postfix
from stage import Stage

stage = Stage(sys.argv[1], "channels")
SKIP = 77


def settings(**values):
    for name in [name for name in stage.env if name.startswith(("HUFU_MAIL_", "HUFU_ESCALATION_"))]:
        del stage.env[name]
    values = {"MAIL_FROM": "虎符 <hufu@carmaker.example>", "MAIL_TIMEOUT": "10s", "ESCALATION_SYSLOG": "false", **values}
    stage.env.update({"HUFU_" + name: str(value) for name, value in values.items()})


def tick(code=0):
    return json.loads(stage.hufu("case", "tick", "--json", code=code).stdout)["escalation"]


def again(case):
    for row in stage.said("case", "told", case):
        if row["state"] in ("planned", "refused", "doubt"):
            stage.hufu("case", "told", case, row["n"], "again")


def new_case():
    case = stage.said("case", "open", stage.work / "note.txt")["id"]
    stage.hufu("case", "fact", case, "people=50", "sector=other")
    return case


# ---- TLS, logging in ----

def certificate(name):
    key, cert = stage.work / f"{name}.key", stage.work / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert,
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


class Smtps(Mail):
    """TLS from the first byte."""

    def serve(self, peer):
        try:
            peer = self.tls.wrap_socket(peer, server_side=True)
        except (OSError, ssl.SSLError):
            return
        inner, self.tls = self.tls, None
        try:
            super().serve(peer)
        finally:
            self.tls = inner


def tls():
    cert, context = certificate("one")
    other, _ = certificate("other")
    password = stage.write("password", "a pass word 密\n")
    password.chmod(0o600)
    case = new_case()
    mail = Mail(tls=context, login=("hufu", "a pass word 密"))
    at = {"MAIL_SERVER": f"smtp://localhost:{mail.port}", "ESCALATION_MAIL": "li@carmaker.example"}
    login = {"MAIL_USER": "hufu", "MAIL_PASSWORD_FILE": password}
    # Offered TLS is used, and its certificate must hold.
    for trust in ({}, {"MAIL_CA_FILE": other}):
        settings(**at, **login, **trust)
        assert "certificate does not hold" in tick(1)["waiting"][0]["why"] and not mail.got
        again(case)
    settings(**at, MAIL_CA_FILE=cert)
    rows = tick(1)["refused"]
    assert rows[0]["code"] == 530, rows
    again(case)
    stage.write("wrong", "wrong\n").chmod(0o600)
    settings(**at, MAIL_CA_FILE=cert, MAIL_USER="hufu", MAIL_PASSWORD_FILE=stage.work / "wrong")
    row = tick(1)["waiting"][0]
    assert row["why"] == "the mail server refuses the login" and row["code"] == 535, row
    again(case)
    settings(**at, **login, MAIL_CA_FILE=cert)
    told = tick()["told"]
    assert told and len(told) == len(mail.got) and "STARTTLS" in mail.commands
    assert not any("pass word" in command for command in mail.commands)
    # Without TLS: not where it is demanded, and a password file that others may read is none.
    bare = Mail()
    case = new_case()
    at["MAIL_SERVER"] = f"smtp://localhost:{bare.port}"
    settings(**at, MAIL_REQUIRE_TLS="true")
    assert "offers no TLS" in tick(1)["waiting"][0]["why"] and not bare.got
    again(case)
    password.chmod(0o644)
    settings(**at, **login)
    assert "may be read by others" in tick(1)["waiting"][0]["why"] and not bare.got
    again(case)
    settings(**at)
    assert tick()["told"] and bare.got
    # TLS from the first byte.
    secure = Smtps(tls=context)
    case = new_case()
    settings(**{**at, "MAIL_SERVER": f"smtps://localhost:{secure.port}"}, MAIL_CA_FILE=cert)
    assert len(tick()["told"]) == len(secure.got) > 0


# ---- the system's log ----

WORLD = """set -e
mkdir -p "$1/dev"
mount -t tmpfs none "$1/dev"
for node in null zero urandom random; do touch "$1/dev/$node"; mount --bind /dev/$node "$1/dev/$node"; done
touch "$1/dev/log"
mount --bind "$1/log.socket" "$1/dev/log"
mount --rbind "$1/dev" /dev
shift
exec "$@"
"""


def syslog():
    if os.getuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        return SKIP
    case = new_case()
    settings(ESCALATION_SYSLOG="true")
    if not os.path.exists("/dev/log"):
        rows = tick(1)["waiting"]
        assert "no system log at /dev/log" in rows[0]["why"] and "away" in rows[1]["why"], rows
        again(case)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(str(stage.work / "log.socket"))
    log.settimeout(5)
    # The key of a test lies under /tmp, the program where it was built: only /dev is another one.
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", WORLD, "sh", str(stage.work), stage.program,
                           "case", "tick", "--json"], env=stage.env, capture_output=True, text=True)
    assert done.returncode == 0, done
    told = json.loads(done.stdout)["escalation"]["told"]
    lines = [log.recv(4096).decode() for _ in told]
    assert told and len(lines) == len({line.split("[")[-1] for line in lines})
    first = next(line for line in lines if "CN-PIPL-57a" in line)
    # <29>: facility daemon (3), notice (5)
    assert first.startswith("<29>") and "hufu[" in first and f"【虎符】{case} CN-PIPL-57a 义务产生 / arose" in first, first
    assert {line.rsplit("[", 1)[1].rstrip("]\0\n") for line in lines} == {row["message"] for row in told}
    settings(ESCALATION_SYSLOG="true")
    assert not tick()["told"]


# ---- Postfix ----

def postfix():
    if not Postfix.possible():
        return SKIP
    server = Postfix(stage.work / "postfix", virtual_mailbox_domains="staff.example", virtual_mailbox_maps="texthash:{work}/users")
    (server.work / "users").write_text("li@staff.example li/\n")
    try:
        server.start()
        case = new_case()
        settings(MAIL_SERVER=f"smtp://127.0.0.1:{server.port}", ESCALATION_MAIL="li@staff.example,nobody@staff.example")
        out = tick(1)
        told = [row for row in out["told"] if row["to"] == "li@staff.example"]
        assert len(told) == len(out["told"]) > 0, out
        assert {(row["to"], row["code"], row["status"]) for row in out["refused"]} == {("nobody@staff.example", 550, "5.1.1")}, out
        mails = [parsed(path.read_bytes()) for path in server.box("li", len(told))]
        assert sorted(m["Message-ID"] for m in mails) == sorted(f"<{row['message']}@carmaker.example>" for row in told)
        assert all(m["From"].addresses[0].display_name == "虎符" and f"案件：{case}" in m.get_content() for m in mails)
        assert not any("X-" in name for mail in mails for name in mail.keys() if name != "X-Original-To")
    finally:
        server.stop()


PARTS = {"tls": tls, "syslog": syslog, "postfix": postfix}


def main():
    try:
        stage.hufu("init")
        stage.write("note.txt", "somebody called\n")
        return PARTS[sys.argv[2]]() or 0
    finally:
        stage.done()


sys.exit(main())
