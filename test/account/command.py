"""hufu account as people and scripts use it: command.py HUFU [postgres]

Passwords come on standard input or a terminal without echo, never as an argument, and are nowhere to be read later."""
import os
import pathlib
import pty
import pwd
import select
import sys
import subprocess

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "case"))
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
stage = Stage(sys.argv[1], "account")
hufu, said, refused = stage.hufu, stage.said, stage.refused
ME = pwd.getpwuid(os.getuid()).pw_name
PASSWORD, OTHER = "three grey herons at dusk", "虎符在左，令牌在右，两半相合"


def feed(text, *words, code=0):
    done = subprocess.run([stage.program, *words], env=stage.env, input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (words, done)
    return done


def typed(lines, *words):
    """The same at a terminal: what it shows, and how it ended."""
    pid, terminal = pty.fork()
    if not pid:
        os.execve(stage.program, [stage.program, *words], stage.env)
    shown = b""
    for line in lines:
        while not shown.rstrip().endswith(b":"):
            shown += os.read(terminal, 4096)
        os.write(terminal, line.encode() + b"\n")
        shown += b"|"
    while True:
        try:
            if not select.select([terminal], [], [], 20)[0]:
                break
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        shown += more
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def added():
    if POSTGRES:
        assert "make an admin first" in refused("account", "add", "li", "--role", "legal")
        # The first one binds: whoever runs this must be an admin himself to go on.
        assert len(said("account", "add", ME, "--role", "admin")["one_time"]) == 24
    told = said("account", "add", "li", "--role", "legal", "--contact", "ext. 17")
    assert told["name"] == "li" and len(told["one_time"]) == 24, told
    account = next(a for a in said("account", "list") if a["name"] == "li")
    assert (account["role"], account["contact"], account["must_change"], account["totp"]) == ("legal", "ext. 17", True, False)
    assert told["one_time"] not in hufu("account", "list").stdout + hufu("account", "log").stdout
    for words in (("add", "li", "--role", "legal"), ("add", "LI", "--role", "legal"), ("add", "x"), ("add", "-x", "--role", "legal"),
                  ("add", "\x1b[2J", "--role", "legal"), ("add", "x", "--role", "king"), ("add", "\udcff", "--role", "legal"),
                  ("role", "li", "king"), ("role", "nobody", "legal"), ("reset", "nobody"), ("disable", "nobody"),
                  ("sessions", "nobody"), ("totp", "li", "perhaps"), ("totp", "nobody"), ("perhaps",), (), ("password",),
                  ("password", "li", PASSWORD)):
        refused("account", *words)
    assert "did you mean list" in refused("account", "lst")


def passwords():
    if POSTGRES:  # no owner there: one's own, and the old one is asked first
        done = feed(f"{OTHER}\n{PASSWORD}\n", "account", "password", "li", code=2)
        assert "only his own" in done.stderr, done
        one_time = said("account", "reset", ME)["one_time"]
        done = feed(f"not it, not it\n{PASSWORD}\n", "account", "password", ME, code=2)
        assert "old password is wrong" in done.stderr, done
        feed(f"{one_time}\n{PASSWORD}\n", "account", "password", ME)
        return
    for bad in ("", "\n", "too short\n", "li\n", "x" * 1025 + "\n"):
        done = feed(bad, "account", "password", "li", code=2)
        assert done.stderr.count("\n") == 1 and not done.stdout, done
    feed(f"{PASSWORD}\n", "account", "password", "li")
    assert not said("account", "list")[0]["must_change"]
    done = feed(f"{PASSWORD}\n", "account", "password", "li", code=2)
    assert "is the old one" in done.stderr, done
    shown, code = typed([OTHER, OTHER], "account", "password", "li")
    assert code == 0 and OTHER not in shown and shown.count("|") == 2, (code, shown)
    shown, code = typed([PASSWORD, "something else, longer"], "account", "password", "li")
    assert code == 2 and "differ" in shown and PASSWORD not in shown, (code, shown)


def codes():
    name = ME if POSTGRES else "li"
    assert "off" in hufu("account", "totp", name).stdout
    done = feed("000000\n", "account", "totp", name, "on", code=2)
    assert "otpauth://totp/hufu:" in done.stdout and "not the code of now" in done.stderr, done
    assert "off" in hufu("account", "totp", name).stdout
    hufu("account", "totp", name, "off")


def ended():
    hufu("account", "role", "li", "auditor")
    hufu("account", "disable", "li")
    assert said("account", "sessions", "li") == [] and said("account", "sessions", "li", "--end") == []
    hufu("account", "enable", "li")
    told = said("account", "reset", "li")
    log = [(entry["what"], entry["whom"]) for entry in said("account", "log")]
    for what in ("account added", "role changed", "disabled", "enabled", "password reset"):
        assert (what, "li") in log, log
    assert all(entry["by"] == ME for entry in said("account", "log"))
    if POSTGRES:
        assert "last admin" in refused("account", "disable", ME)
    for path in (stage.work / "store").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for secret in (PASSWORD, OTHER, told["one_time"]):
            assert secret.encode() not in content, path


server = Server(stage.work, stage.env) if POSTGRES else None
try:
    hufu("init")
    added()
    passwords()
    codes()
    ended()
finally:
    if server:
        server.stop()
    stage.done()
