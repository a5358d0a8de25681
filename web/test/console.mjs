// The console as its users see it: console.mjs HUFU CARMAKER WEB
// The whole incident in both languages, every role, two people at once, accessibility, what a first load weighs.
// HUFU_SHOTS=DIR keeps a screenshot of every page; HUFU_ONLY=WORD runs the tests (behind the first) whose name has it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PASSWORD, Stage } from "./stage.mjs";

const [, , hufu, carmaker, web] = process.argv;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const FIRST_LOAD_MAX = 600_000;
const stage = new Stage(hufu, carmaker);
const secrets = stage.secrets();
let passed = 0;

async function test(name, body) {
  if (passed > 0 && process.env.HUFU_ONLY && !name.includes(process.env.HUFU_ONLY)) return;
  const began = Date.now();
  try {
    await body();
  } catch (error) {
    console.error(`FAILED: ${name}`);
    throw error;
  }
  passed++;
  console.log(`good: ${name} (${Date.now() - began} ms)`);
}

/** The stream of events keeps the network busy for ever, so quiet is no sign. */
async function settled(page) {
  await page.waitForTimeout(300);
}

async function at(page, path, marker) {
  await page.goto(`${stage.base}/#${path}`);
  await page.waitForSelector(marker);
  await settled(page);
}

async function keepsQuiet(page) {
  assert.deepEqual(page.faults, []);
  const seen = [await page.evaluate(() => document.body.innerText), ...(await Promise.all(page.answers))].join("\n");
  for (const value of secrets) assert.ok(!seen.includes(value), "a number of the company's reached the browser");
}

const accept = (page, words) => page.getByText(words, { exact: false }).first().waitFor();

/* ---- what each of them does ---- */

