"""A case as a bundle: made, checked by somebody without store and key, and altered in hundreds of ways, each of which
is to be found: bundle.py HUFU

Alterations are made on what is inside, and everything around is set right again as far as that goes without the key:
sizes, digests, hashes, and, with a key of the forger's own, every signature."""
import base64
import copy
import hashlib
import itertools
import json
import os
import pathlib
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import zipfile

from authority import Authority

HUFU = os.path.abspath(sys.argv[1])
NAMES = ["manifest.json", "manifest.sig", "timeline.jsonl", "stamps.jsonl", "case.json", "verdicts.json", "evidence.json"]
work = pathlib.Path(tempfile.mkdtemp(prefix="hufu-bundle-"))
env = {name: value for name, value in os.environ.items() if not name.startswith("HUFU_") or name in ("HUFU_READER", "HUFU_DUTIES")}
rng = random.Random(4711)
tried = 0
started = []  # processes to stop


def run(*words, code=0, store="store", settings={}, **how):
    told = dict(env, HUFU_STORE=str(work / store), HUFU_KEY_FILE=str(work / (store + ".key")), TZ="UTC", **settings)
    done = subprocess.run([HUFU, *map(str, words)], env=told, capture_output=True, text=True, timeout=120, **how)
    assert done.returncode == code, f"hufu {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def verify(path, *words):
    """As somebody else, with no store, no key, and no home."""
    done = subprocess.run([HUFU, "verify", str(path), *map(str, words)], env=dict(env, HOME="/nonexistent"), capture_output=True,
                          text=True, timeout=120)
    assert "died" not in done.stderr, "what looked at it crashed"
    assert done.returncode in (0, 1, 2) and done.stderr.count("\n") == (done.returncode == 2), (done, words)
    return done


def judged(path, *words):
    done = verify(path, "--json", *words)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


# ---- the bytes, written from doc/vault-format.md ----

def header(name, size):
    block = bytearray(512)
    for at, text in ((0, name), (100, "0000600"), (108, "0000000"), (116, "0000000"), (124, f"{size:011o}"),
                     (136, "0" * 11), (148, " " * 8), (156, "0"), (257, "ustar"), (263, "00"), (329, "0000000"),
                     (337, "0000000")):
        block[at:at + len(text)] = text.encode()
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


def tar(members):
    return b"".join(header(name, len(data)) + data + bytes(-len(data) % 512) for name, data in members) + bytes(1024)


def untar(data):
    members, at = [], 0
    while any(data[at:at + 512]):
        name, size = data[at:at + 100].rstrip(b"\0").decode(), int(data[at + 124:at + 135], 8)
        members.append((name, data[at + 512:at + 512 + size]))
        at += 512 + size + -size % 512
    return members


def zstd(data, *words):
    return subprocess.run(["zstd", "-qc", *words], input=data, capture_output=True, check=True).stdout


def write(data):
    path = work / "altered.tar.zst"
    path.write_bytes(zstd(data, "-1"))
    return path


def line(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode() + b"\n"


def net(*fields):
    return b"".join(b"%d:%s," % (len(f), f) for f in (x if isinstance(x, bytes) else str(x).encode() for x in fields))


class Forger:
    """A key that is not the store's."""

    def __init__(self):
        self.key = work / "forger.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        public = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True,
                                capture_output=True).stdout
        self.public = "ed25519:" + public[-32:].hex()

    def sign(self, context, message):
        (work / "message").write_bytes(hashlib.sha256(context + b"\0" + message).digest())
        done = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", work / "message"],
                              check=True, capture_output=True)
        return "ed25519:" + done.stdout.hex()

    def head(self, case, seq, hash, at):
        return {"seq": seq, "hash": hash, "signature": self.sign(b"hufu head 1", net(case, seq, hash, at))}


