// How long until a page can be used, by a browser that has nothing of it yet: usable.mjs HUFU CARMAKER WEB
// Five times each, from navigation to what the page is for (the next clock; the duties of a case). Measures, holds nothing.
import { Stage, PASSWORD } from "./stage.mjs";
const [, , hufu, carmaker, web] = process.argv;
const stage = new Stage(hufu, carmaker);
stage.run("case", "open", stage.mail());
stage.run("case", "fact", "2026-1", "people=4850000", "sector=automotive", "cii=false");
const one = await stage.serve(web);
await stage.browse();
try {
  const first = await stage.page();
  await stage.first(first, "admin", one);
  for (const path of ["/", "/#/cases/2026-1"]) {
    const times = [];
    for (let i = 0; i < 5; i++) {
      const page = await stage.page();
      await stage.signIn(page, "admin", PASSWORD);
      await page.waitForSelector("header nav");
      await page.goto("about:blank");
      const t = Date.now();
      await page.goto(`${stage.base}${path}`);
      await page.waitForSelector(path === "/" ? "[role=timer]" : "#duties");
      times.push(Date.now() - t);
      await page.context().close();
    }
    console.log(path, "ms:", ...times.sort((a, b) => a - b));
  }
} finally {
  await stage.done();
}
