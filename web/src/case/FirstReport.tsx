// What the first report must hold, by the heads of CAC-IR art. 7 and the three items of PIPL art. 57: what is known,
// what is still missing, and the place to say it. Heads one and two may be filed alone (art. 7).
import { Button, Input, Select, Tag } from "antd";
import { useState, type ReactNode } from "react";
import { useTexts, type Key } from "../i18n";
import { kindName, sectorName, sectors } from "../i18n/names";
import { Section } from "../parts/common";
import { useHouse } from "../shell";
import type { Case, Fact } from "../types";
import { useCase, useChange } from "./change";

interface Line {
  name: Key;
  known: boolean;
  shown: ReactNode;
  /** PIPL 57 asks for it too. */
  pipl?: boolean;
  /** A line of the impact form, typed in. */
  typed?: string;
  ask?: ReactNode;
}

/** What counts of several claims: a confirmed one, else the last. */
function factOf(value: Case, name: string): Fact | undefined {
  const all = value.facts.filter((fact) => fact.name === name && !fact.superseded);
  return all.find((fact) => fact.basis === "confirmed") ?? all.at(-1);
}

function Choice({ name, options }: { name: string; options: { value: string; label: string }[] }) {
  const { t } = useTexts();
  const { send, busy } = useChange();
  return (
    <Select
      style={{ minWidth: 160 }}
      size="small"
      aria-label={t(name as Key)}
      placeholder={t("choose")}
      loading={busy}
      options={options}
      onChange={(chosen: string) => void send("POST", "/facts", { facts: { [name]: chosen }, basis: "confirmed" })}
    />
  );
}

function Confirm({ fact }: { fact: Fact }) {
  const { t } = useTexts();
  const { send, busy } = useChange();
  const body = { facts: { [fact.name]: fact.value }, basis: "confirmed", source: fact.source };
  return (
    <Button size="small" loading={busy} onClick={() => void send("POST", "/facts", body)}>
      {t("confirm")}
    </Button>
  );
}

function useHeads(): { name: Key; article: string; lines: Line[] }[] {
  const { t, say, language, number, time } = useTexts();
  const { value } = useCase();
  const form = new Map(value.impact.map((line) => [line.name, line.value]));
  const typed = (name: string, key: Key, pipl = false): Line => {
    const text = form.get(name);
    return { name: key, known: Boolean(text), shown: text, typed: name, pipl };
  };
  const basis = (fact: Fact | undefined, text: ReactNode) =>
    fact && (
      <>
        {text} <span className="quiet">{t(fact.basis)}</span>
      </>
    );
  const [sector, cii, learned, kinds] = ["sector", "cii", "learned_at", "kinds"].map((name) => factOf(value, name));
  const people = factOf(value, "people") ?? factOf(value, "people_exposed");
  const listed = kinds?.value.split(",").map((kind) => kindName(kind, language)).join(language === "zh" ? "、" : ", ");
  const truths = [
    { value: "true", label: t("yes") },
    { value: "false", label: t("no") },
  ];
  return [
    {
      name: "headEntity",
      article: "7(1)",
      lines: [
        typed("entity", "entity"),
        typed("systems", "systems"),
        {
          name: "sector",
          known: Boolean(sector),
          shown: basis(sector, sector && sectorName(sector.value, language)),
          ask: <Choice name="sector" options={Object.keys(sectors).map((one) => ({ value: one, label: sectorName(one, language) }))} />,
        },
        {
          name: "cii",
          known: Boolean(cii),
          shown: basis(cii, cii?.value === "true" ? t("yes") : t("no")),
          ask: <Choice name="cii" options={truths} />,
        },
      ],
    },
    {
      name: "headIncident",
      article: "7(2)",
      lines: [
        {
          name: "learnedAt",
          known: learned?.basis === "confirmed",
          shown: basis(learned, time(learned?.value)),
          ask: learned && <Confirm fact={learned} />,
        },
        typed("occurred", "occurred"),
        { name: "kindsOfData", known: Boolean(kinds), shown: basis(kinds, listed), pipl: true },
        { name: "people", known: Boolean(people), shown: basis(people, people && number(Number(people.value))) },
        {
          name: "grade",
          known: value.grades.length > 0,
          shown: value.grades.map((grade) => `${grade.standard} ${say(grade)}`).join(language === "zh" ? "、" : ", "),
        },
        ...(value.demand
          ? [
              {
                name: "demand" as const,
                known: value.demand.amount !== null,
                shown: `${value.demand.amount ?? "—"} ${value.demand.currency ?? ""} ${value.demand.wallet ?? ""}`,
              },
            ]
          : []),
        typed("containment", "containment"),
      ],
    },
    { name: "headTrend", article: "7(3)", lines: [typed("trend", "trend"), typed("harm", "harm", true), typed("vehicle_safety", "vehicle_safety")] },
    { name: "headCause", article: "7(4)", lines: [typed("cause", "cause", true)] },
    { name: "headTrace", article: "7(5)", lines: [typed("clues", "clues"), typed("way_out", "way_out")] },
    { name: "headNext", article: "7(6)", lines: [typed("measures", "measures", true), typed("help", "help")] },
    { name: "headScene", article: "7(7)", lines: [typed("scene", "scene")] },
    { name: "headOther", article: "7(8)", lines: [typed("contact", "reportContact", true)] },
  ];
}