async function firstSignIn(oneTime) {
  const page = await stage.page();
  await stage.signIn(page, "admin", "nobody's password");
  await accept(page, "账号、密码或口令不正确");
  const began = Date.now();
  await stage.first(page, "admin", oneTime);
  await page.waitForSelector("[role=timer]");
  console.log(`      usable ${Date.now() - began} ms after the password was sent (twice)`);
  await accept(page, "向属地省级网信部门报告");
  await accept(page, "还剩");
  const weight = (await Promise.all(page.sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`      first load: ${Math.round(weight / 1000)} kB`);
  assert.ok(weight > 50_000 && weight < FIRST_LOAD_MAX, `a first load of ${weight} bytes`);
  await keepsQuiet(page);
  await page.getByRole("button", { name: "退出" }).click();
  await page.waitForSelector("#password");
  await page.context().close();
}

const words = {
  "zh-CN": {
    verdict: "几乎全部是我方数据",
    window: "2023-07-31 之后、2023-09-30 之前",
    impossible: "不可能",
    addFact: "补充事实",
    settle: "办结或豁免",
    save: /保\s?存/,
    settled: "已完成",
    quoted: "条文",
    finish: /完\s?成/,
    addMember: "添加成员",
    decide: "记录决定",
    look: "查看（掩码）",
    masked: "掩码显示",
    bundle: "下载证据包",
    why: "理由",
  },
  "en-US": {
    verdict: "nearly all of it is ours",
    window: "after 2023-07-31, before 2023-09-30",
    impossible: "impossible",
    addFact: "Add a fact",
    settle: "Settle",
    save: "Save",
    settled: "done",
    quoted: "Clause",
    finish: "Done",
    addMember: "Add a member",
    decide: "Log a decision",
    look: "Look (masked)",
    masked: "Masked",
    bundle: "Download the bundle",
    why: "Why",
  },
};

async function incident(language, number) {
  const say = words[language];
  const page = await stage.page({ language });
  await stage.signIn(page, "admin", PASSWORD);
  await page.waitForSelector("header nav");
  await page.getByRole("link", { name: new RegExp(`^${number}`) }).first().click();
  await page.waitForSelector("#duties");
  await accept(page, say.verdict);
  await accept(page, say.window);
  await accept(page, "owners");
  await accept(page, say.impossible);
  await page.locator(".mapping").first().waitFor();
  await page.locator(".chart canvas").first().waitFor();

  const duties = page.locator("#duties");
  await duties.getByText(say.quoted).first().click();
  await duties.locator(".quote").first().waitFor();

  // A fact moves the duties: fewer people, confirmed, and the four-hour report falls away.
  const facts = page.locator("#facts");
  await duties.getByText("CN-CACIR-4d").first().waitFor();
  const add = async (value, basis) => {
    await facts.locator("input[list=fact-names]").fill("people");
    await facts.locator("#value").fill(value);
    await facts.locator("#source").fill("our own count"); // the same source: a correction
    await facts.locator(".ant-select").click();
    await page.waitForTimeout(400); // the list slides into its place
    await page.locator(".ant-select-dropdown:visible .ant-select-item-option-content").nth(basis).click();
    await facts.locator(".ant-select-selection-item").getByText(language === "zh-CN" ? "已确认" : "confirmed").waitFor();
    await facts.getByRole("button", { name: say.addFact }).click();
    await facts.locator("tr").filter({ hasText: "our own count" }).filter({ hasText: Number(value).toLocaleString("en") }).waitFor();
  };
  await add("900000", 2);
  await duties.locator(":scope > .ant-card-body > ul > li").filter({ hasText: "CN-CACIR-4d" }).waitFor({ state: "detached" });
  await add("4850000", 2);
  await duties.getByText("CN-CACIR-4d").first().waitFor();

  await duties.getByRole("button", { name: say.settle }).first().click();
  await page.locator(".ant-modal textarea").fill(`by telephone, ${language}`);
  await page.locator(".ant-modal").getByRole("button", { name: say.save }).click();
  await duties.getByText(`by telephone, ${language}`).waitFor();

  const tasks = page.locator("#tasks");
  const before = await tasks.locator("li").count();
  await tasks.getByRole("button", { name: say.finish }).first().click();
  await tasks.getByText(say.settled).first().waitFor();
  assert.equal(await tasks.locator("li").count(), before);

  const members = page.locator("#members");
  await members.locator("#name").fill(`李静 ${language}`);
  await members.locator("#role").fill("lead");
  await members.getByRole("button", { name: say.addMember }).click();
  await members.getByText(`李静 ${language}`).waitFor();

  const decisions = page.locator("#decisions");
  await decisions.locator("#what").fill(`we do not pay (${language})`);
  await decisions.locator("#why").fill("nothing would come back");
  await decisions.getByRole("button", { name: say.decide }).click();
  await decisions.getByText(`we do not pay (${language})`).waitFor();

  const impact = page.locator("#impact");
  await impact.locator("#impact-cause").fill(`not known yet (${language})`);
  await impact.getByRole("button", { name: say.save }).click();
  await page.waitForTimeout(600);
  assert.match(stage.run("case", "show", number, "--json"), new RegExp(`not known yet \\(${language}\\)`));

  await page.locator("#evidence").getByRole("button", { name: say.look }).last().click();
  await page.locator(".ant-modal").getByText(say.masked).waitFor();
  await page.locator(".ant-modal tbody td").first().waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".ant-modal").waitFor({ state: "hidden" });

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: say.bundle }).click()]);
  const file = stage.path(`${language}.tar.zst`);
  await download.saveAs(file);
  const signer = await page.locator(".ant-alert .hand").innerText();
  assert.match(stage.run("verify", file, "--signer", signer), /holds/);
  await keepsQuiet(page);
  await page.context().close();
}

