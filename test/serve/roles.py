"""What a role must not do it cannot, whatever the page shows; what it must not see it does not get."""
import re

from desk import MAIL, staged

# Written a second time, as doc/console.md promises it.
MAY = {
    "admin": "see bundle open work settle release match audit accounts",
    "responder": "see bundle open work settle notice match read",
    "legal": "see bundle open work settle notice release read",
    "auditor": "see bundle audit",
}


def matrix(api, client, role):
    held = set(MAY[role].split())
    assert set(client.get("/api/session")["permissions"]) == held, role
    for path, item in api["paths"].items():
        for method, operation in item.items():
            wants = operation.get("x-permission") if method != "parameters" else None
            if not wants or path.endswith("/events"):
                continue
            asked = re.sub(r"\{\w+\}", "9999-9" if "cases" in path else "9999", path)
            told = client.ask(method.upper(), asked, {} if method in ("post", "patch", "put") else None, {"If-Match": '"1"'})
            refused = told.status == 403
            assert refused == (wants not in held), (role, method, path, told)
            if refused:
                assert told.problem == "denied" and "role" in told.json["todo"], told


def reading(case, clients):
    """Values in clear: by role and with a reason, and then in the timeline."""
    at = f"/api/cases/{case}/looks"
    for role, client in clients.items():
        masked = client.do("POST", at, {"evidence": "sample.csv"})
        assert masked["masked"] and "13812345678" not in str(masked["rows"]), (role, masked)
        told = client.ask("POST", at, {"evidence": "sample.csv", "clear": True, "reason": "who is it"})
        if "read" in MAY[role].split():
            assert told.status == 200 and "13812345678" in str(told.json["rows"]), (role, told)
            assert client.ask("POST", at, {"evidence": "sample.csv", "clear": True}).status == 422, "no reason, no rows"
            last = client.get(f"/api/cases/{case}/timeline?order=desc&limit=1")["items"][0]
            assert last["what"] == "look" and last["by"] == role + "-person", last
        else:
            assert told.status == 403 and b"13812345678" not in told.body, (role, told)


def taken_away(admin, client):
    """Another role, or none, counts at once: the sessions end."""
    client.get("/api/cases")
    admin.do("PATCH", "/api/accounts/legal-person", {"role": "auditor"})
    assert client.ask("GET", "/api/cases").status == 401
    client.sign_in("legal-person")
    assert client.ask("POST", "/api/cases", {"files": []}).status == 403
    admin.do("PATCH", "/api/accounts/legal-person", {"disabled": True})
    assert client.ask("GET", "/api/cases").status == 401
    assert client.sign_in("legal-person", status=401).problem == "credentials"


def codes(stage, admin):
    """One-time codes: begun, confirmed, wanted; taken away by an admin."""
    import base64
    import hashlib
    import hmac
    import time

    def code(secret, later=0):
        key = base64.b32decode(secret)
        digest = hmac.new(key, int(time.time() // 30 + later).to_bytes(8, "big"), hashlib.sha1).digest()
        at = digest[-1] & 15
        return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7fffffff) % 10 ** 6:06d}"

    client = admin.console.client()
    client.begin("coded", admin.do("POST", "/api/accounts", {"name": "coded", "role": "responder"}, 201)["password"])
    begun = client.do("POST", "/api/session/totp")
    assert client.ask("PUT", "/api/session/totp", {"code": "000000"}).status in (403, 422)
    client.do("PUT", "/api/session/totp", {"code": code(begun["secret"])}, 204)
    fresh = admin.console.client()
    assert fresh.sign_in("coded", status=401).problem == "totp"
    assert fresh.sign_in("coded", totp="000000", status=401).problem == "totp"
    fresh.sign_in("coded", totp=code(begun["secret"], 1))
    assert fresh.get("/api/session")["account"]["totp"]
    admin.do("DELETE", "/api/accounts/coded/totp")
    admin.console.client().sign_in("coded")


def test(stage, console):
    admin = console.admin()
    api = admin.get("/api/openapi.json")
    clients = {"admin": None}
    for role in MAY:
        one = admin.do("POST", "/api/accounts", {"name": role + "-person", "role": role}, 201)["password"]
        clients[role] = console.client().begin(role + "-person", one)
    for role, client in clients.items():
        matrix(api, client, role)
    case = stage.said("case", "open", stage.write("demand.eml", MAIL), stage.write(
        "sample.csv", "name,mobile\n王小明,13812345678\n李小红,13912345678\n"))["id"]
    reading(case, clients)
    taken_away(admin, clients["legal"])
    codes(stage, admin)
    assert not any(line["status"] >= 500 for line in console.requests())
    assert "13812345678" not in console.log()


staged("roles", test)
