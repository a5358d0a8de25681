"""doc/openapi.yaml against the running server: the routes are the same, answers fit, and no body, however odd, is a 500."""
import json
import random
import re

from desk import MAIL, staged
from schema import Schemas


class Api:
    def __init__(self, client, api):
        self.client, self.api, self.schemas = client, api, Schemas(api)
        self.seen = set()

    def operation(self, method, path):
        for pattern, item in self.api["paths"].items():
            if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(pattern)), path.split("?")[0]) and method.lower() in item:
                return pattern, item[method.lower()]
        raise AssertionError(f"{method} {path} is not described")

    def hold(self, method, path, told):
        pattern, operation = self.operation(method, path)
        responses = operation["responses"]
        assert str(told.status) in responses, f"{method} {path}: answers {told.status}, which is not described: {told}"
        content = self.schemas.of(responses[str(told.status)]).get("content", {})
        if not content:
            assert not told.body, (method, path, told)
            return told
        kind = told.headers["Content-Type"].split(";")[0]
        assert kind in content, (method, path, kind)
        if "json" in kind:
            self.schemas.check(told.json, content[kind]["schema"], f"{method} {path} {told.status}")
        self.seen.add((method, pattern, told.status))
        return told

    def ask(self, method, path, body=None, headers=None, raw=None, status=None):
        told = self.hold(method, path, self.client.ask(method, path, body, headers, raw))
        assert status is None or told.status == status, (method, path, told)
        return told

    def change(self, method, path, body, status=200):
        seen = self.client.ask("GET", "/".join(path.split("/")[:4])).headers["ETag"]
        return self.ask(method, path, body, {"If-Match": seen}, status=status)


def same_routes(stage, api):
    served = {tuple(line.split()) for line in stage.hufu("serve", "--routes").stdout.splitlines()}
    told = {(method.upper(), path) for path, item in api["paths"].items() for method in item if method != "parameters"}
    assert served == told, served ^ told


def upload(api, name, content):
    return api.ask("POST", "/api/uploads", headers={"Content-Type": "application/octet-stream", "X-File-Name": name},
                   raw=content, status=201).json


def a_case(api):
    mail = upload(api, "demand.eml", MAIL.encode())
    assert mail["bytes"] == len(MAIL.encode()) and not mail["existed"]
    assert upload(api, "again.eml", MAIL.encode())["existed"]
    body = {"files": [{"sha256": mail["sha256"], "name": "demand.eml"}]}
    key = {"Idempotency-Key": "open-1"}
    opened = api.ask("POST", "/api/cases", body, key, status=201)
    assert opened.headers["Location"] == f"/api/cases/{opened.json['id']}"
    again = api.ask("POST", "/api/cases", body, key, status=201)
    assert again.json == opened.json, "the same key and the same body are the same case"
    assert api.ask("POST", "/api/cases", {**body, "title": "another"}, key, status=422).problem == "idempotency"
    assert len(api.ask("GET", "/api/cases").json["items"]) == 1
    assert api.ask("POST", "/api/cases", {"files": [{"sha256": "0" * 64, "name": "x"}]}, status=422).json["fields"]
    return opened.json["id"]


