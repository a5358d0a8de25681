"""Tables of databases as sources: databases.py HUFU

The same rows as a file, in SQLite, in a PostgreSQL and in a MariaDB that the test starts: each is the same snapshot to
`seal`, and has the contacts that notices are sent to. Names that quote, bad places and servers that stop are told."""
import glob
import os
import pathlib
import pwd
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "case"))
from people import HEADER, csv, customers, open_case, settings  # noqa: E402
from post import Mail  # noqa: E402
from stage import Server, Stage  # noqa: E402

stage = Stage(sys.argv[1], "databases")
ODD = 'odd "table`; drop'
ROWS = [[*row, None if i % 3 == 0 else f"备注\"{i}'\\,"] for i, row in enumerate(customers(3000))]
COLUMNS = [*HEADER, "note"]


def quoted(cell):
    return "" if cell is None else '"' + cell.replace('"', '""') + '"' if '"' in cell else cell


class MariaDB:
    """MariaDB on a free loopback port, with a password in an option file."""

    def __init__(self, work):
        self.user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.data, self.home = work / "mariadb", work / "mariadb-run"
        for path in (self.data, self.home):
            path.mkdir()
            if os.getuid() == 0:
                shutil.chown(path, self.user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        subprocess.run([*self.as_user(), "mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
                        "--auth-root-authentication-method=normal", f"--tmpdir={self.home}"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        self.socket = self.home / "socket"
        self.child = subprocess.Popen([*self.as_user(), "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}",
                                       f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.home}/pid", f"--tmpdir={self.home}",
                                       "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        for _ in range(300):
            if subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "-e", "select 1"], capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        self.sql("create database company character set utf8mb4; create user hufu@'127.0.0.1' identified by 'not in argv';"
                 "grant select on company.* to hufu@'127.0.0.1'")

    def as_user(self):
        return ["setpriv", f"--reuid={self.user}", "--clear-groups"] if os.getuid() == 0 else []

    def sql(self, text):
        subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "--default-character-set=utf8mb4"], input=text.encode(), check=True)

    def stop(self):
        self.child.terminate()
        self.child.wait()


def literal(cell):
    return "null" if cell is None else "'" + cell.replace("\\", "\\\\").replace("'", "''") + "'"


def fill_mariadb(server):
    for name in ("customers", ODD.replace("`", "``")):
        server.sql(f"use company; create table `{name}` ({', '.join(f'{c} text' for c in COLUMNS)}); insert into `{name}` values "
                   + ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in ROWS))
    file = stage.write("client.cnf", f"[client]\nhost=127.0.0.1\nport={server.port}\nuser=hufu\npassword='not in argv'\ndatabase=company\n")
    file.chmod(0o600)
    return file


def fill_postgres(server):
    def text(cell):
        return "null" if cell is None else "'" + cell.replace("'", "''") + "'"

    script = ""
    for name in ("customers", ODD.replace('"', '""')):
        script += f'create table "{name}" ({", ".join(f"{c} text" for c in COLUMNS)}); insert into "{name}" values '
        script += ", ".join("(" + ", ".join(map(text, row)) + ")" for row in ROWS) + ";\n"
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "service=cases"], input=script.encode(), check=True, env=stage.env)


def fill_sqlite():
    file = stage.work / "company.db"
    db = sqlite3.connect(file)
    for name in ("customers", ODD.replace('"', '""')):
        db.execute(f'create table "{name}" ({", ".join(COLUMNS)})')
        db.executemany(f'insert into "{name}" values (?, ?, ?, ?, ?, ?)', ROWS)
    db.execute("create view oddly as select customer_id, cast(x'ff41' as text) broken from customers")
    db.commit()
    db.close()
    return file


def seal(source, code=0):
    return stage.hufu("seal", "customers", source, "--as-of", "2022-10-31", "--person", "customer_id", code=code)


def test_same(places):
    """The file was sealed; a table of the same rows is the same snapshot, not one cell differs."""
    for place in places:
        for name in ("customers", ODD):
            done = seal(f"{place};table={name}")
            assert "nothing changed" in done.stdout, done


def test_contacts(places):
    mail = Mail()
    settings(stage, mail)
    leak = stage.write("leak.csv", csv([row[:3] for row in ROWS[:50]], HEADER[:3]))
    for place in places:
        case = open_case(stage, leak)
        stage.hufu("case", "notice", case, "write")
        stage.hufu("case", "notice", case, "release", "--released-by", "王法务")
        mail.got.clear()
        assert stage.said("case", "notice", case, "send", "--from", f"customers={place};table=customers")["sent"] == 50, place
        assert sorted(to.split("<")[1].split(">")[0] for to, _ in mail.got) == sorted(row[3] for row in ROWS[:50])
    # A leak is named by such a table too.
    listed = stage.work / "listed"
    stage.hufu("match", leak, "--people", listed, "--from", f"{places[0]};table=customers")
    assert sorted(listed.read_text().split()) == sorted(row[0] for row in ROWS[:50])


def test_refused(places):
    for place in places:
        line = refused(f"{place};table=nobody")
        assert "no such table" in line or "does not let its user" in line, line
        line = refused(f"{place};table=nobody.customers")
        assert "no such" in line or "does not let its user" in line, line
        assert "a place and a table" in refused(place)
        assert "name is none" in refused(f"{place};table=")
        assert "name is none" in refused(f"{place};table=a\nb")
        assert refused(f"{place};table=customers\" union select 1 --")
    for place in ("sqlite:", "sqlite:/nowhere/at/all", "postgres:service=nobody", "postgres:host=127.0.0.1", "mysql:/nowhere"):
        refused(f"{place};table=customers")
    open_file = stage.write("open.cnf", "[client]\npassword=x\n")
    open_file.chmod(0o644)
    assert "read by others" in refused(f"mysql:{open_file};table=customers")
    assert "no SQLite file" in refused(f"sqlite:{stage.write('text.db', 'no database ' * 1000)};table=customers")
    broken = stage.hufu("seal", "broken", f"sqlite:{stage.work}/company.db;table=oddly", "--as-of", "2022-10-31")
    assert broken.returncode == 0


def refused(source):
    return stage.refused("seal", "customers", source, "--as-of", "2022-11-30", "--person", "customer_id")


def main():
    servers = []
    try:
        stage.hufu("init")
        table = stage.write("customers.csv", ",".join(COLUMNS) + "\n" + "".join(",".join(map(quoted, row)) + "\n" for row in ROWS))
        seal(table)
        servers.append(Server(stage.work, stage.env))
        stage.env.pop("HUFU_DB")
        fill_postgres(servers[0])
        servers.append(MariaDB(stage.work))
        places = [f"sqlite:{fill_sqlite()}", "postgres:service=cases", f"mysql:{fill_mariadb(servers[1])}"]
        test_same(places)
        test_contacts(places)
        test_refused(places)
        for server, place in zip(servers, places[1:]):
            server.stop()
            assert "reached" in refused(f"{place};table=customers")
        servers.clear()
    finally:
        for server in servers:
            server.stop()
        stage.done()


main()
