"""What tests of the incident share: a store of their own, the program, and a PostgreSQL of their own."""
import glob
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile


class Stage:
    def __init__(self, program, name):
        self.program = os.path.abspath(program)
        self.work = pathlib.Path(tempfile.mkdtemp(prefix=f"hufu-{name}-"))
        self.work.chmod(0o755)
        self.env = dict(os.environ, HUFU_STORE=str(self.work / "store"), HUFU_KEY_FILE=str(self.work / "key"), TZ="UTC")
        for name in ("HUFU_DB", "HUFU_DUTIES"):
            self.env.pop(name, None)

    def run(self, *words, **env):
        return subprocess.run([self.program, *map(str, words)], env=dict(self.env, **env), capture_output=True,
                              encoding="utf-8", errors="surrogateescape", timeout=120)

    def hufu(self, *words, code=0, **env):
        done = self.run(*words, **env)
        assert done.returncode == code, f"hufu {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def said(self, *words, **env):
        return json.loads(self.hufu(*words, "--json", **env).stdout)

    def refused(self, *words, **env):
        """One clear line, and nothing else."""
        done = self.hufu(*words, code=2, **env)
        assert not done.stdout and done.stderr.count("\n") == 1 and done.stderr.startswith("hufu: "), done
        return done.stderr

    def start(self, *words, out=subprocess.DEVNULL):
        return subprocess.Popen([self.program, *map(str, words)], env=self.env, stdout=out, stderr=subprocess.DEVNULL)

    def write(self, name, content):
        path = self.work / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def done(self):
        shutil.rmtree(self.work, ignore_errors=True)


class Server:
    """PostgreSQL on a free loopback port, with one database, to which the stage's environment then points."""

    def __init__(self, work, env):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.data = work / "postgres"
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.data.mkdir()
        if os.getuid() == 0:
            shutil.chown(self.data, "postgres", "postgres")
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "hufu", "-E", "UTF8", "--no-sync")
        self.start()
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "hufu", "cases")
        service = work / "pg_service.conf"
        service.write_text(f"[cases]\nhost=127.0.0.1\nport={self.port}\nuser=hufu\ndbname=cases\n")
        env.update(HUFU_DB="service=cases", PGSERVICEFILE=str(service))

    def run(self, program, *words):
        as_user = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"] if os.getuid() == 0 else []
        subprocess.run([*as_user, f"{self.bin}/{program}", *map(str, words)], check=True, stdout=subprocess.DEVNULL,
                       cwd="/")

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.data / "log", "-o",
                 f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off", "start")

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
