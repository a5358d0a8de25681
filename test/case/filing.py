"""Filings, from what is missing to what was frozen, and templates as enemies make them: filing.py HUFU [postgres]"""
import csv
import io
import json
import os
import pathlib
import pwd
import re
import sys
import zipfile
from datetime import datetime, timezone

from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
stage = Stage(sys.argv[1], "filing")
PARTS = {"entity": "示例汽车有限公司，上海市示例路1号", "systems": "客户管理系统", "occurred": "2026-11-20，境外服务器",
         "containment": "已关闭接口"}
REST = {"trend": "未见扩散", "harm": "诈骗电话", "cause": "接口越权", "clues": "境外地址 <访问> & 日志", "measures": "修补\n复查",
        "help": "请求协助追查", "scene": "日志已封存", "contact": "400-000-0000", "advice": "警惕来电"}
MAIL = (f"Received: from a by mail.carmaker.example; {datetime.now(timezone.utc):%a, %d %b %Y %H:%M:%S} +0000\n"
        "Subject: your data\n\nPay 2.25 million US dollars in bitcoin within 72 hours.\n")


def docx_text(path, part="word/document.xml"):
    """Each paragraph's text; a break is a line end."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        xml = package.read(part).decode()
    paragraphs = re.findall(r"<w:p[ >].*?</w:p>", xml, re.S)
    return ["".join("\n" if one == "<w:br/>" else re.sub("<.*?>", "", one)
                    for one in re.findall(r"<w:br/>|<w:t[ >].*?</w:t>", paragraph, re.S)) for paragraph in paragraphs]


def listed(case):
    return {filing["kind"]: filing for filing in stage.said("case", "filing", case)}


def impact(case, values):
    stage.hufu("case", "impact", case, *(f"{name}={value}" for name, value in values.items()))


def submit(case, kind, *more, **env):
    return stage.said("case", "filing", case, kind, "submit", "--approved-by", "王总", "--sent-by", "portal", *more, **env)


def duty(case, rule):
    shown = stage.said("case", "show", case)
    return next(d for d in shown["duties"] + shown["duties_further"] if d["rule"] == rule)


def new_case(*more):
    case = stage.said("case", "open", stage.write("demand.eml", MAIL), *more)["id"]
    stage.hufu("case", "fact", case, "sector=automotive", "cii=false", "people=4850000", "--source", "the mail")
    stage.hufu("match", stage.work / "leak.csv", "--case", case)
    return case


def what_is_missing(case):
    first = listed(case)["first-report"]
    assert first["arises"] and first["rule"] == "CN-CACIR-4d" and len(first["items"]) == 8, first
    assert first["known"] == 1 and not first["may_file"] and not first["may_file_first"]
    assert "待补报" in first["items"][0]["text"] and "4,850,000（声称，尚未核实）" in first["items"][1]["text"], first["items"][1]
    assert not listed(case)["gdpr-report"]["arises"] and listed(case)["board"]["arises"]
    line = stage.refused("case", "filing", case, "first-report", "submit", "--approved-by", "王总", "--sent-by", "mail")
    assert "cannot be filed yet" in line, line
    for words, said in (((case, "no-such", "draft", stage.work / "x.docx"), "no kind of filing"),
                        ((case, "board", "draft", stage.work / "x.txt"), ".docx"), ((case, "board"), "wants ID"),
                        ((case, "gdpr-report", "submit", "--approved-by", "x", "--sent-by", "y"), "no duty that arises"),
                        ((case, "first-report", "submit", "--sent-by", "y"), "approved")):
        assert said in stage.refused("case", "filing", *words), words


def a_draft(case):
    path = stage.work / "draft.docx"
    stage.hufu("case", "filing", case, "first-report", "draft", path)
    text = docx_text(path)
    assert "网络安全事件首次报告" in text and "待补报" in text and any("对方要求：金额 2250000 USD" in line for line in text), text
    assert docx_text(path, "word/header1.xml") == ["草稿 DRAFT"] and not any("{{" in line for line in text)
    assert path.stat().st_mode & 0o777 == 0o600
    assert stage.refused("case", "filing", case, "first-report", "draft", path), "a file that is there is not written over"


def laws_nobody_read(case):
    """They are marked, and a list borrowed from another law says so."""
    assert listed(case)["sector-report"]["borrowed"] and not listed(case)["first-report"]["borrowed"]
    assert "CN-CACIR-7: those of its own law were not read" in stage.hufu("case", "filing", case).stdout
    stage.hufu("case", "filing", case, "sector-report", "draft", stage.work / "sector.docx")
    assert any("（MIIT-214）（未核对原文）" in line for line in docx_text(stage.work / "sector.docx"))
    text = docx_text(stage.work / "draft.docx")
    law = text[next(at for at, line in enumerate(text) if line.startswith("依据")) + 1]
    assert "CAC-IR" in law and "未核对原文" not in law, law


def as_pdf(case):
    """LibreOffice opens what hufu writes."""
    if pathlib.Path("/usr/bin/soffice").exists():
        stage.hufu("case", "filing", case, "first-report", "draft", stage.work / "draft.pdf")
        assert (stage.work / "draft.pdf").read_bytes().startswith(b"%PDF-")


def in_part_then_whole(case):
    impact(case, PARTS)
    assert listed(case)["first-report"]["may_file_first"]
    said = submit(case, "first-report", "--reference", "网信收17")
    assert said["version"] == 1 and not said["complete"] and said["reference"] == "网信收17"
    assert duty(case, "CN-CACIR-4d")["status"] == "done", "what may go alone went in time"
    assert duty(case, "CN-CACIR-7")["status"] != "done", "the rest stays on the clock"
    assert "reads as the last version did" in stage.refused("case", "filing", case, "first-report", "submit",
                                                            "--approved-by", "王总", "--sent-by", "mail")
    impact(case, REST)
    said = submit(case, "supplement")
    assert said["complete"] and said["changes"][0]["before"].endswith("待补报") and len(said["changes"]) >= 5, said
    assert duty(case, "CN-CACIR-7")["status"] == "done"
    assert submit(case, "personal-information-report")["complete"] and duty(case, "CN-PIPL-57a")["status"] == "done"


def what_was_frozen(case):
    versions = listed(case)["supplement"]["versions"]
    stage.hufu("case", "export", case, "supplement-1.docx", stage.work / "frozen.docx", "--reason", "a look at what was sent")
    text = docx_text(stage.work / "frozen.docx")
    assert any("溯源线索：境外地址 <访问> &amp; 日志".replace("<", "&lt;").replace(">", "&gt;") in line for line in text), text
    assert "批准人 Approved by：王总" in text and docx_text(stage.work / "frozen.docx", "word/header1.xml") == [""]
    assert any("补救措施：修补\n复查" in line for line in text), "a line end stays one"
    # Frozen is frozen: new facts change no version that was submitted.
    impact(case, {"cause": "另有原因"})
    assert listed(case)["supplement"]["versions"] == versions
    bundle = stage.work / "b.tar.zst"
    stage.hufu("case", "bundle", case, bundle)
    assert "supplement-1.docx" in json.dumps(stage.said("case", "show", case)["evidence"])
    stage.hufu("verify", bundle)
    stage.hufu("case", "check", case)


def papers_of_the_house(case):
    """They have no list to be held against: a later version goes when somebody wants it."""
    for version in (1, 2):
        assert submit(case, "board")["version"] == version


def two_people(case):
    """Where there are accounts, nobody approves what he submits."""
    me = pwd.getpwuid(os.getuid()).pw_name
    stage.hufu("account", "add", me, "--role", "admin")
    impact(case, {"cause": "配置错误"})
    words = ("case", "filing", case, "supplement", "submit", "--sent-by", "portal", "--approved-by")
    for name in (me, me.upper()):
        assert "second person" in stage.refused(*words, name)
    assert len(listed(case)["supplement"]["versions"]) == 1
    assert stage.said(*words, "王总")["version"] == 2


def a_drill():
    case = new_case("--drill")
    impact(case, {**PARTS, **REST})
    submit(case, "first-report")
    assert duty(case, "CN-CACIR-4d")["status"] != "done", "a drill settles nothing"
    stage.hufu("case", "export", case, "first-report-1.docx", stage.work / "drill.docx", "--reason", "a look at it")
    assert "演练" in docx_text(stage.work / "drill.docx", "word/header1.xml")[0]


def the_year(case):
    year = str(datetime.now().year)
    stage.hufu("case", "open", stage.write("note.txt", "x"), "--title", "=cmd|' /C calc'!A0")
    stage.hufu("case", "year", year, stage.work / "year.docx")
    text = docx_text(stage.work / "year.docx")
    assert case in text and f"{year} 年度数据安全事件处置情况报告" in text and not any("{{" in line for line in text)
    stage.hufu("case", "year", year, stage.work / "year.csv")
    table = (stage.work / "year.csv").read_text(encoding="utf-8-sig")
    lines = {line["编号 No."]: line for line in csv.DictReader(io.StringIO(table))}
    count = sum(len(filing["versions"]) for filing in stage.said("case", "filing", case))
    assert count >= 4 and lines[case]["报告 Filings"] == str(count) and lines[case]["诉求 Claims"] == lines[case]["已告知 Told"] == "0", lines
    assert f'"{case}"' in table and "\"'=cmd" in table and table.count("\n") == 3, table
    stage.hufu("case", "year", "1999", stage.work / "old.csv")
    assert (stage.work / "old.csv").read_text(encoding="utf-8-sig").count("\n") == 1
    assert "no year" in stage.refused("case", "year", "soon", stage.work / "x.csv")


# ---- templates ----

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def template(body, **more):
    """A DOCX with this body, and other parts besides or instead."""
    parts = {"[Content_Types].xml": "<Types/>", "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>", **more}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            if content is not None:
                package.writestr(name, content)
    return out.getvalue()


def own(content):
    folder = stage.work / "store" / "templates"
    folder.mkdir(exist_ok=True)
    (folder / "board.docx").write_bytes(content)


def board(case):
    path = stage.work / "board.docx"
    path.unlink(missing_ok=True)
    stage.hufu("case", "filing", case, "board", "draft", path)
    return docx_text(path)


def run(*texts):
    return "<w:p>" + "".join(f"<w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r>" for text in texts) + "</w:p>"


def edited_templates(case):
    """As Word, WPS and LibreOffice leave them: a place over many runs, proofing marks between, rows of a table."""
    own(template(run("{{", "ca", "se}", "} and {{ title }}", " end") + run("plain") + run("{{decisions.what}}: {{decisions.why}}")
                 + "<w:tbl><w:tr><w:tc>" + run("{{duties.title}}") + "</w:tc><w:tc>" + run("{{duties", ".law}}") + "</w:tc></w:tr></w:tbl>"
                 + "<w:tbl><w:tr><w:tc>" + run("{{members.name}}") + "</w:tc></w:tr></w:tbl>"))
    stage.hufu("case", "decide", case, "we do not pay", "--why", "no trust")
    stage.hufu("case", "decide", case, "we tell the police", "--why", "the law")
    text = board(case)
    assert text[0] == f"{case} and your data end" and text[1] == "plain", text[:3]
    assert text[2:4] == ["we do not pay: no trust", "we tell the police: the law"], text[2:5]
    assert "向属地省级网信部门报告" in text and text[-1] == "—", "an empty list leaves a dash"


def field(*words):
    """A field: its instruction in runs; { | } begin, part and end one."""
    turns = {"{": "begin", "|": "separate", "}": "end"}
    return "<w:p>" + "".join(f'<w:r><w:fldChar w:fldCharType="{turns[word]}"/></w:r>' if word in turns else f"<w:r><w:instrText>{word}</w:instrText></w:r>"
                             for word in ("{", *(word.replace('"', "&quot;") for word in words), "}")) + "</w:p>"


def hostile_templates(case):
    rel = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://x/{}" Target="http://x/" TargetMode="External"/></Relationships>'
    inner = rel.replace(' TargetMode="External"', "").replace("http://x/\"/>", "media/a.png\"/>")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    good = run("{{case}}")
    twice = io.BytesIO(template(good))
    with zipfile.ZipFile(twice, "a") as package:
        package.writestr("WORD/document.xml", "<x/>")
    enemies = {
        "is no DOCX": [b"", b"PK", b"no zip at all", template(good)[:200], template(good)[60:]],
        "without a document of Word": [template(good, **{"word/document.xml": None, "word/other.xml": "<x/>"})],
        "starts or fetches": [template(field(*words)) for words in (
            ("DDEAUTO c:\\\\x y",), (" DD", "EAUTO x"), ("dde x",), ('INCLUDEPICTURE "http://x.example/"',), ("INCLUDETEXT x",), ("LINK x",),
            ("{", "QUOTE DDE", "}", " x"), ("IF 1 ", "{", "DDEAUTO x", "}"), ("PAGE", "|", "1", "{", "DDE x", "}"))]
            + [template('<w:p><w:fldSimple w:instr=" DDE x "/></w:p>'), template(good, **{"word/footnotes.xml": f"<w:footnotes {W}>{field('DDE x')}</w:footnotes>"}),
               template('<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>DDE x</w:instrText></w:r></w:p>')],
        "macros": [template(good, **{"word/_rels/document.xml.rels": inner.format(kind), "word/media/a.png": "x"}) for kind in
                   ("oleObject", "control", "vbaProject", "aFChunk", "package")] + [template(good, **{"word/vbaProject.bin": "x"}), template(good, **{"word/embeddings/oleObject1.bin": "x"}),
                   template(good, **{"[Content_Types].xml": "<Types>macroEnabled</Types>"}), template(good, **{"word/activeX/activeX1.xml": "<x/>"})],
        "elsewhere": [template(good, **{"word/_rels/settings.xml.rels": rel.format("attachedTemplate")}),
                      template(good, **{"word/_rels/settings.xml.RELS": rel.format("attachedTemplate")}),
                      template(good, **{"word/_rels/settings.xml.rels": rel.format("image").replace("TargetMode", 'xmlns:x="x" x:TargetMode="Internal" TargetMode')}),
                      template(good, **{"word/_rels/document.xml.rels": rel.format("image")}), template(good, **{"../evil": "x"}),
                      template(good, **{"/etc/passwd": "x"}), twice.getvalue()],
        "plain XML": [template("<w:p>"), template(good, **{"word/document.xml": bomb + f"<w:document {W}><w:body><w:p>&b;</w:p></w:body></w:document>"}),
                      template(good, **{"word/header1.xml": "no xml"}), template(good, **{"word/_rels/document.xml.rels": "<broken"})],
        "filled by nothing": [template(run("{{no_such_place}}")), template(run("{{duties.no_such}}")), template(run("{{" + "x" * 500 + "}}")),
                              template(run("{{../../etc/passwd}}")), template(run("{{{{case}}}}"))],
        "not closed": [template(run("{{case")), template(run("{{case}} {{")), template(run("{{", "case"))],
        "larger ones": [template(good, **{f"word/x{i}.xml": "<x/>" for i in range(600)}), template(good, **{"word/media/a.png": b"\0" * (40 << 20)}),
                        template("<w:sdt>" * 300 + good + "</w:sdt>" * 300)],
    }
    for word, files in enemies.items():
        for at, content in enumerate(files):
            own(content)
            line = stage.refused("case", "filing", case, "board", "draft", stage.work / "never.docx")
            assert word in line or (word == "larger ones" and "XML" in line), (word, at, line)
            assert not (stage.work / "never.docx").exists()
    assert "no_such_place" in (own(template(run("{{no_such_place}}"))), stage.refused("case", "filing", case, "board", "draft", stage.work / "never.docx"))[1]
    # What counts, dates and refers is none of it.
    own(template(good + field("PAGE", "|", "1") + field("=", "{", "NUMPAGES", "}", "-1") + field(' HYPERLINK "http://x.example/" ')
                 + '<w:p><w:fldSimple w:instr=" DATE "/></w:p>'))
    assert board(case)[0] == case
    strict = W.replace("schemas.openxmlformats.org/wordprocessingml/2006/main", "purl.oclc.org/ooxml/wordprocessingml/main")
    own(template(good, **{"word/document.xml": f"<w:document {strict}><w:body>{good}</w:body></w:document>"}))
    assert board(case) == [case], "as Word writes it where it is told to be strict"
    # A link that a reader follows by hand is none of it.
    own(template(good, **{"word/_rels/document.xml.rels": rel.format("hyperlink")}))
    assert board(case) == [case]
    (stage.work / "store" / "templates" / "board.docx").unlink()


def evil_values(case):
    """What people type is text, whatever it looks like."""
    impact(case, {"entity": "<w:p/> & {{title}} ]]>"})
    path = stage.work / "evil.docx"
    stage.hufu("case", "filing", case, "letter", "draft", path)
    assert docx_text(path)[0] == "&lt;w:p/&gt; &amp; {{title}} ]]&gt;", docx_text(path)[0]


def main():
    server = None
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        rows = "".join(f"K{i},138{i:08d},p{i}@mail.example\n" for i in range(60))
        stage.hufu("seal", "customers", stage.write("c.csv", "id,mobile,email\n" + rows), "--as-of", "2026-10-31", "--person", "id")
        stage.write("leak.csv", "id,mobile,email\n" + "".join(rows.splitlines(True)[:30]))
        case = new_case()
        what_is_missing(case)
        a_draft(case)
        laws_nobody_read(case)
        as_pdf(case)
        in_part_then_whole(case)
        what_was_frozen(case)
        papers_of_the_house(case)
        a_drill()
        the_year(case)
        edited_templates(case)
        hostile_templates(case)
        evil_values(case)
        two_people(case)
    finally:
        if server:
            server.stop()
        stage.done()


main()