def the_story(api, case):
    at = f"/api/cases/{case}"
    shown = api.ask("GET", at, status=200).json
    assert shown["demand"]["amount"] and len(shown["listing"]) == 3, shown["listing"]
    assert [piece["name"] for piece in shown["evidence"]] == ["demand.eml"]
    told = api.change("POST", at + "/facts", {"facts": {"people": 4850000, "sector": "automotive", "cii": False},
                                              "basis": "claimed", "source": "the mail"})
    assert any(fact["name"] == "people" and fact["value"] == "4850000" for fact in told.json["facts"])
    assert told.headers["ETag"] == api.ask("GET", at).headers["ETag"]
    api.change("POST", at + "/impact", {"values": {"vehicle_safety": "not touched"}})
    api.change("POST", at + "/members", {"name": "李指挥", "role": "lead", "contact": "1001"})
    task = told.json["tasks"][0]["id"]
    told = api.change("PATCH", f"{at}/tasks/{task}", {"state": "done", "assignee": "李指挥"})
    assert [line["state"] for line in told.json["tasks"] if line["id"] == task] == ["done"]
    api.change("POST", at + "/decisions", {"what": "we do not pay", "why": "no trust in the sender"})
    rule = told.json["duties"][0]["rule"]
    told = api.change("PATCH", f"{at}/duties/{rule}", {"status": "done", "note": "by telephone"})
    assert [duty["status"] for duty in told.json["duties"] if duty["rule"] == rule] == ["done"]
    api.change("POST", at + "/listing", {"text": "employees 22800 records 0.15 BTC", "source": "a forum"})
    assert api.ask("GET", f"{at}/duties/{rule}/explanation?lang=zh", status=200).json["text"]
    assert api.ask("GET", f"{at}/duties/NO-SUCH/explanation", status=404)
    assert api.ask("GET", at + "/plan?lang=zh", status=200).body.decode().startswith("# 应急预案")
    rows = api.ask("POST", at + "/looks", {"evidence": "1"}, status=200).json
    assert rows["masked"] is True
    assert api.ask("POST", at + "/looks", {"evidence": "1", "clear": True, "reason": "because"}, status=403)
    bundle = api.ask("POST", at + "/bundle", status=200)
    assert bundle.body[:4] == b"\x28\xb5\x2f\xfd" and bundle.headers["X-Hufu-Signer"]
    entries = api.ask("GET", at + "/timeline?order=desc&limit=2", status=200).json
    assert entries["verified"] and len(entries["items"]) == 2 and entries["items"][0]["what"] == "bundle"
    assert api.ask("GET", f"{at}/timeline?order=desc&limit=2&cursor={entries['next']}").json["items"][0]["seq"] < \
        entries["items"][1]["seq"]
    line = api.ask("GET", "/api/cases?state=open", status=200).json["items"][0]
    assert line["people"] == 4850000 and line["next_duty"] and line["open_tasks"] > 0
    overview = api.ask("GET", "/api/overview", status=200).json
    assert overview["next_duty"]["case"] == case and overview["changes"][0]["what"] == "bundle"


def what_is_owed(api, case):
    """Filings, notices and claims: a first look, and what is refused."""
    at = f"/api/cases/{case}"
    filings = {one["kind"]: one for one in api.ask("GET", at + "/filings", status=200).json["items"]}
    assert filings["first-report"]["missing"] > 0 and not filings["first-report"]["versions"]
    assert api.ask("POST", at + "/filings", {"kind": "first-report", "approved_by": "x", "sent_by": "mail"}).status == 409
    assert api.ask("POST", at + "/filings", {"kind": "no-such", "approved_by": "x", "sent_by": "mail"}).status == 422
    draft = api.ask("GET", at + "/filings/board/draft", status=200)
    assert draft.body[:2] == b"PK" and draft.headers["Content-Disposition"].startswith("attachment")
    api.change("POST", at + "/impact", {"values": {"entity": "示例", "systems": "a", "occurred": "b", "containment": "c", "measures": "d"}})
    assert api.ask("GET", at + "/notices", status=200).json["versions"] == []
    assert api.ask("POST", at + "/notices/send").status in (409, 422)
    taken = api.ask("POST", at + "/claims", {"kind": "complaint", "channel": "telephone", "note": "a call"}, status=200).json
    assert taken["n"] == 1 and taken["in_leak"] is None
    assert api.ask("POST", at + "/claims", {"kind": "wish", "channel": "owl"}).status == 422
    asked = api.ask("POST", at + "/claims/1/ask", {"said": "13800138000"}, status=200).json
    assert asked["asked"] and asked["in_leak"] is None and not asked["kinds"]
    assert api.ask("POST", at + "/claims/1/code", {"code": "12345678"}).status == 403
    assert api.ask("POST", at + "/claims/1/proof", {"how": "card at the counter"}, status=200).json["in_leak"] is False
    decided = api.ask("POST", at + "/claims/1/decision", {"state": "paid", "why": "x", "amount": "1.50", "currency": "CNY"}, status=200)
    assert decided.json["decided"]["amount"] == "1.50"
    assert [claim["n"] for claim in api.ask("GET", at + "/claims", status=200).json["items"]] == [1]
    assert api.ask("POST", at + "/claims/7/code", {"code": "1"}).status in (404, 422)
    assert api.ask("POST", at + "/claims/x/code", {"code": "1"}, status=404)