/** Two on one case: the second to save is told, keeps what he typed, and saves at the second try. */
async function together(number) {
  const [one, two] = [await stage.page({ language: "en-US" }), await stage.page({ language: "en-US" })];
  for (const page of [one, two]) {
    await stage.signIn(page, "admin", PASSWORD);
    await page.waitForSelector("header nav");
    await at(page, `/cases/${number}`, "#decisions");
  }
  // The second does not hear of changes: his page is as old as it can be.
  await two.route("**/api/events", (route) => route.abort());
  await two.reload();
  await two.waitForSelector("#decisions");
  await settled(two);
  const decide = async (page, what) => {
    await page.locator("#decisions #what").fill(what);
    await page.locator("#decisions #why").fill("because");
    await page.locator("#decisions").getByRole("button", { name: "Log a decision" }).click();
  };
  await decide(one, "the first one");
  await one.locator("#decisions").getByText("the first one").waitFor();
  await decide(two, "the second one");
  await accept(two, "Somebody else changed this case");
  assert.equal(await two.locator("#decisions #what").inputValue(), "the second one");
  await settled(two);
  await two.locator("#decisions").getByRole("button", { name: "Log a decision" }).click();
  await two.locator("#decisions").getByText("the second one").waitFor();
  // The first one hears of it by himself; and of what the command line does.
  await one.locator("#decisions").getByText("the second one").waitFor({ timeout: 15000 });
  stage.run("case", "decide", number, "the third one", "--why", "by the command line");
  await one.locator("#decisions").getByText("the third one").waitFor({ timeout: 15000 });
  for (const page of [one, two]) await page.context().close();
}

/** What a role must not do it is neither shown nor allowed. */
async function roles(number) {
  const may = {
    responder: { close: true, match: true, clear: true, accounts: false },
    legal: { close: true, match: false, clear: true, accounts: false },
    auditor: { close: false, match: false, clear: false, accounts: false },
    admin: { close: true, match: true, clear: false, accounts: true },
  };
  for (const [role, can] of Object.entries(may)) {
    const name = `${role}-of-the-test`;
    const oneTime = JSON.parse(stage.run("account", "add", name, "--role", role, "--json")).one_time;
    const page = await stage.page({ language: "en-US" });
    await stage.first(page, name, oneTime);
    await at(page, `/cases/${number}`, "#duties");
    assert.equal(await page.getByRole("button", { name: "Close the case" }).count(), can.close ? 1 : 0, `${role}: close`);
    assert.equal((await page.getByRole("button", { name: "Settle" }).count()) > 0, can.close, `${role}: settle`);
    await page.locator("#evidence").getByRole("button", { name: "Look (masked)" }).first().click();
    await page.locator(".ant-modal tbody td").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Look in clear" }).count(), can.clear ? 1 : 0, `${role}: clear`);
    if (can.clear) {
      await page.locator(".ant-modal input").first().fill("a test of roles");
      await page.getByRole("button", { name: "Look in clear" }).click();
      await page.locator(".ant-modal .ant-tag").getByText("In clear").waitFor();
    }
    await page.keyboard.press("Escape");
    await at(page, "/settings", "[role=tab]");
    assert.equal(await page.getByRole("tab", { name: "Accounts" }).count(), can.accounts ? 1 : 0, `${role}: accounts`);
    const asked = await page.evaluate(async (id) => {
      const session = await (await fetch("/api/session")).json();
      const headers = { "X-CSRF-Token": session.csrf, "Content-Type": "application/json" };
      const version = (await fetch(`/api/cases/${id}`)).headers.get("ETag");
      const post = async (path, body, more = {}) =>
        (await fetch(path, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(body) })).status;
      return {
        accounts: (await fetch("/api/accounts")).status,
        decision: await post(`/api/cases/${id}/decisions`, { what: "x", why: "y" }, { "If-Match": version ?? "" }),
        match: await post("/api/matches", { sha256: "0".repeat(64), name: "x" }, { "Idempotency-Key": crypto.randomUUID() }),
        clear: await post(`/api/cases/${id}/looks`, { evidence: "1", clear: true, reason: "a test of roles" }),
      };
    }, number);
    assert.equal(asked.accounts === 403, !can.accounts, `${role}: GET accounts ${asked.accounts}`);
    assert.equal(asked.decision === 403, !can.close, `${role}: decision ${asked.decision}`);
    assert.equal(asked.match === 403, !can.match, `${role}: match ${asked.match}`);
    assert.equal(asked.clear === 403, !can.clear, `${role}: clear ${asked.clear}`);
    await page.context().close();
  }
}

