"""A PostgreSQL server for the bench, the one that the case tests start: serve-postgres.py start|stop DIR

DIR/port says where it listens."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test/case"))
from stage import Server  # noqa: E402

what, work = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
if (work / "port").exists():
    server = Server.__new__(Server)
    server.bin, server.user, server.port = (work / "server").read_text().split("\n")
    server.data = work / "postgres"
    server.start() if what == "start" else server.stop()
else:
    work.mkdir(parents=True)
    server = Server(work, {})
    (work / "server").write_text(f"{server.bin}\n{server.user}\n{server.port}")
    (work / "port").write_text(str(server.port))