export function FirstReport() {
  const { t, article } = useTexts();
  const { may } = useHouse();
  const { value } = useCase();
  const { send, busy } = useChange();
  const heads = useHeads();
  const [text, setText] = useState<Record<string, string>>({});
  const works = may("work") && value.state === "open";
  const lines = heads.flatMap((head) => head.lines);
  const known = lines.filter((line) => line.known).length;
  const firstTwo = heads.slice(0, 2).every((head) => head.lines.every((line) => line.known));
  const changed = Object.entries(text).filter(([name, typed]) => {
    const now = value.impact.find((line) => line.name === name)?.value ?? "";
    return typed.trim() && typed !== now;
  });
  const save = async () => {
    if (await send("POST", "/impact", { values: Object.fromEntries(changed) })) setText({});
  };
  return (
    <Section
      id="impact"
      title={t("impact")}
      extra={<Tag color={known === lines.length ? "green" : firstTwo ? "blue" : "orange"}>{t("knownOf", known, lines.length)}</Tag>}
    >
      <p className="quiet">{firstTwo ? t("firstTwoReady") : t("firstTwoMissing")}</p>
      <div className="heads">
        {heads.map((head) => (
          <fieldset key={head.name}>
            <legend>
              {t(head.name)} <span className="quiet">CAC-IR {article(head.article)}</span>
            </legend>
            {head.lines.map((line) => (
              <div className="head-line" key={line.name}>
                <label htmlFor={line.typed ? `impact-${line.typed}` : undefined}>
                  {t(line.name)} {line.pipl && <span className="quiet">PIPL 57</span>}
                </label>
                <div>
                  {works && line.typed ? (
                    <Input.TextArea
                      id={`impact-${line.typed}`}
                      rows={1}
                      className="grows"
                      placeholder={t("toBeSupplied")}
                      value={text[line.typed] ?? (typeof line.shown === "string" ? line.shown : "")}
                      onChange={(event) => setText({ ...text, [line.typed ?? ""]: event.target.value })}
                    />
                  ) : (
                    <>
                      {line.shown || <Tag color="orange">{t("toBeSupplied")}</Tag>} {works && !line.known && line.ask}
                    </>
                  )}
                </div>
              </div>
            ))}
          </fieldset>
        ))}
      </div>
      {works && (
        <Button type="primary" disabled={changed.length === 0} loading={busy} onClick={() => void save()}>
          {t("save")}
        </Button>
      )}
    </Section>
  );
}