/** Drop a file, watch it being judged; open a case with a mail. */
async function matching() {
  const page = await stage.page({ language: "en-US" });
  await stage.signIn(page, "admin", PASSWORD);
  await page.waitForSelector("header nav");
  await at(page, "/match", ".drop");
  await page.setInputFiles("[data-testid=files]", stage.path("leaks/owners-sample.zip"));
  await page.locator(".hand").filter({ hasText: "SHA-256" }).first().waitFor();
  await page.getByRole("button", { name: "Only match, no case" }).click();
  await accept(page, "nearly all of it is ours");
  await at(page, "/match", ".drop");
  await page.setInputFiles("[data-testid=files]", stage.path("demand.eml"));
  await page.locator(".hand").filter({ hasText: "SHA-256" }).first().waitFor();
  await page.getByRole("button", { name: "Open a case with these" }).click();
  await page.waitForSelector("#duties");
  await accept(page, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
  await accept(page, "nearly all of it is ours");
  await keepsQuiet(page);
  await page.context().close();
}

/** What src/types.ts says of an answer is in it, and it says all that doc/openapi.yaml promises. */
async function types(number) {
  const source = readFileSync(join(web, "../src/types.ts"), "utf-8");
  const fields = (name) => {
    const block = new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, "m").exec(source)?.[1];
    assert.ok(block, `src/types.ts has no ${name}`);
    return [...block.matchAll(/^  (\w+)(\??):/gm)].map(([, field, may]) => ({ field, must: !may }));
  };
  const page = await stage.page();
  await stage.signIn(page, "admin", PASSWORD);
  await page.waitForSelector("header nav");
  const get = (path) => page.evaluate(async (from) => (await fetch(from)).json(), path);
  const [api, whole, overview] = [await get("/api/openapi.json"), await get(`/api/cases/${number}`), await get("/api/overview")];
  const first = async (path) => {
    const answer = await get(path);
    return (Array.isArray(answer) ? answer : answer.items)[0];
  };
  const csrf = (await get("/api/session")).csrf;
  const look = await page.evaluate(
    async ([path, token, sha256]) =>
      (
        await fetch(path, {
          method: "POST",
          headers: { "X-CSRF-Token": token, "Content-Type": "application/json" },
          body: JSON.stringify({ evidence: sha256 }),
        })
      ).json(),
    [`/api/cases/${number}/looks`, csrf, whole.evidence.at(-1).sha256],
  );
  const answers = {
    Case: whole,
    Fact: whole.facts[0],
    Duty: whole.duties[0],
    Task: whole.tasks[0],
    Evidence: whole.evidence[0],
    ListingItem: whole.listing[0],
    Verdict: whole.verdicts[0].verdict,
    Overview: overview,
    CaseLine: overview.cases[0],
    SealLine: overview.seals[0],
    Session: await get("/api/session"),
    Entry: await first(`/api/cases/${number}/timeline`),
    Account: await first("/api/accounts"),
    Dataset: await first("/api/datasets"),
    Pack: await first("/api/packs"),
    Calendar: await first("/api/calendars"),
    Setting: await first("/api/settings"),
    Look: look,
  };
  const wrong = [];
  for (const [name, answer] of Object.entries(answers)) {
    const said = fields(name);
    for (const { field, must } of said) if (must && !(field in answer)) wrong.push(`${name}.${field} is in no answer`);
    for (const field of api.components.schemas[name === "Look" ? "Rows" : name]?.required ?? [])
      if (!said.some((one) => one.field === field)) wrong.push(`${name}.${field} is not in src/types.ts`);
  }
  assert.deepEqual(wrong, []);
  await page.context().close();
}