class Bundle:
    def __init__(self, data):
        self.members = dict(untar(data))
        assert list(self.members) == NAMES
        self.manifest = json.loads(self.members["manifest.json"])
        self.entries = [json.loads(text) for text in self.members["timeline.jsonl"].splitlines()]
        self.stamps = [json.loads(text) for text in self.members["stamps.jsonl"].splitlines()]

    def rehash(self):
        """Chains the entries anew, signatures left as they are."""
        before = bytes(32)
        for seq, e in enumerate(self.entries, 1):
            e["seq"], e["previous"] = seq, before.hex()
            before = hashlib.sha256(before + net("hufu entry 1", self.manifest["case"], seq, e["at"], e["by"],
                                                 e["what"], e["body"])).digest()
            e["hash"] = before.hex()

    def digests(self):
        self.members["timeline.jsonl"] = b"".join(map(line, self.entries))
        if "stamps.jsonl" in self.members:
            self.members["stamps.jsonl"] = b"".join(map(line, self.stamps))
        self.manifest["members"] = [{"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                                    for name, data in self.members.items() if not name.startswith("manifest.")]

    def sign(self, forger):
        self.manifest["signer"] = forger.public
        self.manifest["head"] = forger.head(self.manifest["case"], self.entries[-1]["seq"], self.entries[-1]["hash"],
                                            self.manifest["made_at"])
        self.members["manifest.json"] = line(self.manifest)
        self.members["manifest.sig"] = forger.sign(b"hufu bundle 1", self.members["manifest.json"]).encode() + b"\n"

    def stamped(self, seq):
        """What a stamp over that entry is put on."""
        e = self.entries[seq - 1]
        return hashlib.sha256(net("hufu stamp 1", self.manifest["case"], seq, e["hash"], self.manifest["signer"],
                                  e["signature"])).digest()

    def tell(self, **changes):
        case = json.loads(self.members["case.json"])
        self.members["case.json"] = line(dict(case, **changes))

    def forge(self, forger, authority=None):
        """All anew, by another's key: nothing but the fingerprint tells. Without an authority it has no stamps."""
        self.manifest["signer"] = forger.public
        if not authority:
            self.entries = [e for e in self.entries if e["what"] != "stamp"]
        self.stamps, told = [], []
        for e in self.entries:
            if e["what"] == "stamp":
                body = json.loads(e["body"])
                token = authority.token(self.stamped(body["seq"]))
                self.stamps.append({"seq": body["seq"], "token": base64.b64encode(token).decode()})
                told.append({"seq": body["seq"], "serial": authority.serial(token)})
                e["body"] = json.dumps(dict(body, token_sha256=hashlib.sha256(token).hexdigest()))
            self.rehash()
            e["signature"] = forger.sign(b"hufu entry 1", bytes.fromhex(e["hash"]))
        self.tell(stamps=told)
        self.seal(forger)

    def seal(self, forger):
        self.digests()
        self.sign(forger)

    def tar(self):
        return tar(self.members.items())


def found(data, member=None, entry=None, words=()):
    global tried
    tried += 1
    code, told = judged(write(data), *words)
    assert code == 1 and told["holds"] is False and told["fault"]["why"], (code, told, member, entry)
    if member:
        assert told["fault"]["member"] == member, (told, member)
    if entry:
        assert told["fault"]["entry"] == entry, (told, entry)
    return told


# ---- a case ----

def a_case(store):
    run("init", store=store)
    note = work / "note.txt"
    note.write_text("somebody called\n")
    number = json.loads(run("case", "open", note, "--json", store=store).stdout)["id"]
    for i in range(5):
        run("case", "fact", number, f"people={1000 + i}", "--source", f"来源 \"{i}\"", store=store)
    return number


def round_trip(number):
    path = work / "first.tar.zst"
    made = json.loads(run("case", "bundle", number, path, "--json").stdout)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() and made["entries"] == 7, made
    last = json.loads(run("case", "timeline", number, "--json").stdout)[-1]
    assert last["what"] == "bundle" and last["body"]["file"] == "first.tar.zst", last
    code, told = judged(path, "--signer", made["signer"])
    assert code == 0 and told["holds"] and told["signer_proved"] and told["fault"] is None, told
    assert (told["entries"], told["case"], told["signer"]) == (7, number, made["signer"]), told
    assert told["head"] == last["hash"] and told["stamped_from"] is None, told
    code, told = judged(path)
    assert code == 0 and told["holds"] and not told["signer_proved"], told
    assert "signer unproved" in verify(path).stdout and "no outside time stamp" in verify(path).stdout
    assert "holds" in verify(path, "--signer", made["signer"].replace(" ", "").upper()).stdout
    assert "is there already" in run("case", "bundle", number, path, code=2).stderr
    refused = run("case", "bundle", number, work / "nowhere/b.tar.zst", code=2)
    assert refused.stderr.count("\n") == 1
    assert len(json.loads(run("case", "timeline", number, "--json").stdout)) == 7, "an entry for what was not made"
    whole = Bundle(zstd(path.read_bytes(), "-d"))
    assert json.loads(whole.members["case.json"])["id"] == number
    evidence = json.loads(whole.members["evidence.json"])
    assert [(e["sha256"], len(e["sm3"])) for e in evidence] == [(hashlib.sha256(b"somebody called\n").hexdigest(), 64)]
    assert b"somebody called" not in whole.tar(), "the evidence itself is in the bundle"
    assert whole.tar() == zstd(path.read_bytes(), "-d"), "doc/vault-format.md says otherwise"
    return path, made["signer"]


# ---- what is altered ----

def bytes_flipped(data):
    for at in [rng.randrange(len(data)) for _ in range(120)] + [len(data) - 1, 0, 148, 155, 130]:
        flipped = bytearray(data)
        flipped[at] ^= 1 << rng.randrange(8)
        found(bytes(flipped))
    for altered in (data + bytes(512), data + b"x", data[:-512], data[:-1], bytes(1024)):
        found(altered)
    for _ in range(15):
        found(data[:rng.randrange(len(data))])


def members_altered(members):
    for name in NAMES:
        found(tar((n, d) for n, d in members if n != name))
        found(tar(m for n, d in members for m in [(n, d)] * (1 + (n == name))))
        found(tar((n + "x" * (n == name), d) for n, d in members))
        found(tar((n, d + b"\n" * (n == name)) for n, d in members))
    for a, b in itertools.combinations(range(len(members)), 2):
        moved = list(members)
        moved[a], moved[b] = moved[b], moved[a]
        found(tar(moved))
        (name_a, data_a), (name_b, data_b) = members[a], members[b]
        moved = list(members)
        moved[a], moved[b] = (name_a, data_b), (name_b, data_a)
        found(tar(moved))
    for name in ("../../etc/passwd", "/etc/passwd", "extra.json", "case.json"):
        found(tar([*members, (name, b"{}\n")]))
        found(tar([(name, b"{}\n"), *members]))


def entries_altered(whole, forger):
    def alter(k, change):
        b = copy.deepcopy(whole)
        change(b.entries, k)
        return b

    changes = [
        lambda e, k: e[k].update(body=e[k]["body"].replace("}", ' }', 1)),
        lambda e, k: e[k].update(at=e[k]["at"] - 86400),
        lambda e, k: e[k].update(by=e[k]["by"] + "x"),
        lambda e, k: e[k].update(what="decide"),
        lambda e, k: e[k].update(seq=e[k]["seq"] + 1),
        lambda e, k: e[k].update(hash=rng.randbytes(32).hex()),
        lambda e, k: e[k].update(signature=e[k - 1]["signature"]),
        lambda e, k: e.pop(k),
        lambda e, k: e.insert(k, dict(e[k])),
        lambda e, k: e.insert(k, e.pop(k - 1)),
    ]
    for at, change in enumerate(changes):
        for k in range(1, len(whole.entries) - 1):
            named = k if at == len(changes) - 1 else k + 2 if at == 8 else k + 1
            b = alter(k, change)
            b.members["timeline.jsonl"] = b"".join(map(line, b.entries))
            found(b.tar(), "timeline.jsonl", named)
        b.digests()
        b.members["manifest.json"] = line(b.manifest)
        found(b.tar(), "manifest.json")
    for k in range(len(whole.entries)):
        b = alter(k, changes[1])
        b.rehash()
        b.digests()
        b.sign(forger)  # the entries keep the store's signatures
        found(b.tar(), "timeline.jsonl", 1)


def heads_replaced(whole, older, forger, authority):
    for head in (older.manifest["head"], dict(whole.manifest["head"], seq=5),
                 dict(whole.manifest["head"], hash=whole.entries[2]["hash"]), {}, None):
        b = copy.deepcopy(whole)
        b.manifest["head"] = head
        b.members["manifest.json"] = line(b.manifest)
        found(b.tar(), "manifest.json")
        b.members["manifest.sig"] = forger.sign(b"hufu bundle 1", b.members["manifest.json"]).encode() + b"\n"
        found(b.tar(), "manifest.json")
    for names in (["manifest.json"], ["manifest.json", "manifest.sig"], *([name] for name in NAMES[1:4])):
        b = copy.deepcopy(whole)
        b.members.update({name: older.members[name] for name in names})
        found(b.tar())
    b = copy.deepcopy(whole)  # cut off, and all else set right
    b.forge(forger, authority)
    cut = copy.deepcopy(b)
    cut.entries.pop()
    cut.digests()
    cut.members["manifest.json"] = line(cut.manifest)
    cut.members["manifest.sig"] = forger.sign(b"hufu bundle 1", cut.members["manifest.json"]).encode() + b"\n"
    found(cut.tar(), "timeline.jsonl", len(cut.entries) + 1)
    return b


def case_altered(whole, forger, authority):
    """All signed anew by the forger, and the case is not what its own timeline says."""
    case = json.loads(whole.members["case.json"])

    def told(entry, **changes):
        b = copy.deepcopy(whole)
        b.tell(**changes)
        for name in ("evidence", "verdicts"):
            b.members[name + ".json"] = line(json.loads(b.members["case.json"])[name])
        b.forge(forger, authority)
        fault = found(b.tar(), "case.json", entry)["fault"]
        assert list(changes)[0] in fault["why"], (changes, fault)

    last = len(case["facts"]) - 1
    told(1, title="another")
    told(next(e["seq"] for e in whole.entries if e["what"] == "close"), state="open")
    told(1, evidence=[dict(case["evidence"][0], name="x")])
    told(1, tasks=[dict(case["tasks"][0], state="done"), *case["tasks"][1:]])
    told(None, tasks=[*case["tasks"], dict(case["tasks"][0], id=99)])
    told(None, decisions=[{"at": case["opened_at"], "by": "x", "what": "we pay", "why": "y"}])
    told(last + 1, facts=[*case["facts"][:-1], dict(case["facts"][-1], value="1")])
    told(last + 1, facts=case["facts"][:-1])
    told(None, facts=[*case["facts"], case["facts"][-1]])
    told(None, duties_further=[dict(d, status="done") for d in case["duties_further"]])
    told(None, settled=[{"rule": "x", "status": "done", "at": case["opened_at"], "by": "x", "note": None}])
    told(2, facts=[case["facts"][0], 7, *case["facts"][2:]])


def other_signers(forged, signer, others):
    path = write(forged.tar())
    code, told = judged(path)
    assert code == 0 and told["signer"] != signer, "the forger of this test does not know the format"
    found(forged.tar(), "manifest.json", words=("--signer", signer))
    for wrong in (signer[:-1] + ("0" if signer[-1] != "0" else "1"), signer[:-5], signer + " 0000", "x", " "):
        code, told = judged(work / "first.tar.zst", "--signer", wrong)
        assert code == 1 and told["fault"]["member"] == "manifest.json", (wrong, told)
    code, told = judged(others)
    assert code == 0 and judged(others, "--signer", told["signer"])[0] == 0
    assert judged(others, "--signer", signer)[0] == 1
    b = copy.deepcopy(forged)
    b.members["case.json"] = line(dict(json.loads(b.members["case.json"]), id="1999-1"))
    b.digests()
    b.sign(FORGER)
    found(b.tar(), "case.json")
    for later in (3, 0, -1, "2", None):
        b.members.update(forged.members)
        b.manifest["format"] = later
        b.sign(FORGER)
        assert judged(write(b.tar()))[0] == 2, "another format is not ours to judge"


# ---- time stamps ----

def token_of(stamp):
    return base64.b64decode(stamp["token"])


def stamps_by_hand(whole, authority):
    """What doc/vault-format.md says of them is what openssl finds."""
    assert [s["seq"] for s in whole.stamps] == [7, 9]
    for s in whole.stamps:
        assert authority.holds(token_of(s), whole.stamped(s["seq"]))
        assert not authority.holds(token_of(s), whole.stamped(s["seq"] - 1))


def stamps_altered(whole):
    """Without the key: the manifest's signature would tell, and the stamp that was altered is named."""
    def alter(change, entry=None):
        b = copy.deepcopy(whole)
        change(b.stamps)
        b.members["stamps.jsonl"] = b"".join(map(line, b.stamps))
        found(b.tar(), "stamps.jsonl", entry)
        b.digests()
        b.members["manifest.json"] = line(b.manifest)
        found(b.tar(), "manifest.json")

    for at in (0, 1):
        alter(lambda s: s.pop(at), whole.stamps[at]["seq"])
        alter(lambda s: s.insert(at, dict(s[at])), whole.stamps[at]["seq"])
        alter(lambda s: s[at].update(seq=s[at]["seq"] + 1), None)
        alter(lambda s: s[at].update(token=s[1 - at]["token"]), whole.stamps[at]["seq"])
        for _ in range(10):
            broken = bytearray(token_of(whole.stamps[at]))
            broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
            alter(lambda s: s[at].update(token=base64.b64encode(broken).decode()), whole.stamps[at]["seq"])
    alter(lambda s: s.reverse(), 7)
    alter(lambda s: s.clear(), 7)


def stamps_of_the_holder(forged, signer, authority, other):
    """By whoever has the key, so that every signature is right: stamps bind him all the same."""
    def attack(change, entry=None, member="stamps.jsonl"):
        b = copy.deepcopy(forged)
        change(b)
        b.seal(FORGER)
        return found(b.tar(), member, entry)

    def resign(b):
        b.rehash()
        for e in b.entries:
            e["signature"] = FORGER.sign(b"hufu entry 1", bytes.fromhex(e["hash"]))

    def history(b, k):  # another past, with the stamps that were got for the first one
        b.entries[k]["body"] = b.entries[k]["body"].replace("1002", "9002")
        resign(b)

    def retell(b, **changes):
        e = [e for e in b.entries if e["what"] == "stamp"][-1]
        e["body"] = json.dumps(dict(json.loads(e["body"]), **changes))
        resign(b)

    def token(at, make):
        return lambda b: b.stamps[at].update(token=base64.b64encode(make(b)).decode())

    case = json.loads(forged.members["case.json"])
    foreign = authority.token(hashlib.sha256(b"another case").digest())
    attack(lambda b: history(b, 3), 7)
    attack(lambda b: b.entries[3].update(body=b.entries[3]["body"] + " ") or resign(b), 7)
    for at, seq in ((0, 7), (1, 9)):
        attack(lambda b: b.stamps.pop(at), seq)
        attack(lambda b: b.stamps.pop(at) and b.tell(stamps=case["stamps"][1 - at:2 - at]), seq)
        attack(lambda b: b.stamps.insert(at, b.stamps[at]), seq)
        attack(token(at, lambda b: token_of(b.stamps[1 - at])), seq)
        attack(token(at, lambda b: foreign), seq)
        attack(token(at, lambda b: authority.token(b.stamped(seq))), seq)  # as good, but not the one that was told of
        attack(token(at, lambda b: other.token(b.stamped(seq))), seq)
        for odd in (b"", b"x", rng.randbytes(3000), token_of(forged.stamps[at])[:-1], token_of(forged.stamps[at]) + b"\0"):
            attack(token(at, lambda b: odd), seq)
        for odd in ("", "!", "AAA", None, 5, forged.stamps[at]["token"] + "\n"):
            attack(lambda b: b.stamps[at].update(token=odd), seq)
        for odd in (0, -1, 99, 10 ** 18, "7", None):
            attack(lambda b: b.stamps[at].update(seq=odd))
        for _ in range(25):
            broken = bytearray(token_of(forged.stamps[at]))
            broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
            attack(token(at, lambda b: broken), seq)
    attack(lambda b: b.stamps.reverse(), 7)
    attack(lambda b: b.stamps.clear(), 7)
    attack(lambda b: b.stamps.insert(0, {"seq": 3, "token": base64.b64encode(authority.token(b.stamped(3))).decode()}), 3)
    for odd in (7, 10, 99, 0, "9", None):
        attack(lambda b: retell(b, seq=odd))
    attack(lambda b: retell(b, token_sha256="0" * 64), 9)
    attack(lambda b: b.tell(stamps=[]))
    attack(lambda b: b.tell(stamps=[dict(s, serial="FF") for s in case["stamps"]]))
    attack(lambda b: b.tell(stamps=case["stamps"][::-1]))


def stamps_of_others(whole, forged, path, authority, other):
    """Who stamped shows by certificates; what he did not stamp as signed by this key is no stamp of it."""
    stolen = copy.deepcopy(whole)  # the true entries and stamps, signed by another
    stolen.manifest["signer"] = FORGER.public
    for e in stolen.entries:
        e["signature"] = FORGER.sign(b"hufu entry 1", bytes.fromhex(e["hash"]))
    stolen.seal(FORGER)
    found(stolen.tar(), "stamps.jsonl", 7)
    b = copy.deepcopy(forged)
    b.forge(FORGER, other)
    code, told = judged(write(b.tar()))
    assert code == 0 and told["authority_proved"] is False and told["stamped_entries"] == 9, told
    found(b.tar(), "stamps.jsonl", 7, words=("--ca", authority.ca))
    code, told = judged(write(b.tar()), "--ca", other.ca)
    assert code == 0 and told["authority_proved"] is True, told
    both = work / "both.pem"
    both.write_bytes(authority.ca.read_bytes() + other.ca.read_bytes())
    assert judged(path, "--ca", both)[1]["authority_proved"] and judged(write(b.tar()), "--ca", both)[1]["authority_proved"]
    assert verify(path, "--ca", work / "no.pem").returncode == 2 and verify(path, "--ca", path).returncode == 2
    b = copy.deepcopy(forged)  # the holder of the key leaves them out, and what tells of them
    b.forge(FORGER)
    code, told = judged(write(b.tar()), "--ca", authority.ca)
    assert code == 0 and told["stamped_from"] is None and told["stamped_entries"] == 0, told
    assert told["authority_proved"] is None and "no outside time stamp" in verify(write(b.tar()), "--ca", authority.ca).stdout


def first_format(forged):
    """Bundles made before there were stamps are read as ever, and have none."""
    old = copy.deepcopy(forged)
    old.forge(FORGER)
    del old.members["stamps.jsonl"]
    old.manifest["format"] = 1
    old.seal(FORGER)
    code, told = judged(write(old.tar()))
    assert code == 0 and told["holds"] and told["stamped_from"] is None and told["entries"] == len(old.entries), told
    b = copy.deepcopy(old)
    b.manifest["format"] = 2
    b.seal(FORGER)
    found(b.tar(), "stamps.jsonl")
    b = copy.deepcopy(forged)
    b.manifest["format"] = 1
    b.seal(FORGER)
    found(b.tar(), "case.json")
    del b.members["stamps.jsonl"]
    b.seal(FORGER)
    found(b.tar(), "stamps.jsonl", 7)


def unreadable(path):
    data = path.read_bytes()
    odd = work / "odd.tar.zst"
    for bytes_ in [b"", b"\x28\xb5\x2f\xfd", rng.randbytes(3000), b"\x28\xb5\x2f\xfd" + rng.randbytes(3000), zstd(data), zstd(b"")] + [
            data[:rng.randrange(len(data))] for _ in range(20)]:
        odd.write_bytes(bytes_)
        done = verify(odd)
        assert done.returncode == 2 and not done.stdout, (len(bytes_), done)
    with zipfile.ZipFile(odd, "w") as z:
        z.writestr("manifest.json", "{}")
    assert "zstd" in verify(odd).stderr
    odd.write_bytes(zstd(bytes(200 << 20)))
    assert "more than" in verify(odd).stderr and verify(odd).returncode == 2
    assert verify(work / "none").returncode == 2 and verify(work).returncode == 2
    odd.write_bytes(zstd(tar([("manifest.json", b"[" * 100000), *((name, b"") for name in NAMES[1:])])))
    assert verify(odd).returncode == 1


def no_bundle_of_a_broken_timeline(number):
    with sqlite3.connect(work / "store/case.db") as db:
        db.execute("update timeline set body = replace(body, '1003', '9003') where seq = 5")
        count = db.execute("select count(*) from timeline").fetchone()[0]
    refused = run("case", "bundle", number, work / "broken.tar.zst", code=2)
    assert refused.stderr.count("\n") == 1 and "hashed" in refused.stderr, refused.stderr
    with sqlite3.connect(work / "store/case.db") as db:
        assert db.execute("select count(*) from timeline").fetchone()[0] == count
    assert not (work / "broken.tar.zst").exists()


def main():
    global FORGER
    number = a_case("store")
    path, signer = round_trip(number)
    older = Bundle(zstd(path.read_bytes(), "-d"))
    authority, other = Authority(work / "authority").start(), Authority(work / "other-authority", "another")
    started.append(authority)
    asks = authority.settings()
    assert [s["seq"] for s in json.loads(run("case", "stamp", number, "--json", settings=asks).stdout)] == [7]
    run("case", "close", number, "--why", "all done")
    second = work / "second.tar.zst"
    run("case", "bundle", number, second, settings=asks)
    data = zstd(second.read_bytes(), "-d")
    whole = Bundle(data)
    assert len(whole.entries) == 11 and judged(second, "--signer", signer)[0] == 0
    code, told = judged(second, "--signer", signer, "--ca", authority.ca)
    assert code == 0 and told["authority_proved"] is True and told["stamp_count"] == 2, told
    assert told["stamped_entries"] == 9 and told["stamp_newest"]["by"] == "CN=时间戳服务中心", told
    assert [s["seq"] for s in json.loads(whole.members["case.json"])["stamps"]] == [7, 9]
    others = work / "others.tar.zst"
    run("case", "bundle", a_case("other"), others, store="other")
    FORGER = Forger()
    bytes_flipped(data)
    members_altered(untar(data))
    entries_altered(whole, FORGER)
    stamps_by_hand(whole, authority)
    stamps_altered(whole)
    forged = heads_replaced(whole, older, FORGER, authority)
    case_altered(whole, FORGER, authority)
    other_signers(forged, signer, others)
    stamps_of_the_holder(forged, signer, authority, other)
    stamps_of_others(whole, forged, second, authority, other)
    first_format(forged)
    unreadable(second)
    no_bundle_of_a_broken_timeline(number)
    assert not [name for name in os.listdir(work) if name.startswith(".new-")]
    assert tried > 500, tried
    print(f"{tried} alterations, each found")


try:
    main()
finally:
    for process in started:
        process.stop()
    shutil.rmtree(work, ignore_errors=True)
print("1 passed, 0 failed")
