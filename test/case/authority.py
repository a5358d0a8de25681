"""A time stamping authority of a test's own: certificates by `openssl`, stamps by `openssl ts`, over HTTP on a loopback
port (test/vault/authority serves)."""
import os
import pathlib
import subprocess
import time

CONFIG = """[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:TRUE
[tsa]
extendedKeyUsage = critical, timeStamping
[authority]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
[only512]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha512
"""
SERVER = pathlib.Path(__file__).resolve().parent.parent / "vault/authority"


class Authority:
    def __init__(self, dir, name="时间戳服务中心"):
        self.dir, self.name, self.process = pathlib.Path(dir), name, None
        self.dir.mkdir()
        self.ca = self.dir / "ca.pem"
        (self.dir / "cnf").write_text(CONFIG)
        (self.dir / "serial").write_text("01\n")
        self.openssl("req", "-x509", "-config", "cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", "ca.key", "-out", "ca.pem", "-utf8", "-subj", f"/CN={name} root", "-extensions", "ca", "-days", "30")
        self.openssl("req", "-config", "cnf", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-utf8",
                     "-subj", f"/CN={name}")
        self.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "2", "-days", "20",
                     "-extfile", "cnf", "-extensions", "tsa", "-out", "tsa.pem")

    def openssl(self, *words):
        return subprocess.run(["openssl", *map(str, words)], cwd=self.dir, check=True, capture_output=True).stdout

    def token(self, digest):
        """A stamp over a SHA-256, without asking anybody."""
        self.openssl("ts", "-query", "-digest", digest.hex(), "-sha256", "-cert", "-out", "asked")
        self.openssl("ts", "-reply", "-config", "cnf", "-section", "authority", "-queryfile", "asked", "-token_out", "-out", "token")
        return (self.dir / "token").read_bytes()

    def serial(self, token):
        (self.dir / "looked-at").write_bytes(token)
        text = self.openssl("ts", "-reply", "-token_in", "-in", "looked-at", "-token_out", "-text").decode()
        return [line.split("0x")[1].strip() for line in text.splitlines() if line.startswith("Serial number:")][0]

    def holds(self, token, digest):
        """What everybody's tool says."""
        (self.dir / "held").write_bytes(token)
        done = subprocess.run(["openssl", "ts", "-verify", "-token_in", "-in", "held", "-digest", digest.hex(), "-CAfile",
                               "ca.pem"], cwd=self.dir, capture_output=True)
        return done.returncode == 0

    def start(self):
        self.process = subprocess.Popen([SERVER, self.dir])
        port = self.dir / "port"
        for _ in range(1000):
            if port.exists():
                break
            assert self.process.poll() is None, "the authority does not start"
            time.sleep(0.02)
        self.port = int(port.read_text())
        return self

    def settings(self, path="/"):
        """Environment of a hufu that asks it; the path says how it behaves."""
        return {"HUFU_STAMP_URL": f"http://127.0.0.1:{self.port}{path}", "HUFU_STAMP_CA_FILE": str(self.ca),
                "no_proxy": "127.0.0.1"}

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            (self.dir / "port").unlink()
            self.process = None