async function findings(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations
      .filter((one) => one.impact === "serious" || one.impact === "critical")
      .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(" | ")}`),
  );
  return found.map((one) => `${name}: ${one}`);
}

/** Every page, both languages, light and dark, wide and narrow. */
async function everyPage(number) {
  const pages = [
    ["overview", "/", "[role=timer]"],
    ["cases", "/cases", ".caseline"],
    ["case", `/cases/${number}`, "#timeline li"],
    ["match", "/match", ".drop"],
    ["data", "/data", "table"],
    ["settings", "/settings", "#old"],
  ];
  const found = [];
  for (const [language, dark] of [["zh-CN", false], ["en-US", true]])
    for (const width of [1280, 390]) {
      const page = await stage.page({ language, width, dark });
      await page.goto(stage.base);
      await page.waitForSelector("#password");
      if (width === 1280) found.push(...(await findings(page, `sign-in, ${language}`)));
      await stage.signIn(page, "admin", PASSWORD);
      await page.waitForSelector("header nav");
      for (const [name, path, marker] of pages) {
        await page.goto(`${stage.base}/#${path}`);
        await page.waitForSelector(marker, { state: "attached" });
        await settled(page);
        if (process.env.HUFU_SHOTS)
          await page.screenshot({ path: join(process.env.HUFU_SHOTS, `${name}-${language}-${width}.png`), fullPage: true });
        if (width === 1280) found.push(...(await findings(page, `${name}, ${language}, ${dark ? "dark" : "light"}`)));
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (over > 1) found.push(`${name}: ${over} pixels too wide at ${width}`);
      }
      await keepsQuiet(page);
      await page.context().close();
    }
  assert.deepEqual(found, []);
}

/** Who knows nothing of hufu drops the mail and is led to the verdict, the clocks and all that the first report needs. */
async function newcomer(language) {
  const zh = language === "zh-CN";
  const page = await stage.page({ language });
  await stage.signIn(page, "admin", PASSWORD);
  await page.getByRole("link", { name: zh ? "立案与比对" : "New case" }).first().click();
  await page.setInputFiles("[data-testid=files]", [stage.mail(`demand-${language}.eml`)]);
  await page.getByRole("button", { name: zh ? "以这些文件立案" : "Open a case" }).click();
  await page.waitForSelector("#duties");
  await accept(page, words[language].verdict);
  await accept(page, "CN-PIPL-57a");
  const needed = page.locator("#impact");
  await needed.getByText(zh ? "待补报" : "to be supplied").first().waitFor();
  const choose = async (name, option) => {
    await needed.locator(".head-line").filter({ hasText: name }).locator(".ant-select").click();
    await page.waitForTimeout(400);
    await page.locator(".ant-select-dropdown:visible .ant-select-item-option-content").getByText(option, { exact: true }).click();
    await needed.locator(".head-line").filter({ hasText: name }).filter({ hasText: zh ? "已确认" : "confirmed" }).waitFor();
  };
  await choose(zh ? "行业领域" : "Sector", zh ? "汽车" : "automotive");
  await choose(zh ? "关键信息基础设施" : "Critical information infrastructure", zh ? "否" : "no");
  for (const line of await needed.locator("textarea").all()) await line.fill("as far as it is known today");
  await needed.getByRole("button", { name: words[language].save }).click();
  await needed.getByText(zh ? /已知 (\d+) \/ \1 项/ : /^(\d+) of \1 known/).waitFor();
  await needed.getByText(zh ? "可以先行报告" : "may be filed alone").first().waitFor();
  await keepsQuiet(page);
  await page.context().close();
}

/** A claim by hand: recorded, its caller proved, decided; a filing drafted and recorded; a notice written. */
async function owed(number) {
  const page = await stage.page();
  await stage.signIn(page, "admin", PASSWORD);
  await page.waitForSelector("header nav");
  await at(page, `/cases/${number}`, "#claims");
  const claims = page.locator("#claims");
  await claims.getByPlaceholder("内容（不写姓名和号码）").fill("来电询问");
  await claims.getByRole("button", { name: /登\s?记/ }).click();
  await claims.getByText("来电询问").waitFor();
  await claims.getByText("身份未核实").waitFor();
  await claims.getByPlaceholder("客户号、手机号、邮箱或身份证号").fill("13800138000");
  await claims.getByRole("button", { name: "发送验证码" }).click();
  await claims.getByPlaceholder("读回的验证码，或其他核实方式").fill("柜台出示证件");
  await claims.getByRole("button", { name: "以其他方式核实" }).click();
  await claims.getByText("不在泄露数据中").waitFor();
  await claims.getByPlaceholder("理由").fill("已答复");
  await claims.getByRole("button", { name: "记录处理" }).click();
  await claims.getByText("认可").first().waitFor();
  const filings = page.locator("#filings");
  const [paper] = await Promise.all([page.waitForEvent("download"), filings.getByRole("button", { name: "草稿（DOCX）" }).first().click()]);
  const draft = stage.path("draft.docx");
  await paper.saveAs(draft);
  assert.equal(readFileSync(draft).subarray(0, 2).toString(), "PK");
  await filings.locator("li").filter({ hasText: "董事会一页通" }).getByRole("button", { name: "记录报送" }).click();
  await page.locator("#approved_by").fill("王总");
  await page.locator("#sent_by").fill("当面");
  await page.locator(".ant-modal").getByRole("button", { name: "记录报送" }).click();
  await filings.getByText(/第 1 版 .*王总 批准/).waitFor();
  await page.locator("#notices").getByText(/涉及 \d+ 人/).waitFor();
  assert.equal(await page.getByRole("button", { name: /拟定告知/ }).count(), 0, "an admin writes none");
  await keepsQuiet(page);
  await page.context().close();
}

