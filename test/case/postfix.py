"""Debian's Postfix on a free loopback port, with queue, configuration and mailboxes of its own. Needs root."""
import os
import pwd
import shutil
import socket
import subprocess
import time

MAIN = """compatibility_level = 3.6
queue_directory = {work}/queue
data_directory = {work}/data
mail_owner = postfix
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.carmaker.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_base = {work}/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = yes
maillog_file = {work}/log/maillog
maillog_file_prefixes = {work}
"""
MASTER = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    @staticmethod
    def possible():
        return os.getuid() == 0 and shutil.which("postfix")

    def __init__(self, work, **settings):
        """`{work}` in a setting is its folder."""
        self.work = work
        user = pwd.getpwnam("postfix")
        for name in ("etc", "queue", "data", "boxes", "log"):
            (work / name).mkdir(parents=True, mode=0o755)
        for name in ("data", "boxes"):
            shutil.chown(work / name, "postfix", "postfix")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        more = "".join(f"{name} = {value.format(work=work)}\n" for name, value in settings.items())
        (work / "etc/main.cf").write_text(MAIN.format(work=work, uid=user.pw_uid, gid=user.pw_gid) + more)
        (work / "etc/master.cf").write_text(MASTER.format(port=self.port))

    def control(self, word):
        return subprocess.run(["postfix", "-c", str(self.work / "etc"), word], capture_output=True, text=True)

    def start(self):
        self.control("check")
        started = self.control("start")
        assert started.returncode == 0, (started, list((self.work / "log").glob("*")))

    def stop(self):
        self.control("stop")

    def box(self, name, count, seconds=10):
        """Its mails, once there are so many."""
        box, until = self.work / "boxes" / name / "new", time.monotonic() + seconds
        while time.monotonic() < until and (not box.is_dir() or len(os.listdir(box)) < count):
            time.sleep(0.1)
        mails = list(box.iterdir()) if box.is_dir() else []
        assert len(mails) == count, (name, len(mails), count)
        return mails