def preconditions(api, case):
    """Two people do not overwrite each other."""
    at = f"/api/cases/{case}"
    body = {"what": "we tell the police", "why": "the law wants it"}
    assert api.ask("POST", at + "/decisions", body, status=428).problem == "precondition"
    seen = {"If-Match": api.client.ask("GET", at).headers["ETag"]}
    api.ask("POST", at + "/decisions", body, seen, status=200)
    before = api.client.get(at)
    assert api.ask("POST", at + "/decisions", body, seen, status=412).problem == "stale"
    assert api.ask("POST", at + "/facts", {"facts": {"people": 1}, "basis": "claimed"}, seen, status=412)
    assert api.client.get(at) == before, "nothing was changed"
    for odd in ("17", '"0"', '"-1"', '"x"', '""', '"' + "9" * 30 + '"', "*"):
        assert api.ask("POST", at + "/decisions", body, {"If-Match": odd}, status=412)
    for gone in ("/api/cases/1999-1", "/api/cases/x", "/api/cases/%27"):
        assert api.client.ask("GET", gone).status == 404
        assert api.client.ask("POST", gone + "/close", {"why": "x"}, {"If-Match": '"1"'}).status == 404


def bad_bodies(api, case):
    def refused(raw, kind="application/json"):
        told = api.ask("POST", f"/api/cases/{case}/decisions", raw=raw, headers={"If-Match": '"1"', "Content-Type": kind})
        return told.status
    assert refused(b"") == 400 and refused(b"{") == 400 and refused(b"[]") == 400 and refused(b"null") == 400
    assert refused(b'{"what":"a","what":"b","why":"c"}') == 400
    assert refused(b'{"what":"\xff","why":"c"}') == 400
    assert refused(b'{"what":' + b"[" * 100000 + b"]" * 100000 + b"}") == 400
    assert refused(b'{"what":"a","why":"b"}', "text/plain") == 415
    assert refused(b'{"what":"' + b"a" * (1 << 20) + b'","why":"b"}') == 413
    assert refused(b'{"what":"a","why":"b","more":1}') == 422
    assert refused(b'{"what":"a"}') == 422
    assert refused(b'{"what":"\\u0007","why":"b"}') == 422


def fits(schemas, body, schema):
    """Half a surrogate is no UTF-8, and a byte of zero no text."""
    try:
        schemas.check(body, schema, "body")
        json.dumps(body, ensure_ascii=False).encode()
        return "\\u0000" not in json.dumps(body)
    except (AssertionError, UnicodeEncodeError):
        return False