/** Notices by hand: one writes, another releases, and everybody has his mail once. */
async function told(number) {
  stage.run("case", "impact", number, "measures=the hole is closed");
  const as = async (role) => {
    const name = `${role}-of-notices`;
    const oneTime = JSON.parse(stage.run("account", "add", name, "--role", role, "--json")).one_time;
    const page = await stage.page();
    await stage.first(page, name, oneTime);
    await at(page, `/cases/${number}`, "#notices");
    return [page, page.locator("#notices")];
  };
  const [writer, written] = await as("responder");
  await written.getByRole("button", { name: /拟定告知/ }).click();
  await written.getByText(/待发送/).waitFor();
  assert.equal(await written.getByRole("button", { name: /批准发送/ }).count(), 0, "who wrote it does not release it");
  const [releaser, notices] = await as("legal");
  await notices.getByRole("button", { name: /批准发送/ }).click();
  await notices.getByRole("button", { name: /^发\s?送$/ }).click();
  await notices.getByText(/已送达服务器/).waitFor({ timeout: 60_000 });
  await notices.getByText(/待发送/).waitFor({ state: "detached", timeout: 60_000 });
  const counts = JSON.parse(stage.run("case", "notice", number, "--json")).versions[0].counts;
  const to = stage.mails.map((mail) => /^To: (.*)$/im.exec(mail)[1]);
  assert.equal(to.length, counts.accepted);
  assert.ok(counts.accepted > 100 && new Set(to).size === to.length, JSON.stringify(counts));
  for (const page of [writer, releaser]) {
    await keepsQuiet(page);
    await page.context().close();
  }
}

async function keyboard() {
  const page = await stage.page({ language: "en-US" });
  await stage.signIn(page, "admin", PASSWORD);
  await page.waitForSelector("header nav");
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "content");
  const seen = new Set();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    seen.add(await page.evaluate(() => document.activeElement?.textContent?.slice(0, 20)));
  }
  assert.ok(seen.size > 5, "the keyboard comes nowhere");
  await page.context().close();
}

try {
  const mail = stage.mail();
  const number = JSON.parse(stage.run("case", "open", mail, "--json")).id;
  stage.run("case", "fact", number, "sector=automotive", "cii=false", "people=4850000", "--source", "the mail");
  stage.run("match", stage.path("leaks/owners-sample.zip"), "--case", number, "--json");
  const oneTime = await stage.serve(web);
  await stage.browse();
  await test("the first sign-in", () => firstSignIn(oneTime));
  await test("the types", () => types(number));
  await test("every page", () => everyPage(number));
  await test("the incident in Chinese", () => incident("zh-CN", number));
  await test("the incident in English", () => incident("en-US", number));
  await test("a newcomer, in Chinese", () => newcomer("zh-CN"));
  await test("a newcomer, in English", () => newcomer("en-US"));
  await test("two at once", () => together(number));
  await test("every role", () => roles(number));
  await test("matching", () => matching());
  await test("what is owed", () => owed(number));
  await test("notices by hand", () => told(number));
  await test("the keyboard", () => keyboard());
  console.log(`${passed} passed, 0 failed`);
} catch (error) {
  console.error(error);
  console.log(`${passed} passed, 1 failed`);
  process.exitCode = 1;
} finally {
  await stage.done();
}
