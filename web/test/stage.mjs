// What the browser's tests share: a company that does not exist, its store with an incident, a server on a port of its
// own, a browser. Everything lies in a directory that goes away; the server is stopped by its process id.
import { chromium } from "playwright-core";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PASSWORD = "a tally cut in two";
const CHROMIUM = process.env.HUFU_CHROMIUM ?? "/usr/bin/chromium";
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export class Stage {
  constructor(hufu, carmaker) {
    this.hufu = hufu;
    this.dir = mkdtempSync(join(tmpdir(), "hufu-console-"));
    this.env = { ...process.env, HUFU_STORE: join(this.dir, "store"), HUFU_KEY_FILE: join(this.dir, "key") };
    delete this.env.HUFU_DB;
    execFileSync(carmaker, [this.dir, "--customers", "1200"]);
    this.run("init");
    for (const dataset of ["owners", "staff"])
      for (const file of readdirSync(join(this.dir, "snapshots", dataset)).sort().slice(-4))
        this.run("seal", dataset, join(this.dir, "snapshots", dataset, file), "--as-of", file.replace(".csv", ""));
  }

  run(...words) {
    return execFileSync(this.hufu, words, { env: this.env, encoding: "utf-8", stdio: ["ignore", "pipe", "pipe"] });
  }

  path(name) {
    return join(this.dir, name);
  }

  /** Every mobile and ID number of the newest table of owners: none of them may ever reach a browser unasked. */
  secrets() {
    const folder = join(this.dir, "snapshots", "owners");
    const lines = readFileSync(join(folder, readdirSync(folder).sort().at(-1)), "utf-8").split("\n");
    const head = lines[0].split(",");
    const places = [head.indexOf("mobile"), head.indexOf("resident_id")];
    return new Set(lines.slice(1).flatMap((line) => places.map((at) => line.split(",")[at])).filter((value) => value?.length >= 11));
  }

  /** The mail as it came, with what is offered and a sample. */
  mail(name = "demand.eml") {
    const sample = readFileSync(join(this.dir, "leaks", "owners-sample.zip")).toString("base64");
    const path = this.path(name);
    writeFileSync(
      path,
      `Received: from mx.example.cn by mail.carmaker.example with ESMTP id 4711; ${new Date(Date.now() - 7200_000).toUTCString().replace("GMT", "+0000")}
From: nobody <nobody@example.org>
Subject: your customers' data
Message-ID: <${name}@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

We have all your customers' data. Pay 2.25 million US dollars in bitcoin to
1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa within 72 hours.
用户基本信息 485万条 3 BTC；全部打包 1 BTC
--part
Content-Type: application/zip; name="sample.zip"
Content-Disposition: attachment; filename="sample.zip"
Content-Transfer-Encoding: base64

${sample.replace(/(.{76})/g, "$1\n")}
--part--
`,
    );
    return path;
  }

  /** A mail server that takes everything, for notices and callers' codes. */
  async post() {
    this.mails = [];
    const server = createServer((socket) => {
      let text = "", data = false;
      socket.on("error", () => undefined);
      socket.write("220 test ESMTP\r\n");
      socket.on("data", (piece) => {
        text += piece.toString("latin1");
        for (;;) {
          const end = data ? text.indexOf("\r\n.\r\n") : text.indexOf("\r\n");
          if (end < 0) return;
          const line = text.slice(0, end);
          text = text.slice(end + (data ? 5 : 2));
          if (data) this.mails.push(line);
          data = !data && /^DATA/i.test(line);
          socket.write(data ? "354 go on\r\n" : /^QUIT/i.test(line) ? "221 bye\r\n" : "250 ok\r\n");
        }
      });
    });
    const port = await freePort();
    await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
    server.unref();
    const folder = join(this.dir, "snapshots", "owners");
    Object.assign(this.env, {
      HUFU_MAIL_SERVER: `smtp://127.0.0.1:${port}`,
      HUFU_MAIL_FROM: "privacy@carmaker.example",
      HUFU_NOTIFY_SENDER: "示例汽车 Example Motors",
      HUFU_NOTIFY_CONTACT: "400-000-0000",
      HUFU_NOTIFY_QUIET: "none",
      HUFU_NOTIFY_CONTACTS: `owners=${join(folder, readdirSync(folder).sort().at(-1))}`,
    });
  }

  async serve(web) {
    await this.post();
    const port = await freePort();
    this.base = `https://127.0.0.1:${port}`;
    this.server = spawn(this.hufu, ["serve", "--listen", `127.0.0.1:${port}`], {
      env: { ...this.env, HUFU_SERVE_WEB: web },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    await new Promise((resolve, reject) => {
      this.server.stderr.on("data", (piece) => {
        said += piece;
        if (said.includes("serves at")) resolve();
      });
      this.server.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
    });
    return /one-time password ([a-z0-9-]+)/.exec(said)?.[1];
  }

  async browse() {
    this.browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  }

  /** A fresh browser of its own; what goes wrong in it is kept. */
  async page({ language = "zh-CN", width = 1280, dark = false } = {}) {
    const context = await this.browser.newContext({
      ignoreHTTPSErrors: true,
      acceptDownloads: true,
      locale: language,
      viewport: { width, height: 900 },
      colorScheme: dark ? "dark" : "light",
    });
    const page = await context.newPage();
    page.faults = [];
    page.answers = [];
    page.sizes = []; // bytes of each answer, as they came over the wire
    page.on("requestfinished", (request) =>
      page.sizes.push(request.sizes().then((size) => size.responseBodySize + size.responseHeadersSize, () => 0)),
    );
    page.on("console", (message) => {
      // A stranger's first question is answered 401: that is how the page learns that nobody is signed in.
      if (message.type() === "error" && !/status of (401|412|403|429)/.test(message.text())) page.faults.push(message.text());
    });
    page.on("pageerror", (error) => page.faults.push(String(error)));
    page.on("response", (answer) => {
      const about = answer.headers()["content-type"] ?? "";
      if (/json|text/.test(about) && !about.includes("event-stream"))
        page.answers.push(answer.text().catch(() => ""));
    });
    return page;
  }

  async signIn(page, name, password) {
    await page.goto(`${this.base}/`);
    await page.fill("#name", name);
    await page.fill("#password", password);
    await page.click("button[type=submit]");
  }

  /** Signs in with a one-time password, and takes one of one's own. */
  async first(page, name, oneTime) {
    await this.signIn(page, name, oneTime);
    await page.fill("#old", oneTime);
    await page.fill("#new", PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForSelector("header nav");
  }

  async done() {
    await this.browser?.close();
    if (this.server && this.server.exitCode === null) {
      this.server.removeAllListeners("exit");
      const ended = new Promise((resolve) => this.server.on("exit", resolve));
      this.server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}