def odd_bodies(stage, api, case):
    """From the description: what fits, and what nearly does."""
    seed = random.randrange(2 ** 32)
    print("seed", seed)
    chance = random.Random(seed)
    for path, item in api.api["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}) if method != "parameters" else {}
            if "application/json" not in content or "login" in path or "password" in path or "accounts" in path:
                continue
            for _ in range(25):
                asked = re.sub(r"\{id\}", case, path)
                asked = re.sub(r"\{\w+\}", lambda _: chance.choice(["1", "0", "x", "CN-PIPL57", "%E4%B8%80", "9" * 25]), asked)
                body = api.schemas.some(content["application/json"]["schema"], chance)
                if chance.random() < 0.6:
                    body = api.schemas.spoiled(body, chance)
                seen = api.client.ask("GET", f"/api/cases/{case}").headers["ETag"]
                if "close" in path:
                    seen = '"1"'
                told = api.ask(method.upper(), asked, raw=json.dumps(body).encode(),
                               headers={"If-Match": seen, "Content-Type": "application/json"})
                if fits(api.schemas, body, content["application/json"]["schema"]):
                    assert told.status != 400, f"{method} {asked}: {body} fits its description, and is refused as no body: {told}"
                else:
                    assert told.status >= 400, f"{method} {asked}: {body} fits no description, and is taken: {told}"


def odd_arguments(api, case):
    for path in ("/api/cases", f"/api/cases/{case}/timeline", "/api/jobs", "/api/audit", "/api/account-log"):
        for argument in ("limit=0", "limit=201", "limit=x", "limit=-1", "limit=1%00", "limit", "cursor=x", "cursor=-1", "cursor=%ff"):
            told = api.ask("GET", f"{path}?{argument}", status=422)
            assert told.json["fields"], told
    assert api.ask("GET", "/api/cases?state=ajar", status=422)


def the_rest(stage, api):
    for path in ("/api/session", "/api/datasets", "/api/packs", "/api/calendars", "/api/audit", "/api/accounts",
                 "/api/account-log", "/api/settings", "/api/jobs", "/api/openapi.json", "/healthz", "/metrics"):
        api.ask("GET", path, status=200)
    text = api.client.ask("GET", "/metrics").body.decode()
    for name in ("hufu_http_requests_total{", "hufu_http_request_seconds_bucket{", "hufu_cases{", "hufu_sessions "):
        assert name in text, name
    one = api.ask("POST", "/api/accounts", {"name": "legal-person", "role": "legal", "contact": "1002"}, status=201).json
    assert api.ask("POST", "/api/accounts", {"name": "legal-person", "role": "legal"}).status in (409, 422)
    api.ask("PATCH", "/api/accounts/legal-person", {"role": "auditor"}, status=200)
    account = api.ask("PATCH", "/api/accounts/legal-person", {"contact": "1003"}, status=200).json
    assert (account["contact"], account["role"]) == ("1003", "auditor")
    assert api.ask("PATCH", "/api/accounts/legal-person", {"contact": ""}, status=200).json["contact"] is None
    assert api.ask("PATCH", "/api/accounts/legal-person", {"contact": "a\u0007b"}).status == 422
    assert api.ask("POST", "/api/accounts/legal-person/reset", status=200).json["password"] != one["password"]
    api.ask("DELETE", "/api/accounts/legal-person/sessions", status=204)
    api.ask("PATCH", "/api/accounts/legal-person", {"disabled": True}, status=200)
    assert api.ask("PATCH", "/api/accounts/nobody-here", {"disabled": True}).status in (404, 422)
    assert api.ask("PATCH", "/api/accounts/admin", {"role": "auditor"}).status in (409, 422), "the last admin stays one"


def closing(api, case):
    told = api.change("POST", f"/api/cases/{case}/close", {"why": "done"})
    assert told.json["state"] == "closed"
    assert api.change("POST", f"/api/cases/{case}/decisions", {"what": "a", "why": "b"}, 409).problem == "conflict"


def test(stage, console):
    client = console.admin()
    api = Api(client, client.get("/api/openapi.json"))
    same_routes(stage, api.api)
    case = a_case(api)
    the_story(api, case)
    what_is_owed(api, case)
    preconditions(api, case)
    bad_bodies(api, case)
    odd_arguments(api, case)
    odd_bodies(stage, api, case)
    the_rest(stage, api)
    closing(api, case)
    assert stage.hufu("case", "timeline", case).returncode == 0
    assert not any(line["status"] >= 500 for line in console.requests()), [l for l in console.requests() if l["status"] >= 500]


staged("contract", test)
