// What to do next, what is open, what changed, how fresh the seals are: without a click.
import { Tag } from "antd";
import { useTexts } from "../i18n";
import { CaseLineView } from "../parts/CaseLine";
import { Countdown, Section, Waiting, useAsked } from "../parts/common";
import { link } from "../router";
import { useHouse } from "../shell";
import type { Overview as Told, Entry, SealLine } from "../types";

const STALE_DAYS = 35;

function Next({ next }: { next: Told["next_duty"] }) {
  const { t, say, time, article, language } = useTexts();
  if (!next) return <Section title={t("nextDuty")}>{t("noDuty")}</Section>;
  const { duty } = next;
  return (
    <Section title={t("nextDuty")}>
      <div className="two">
        <div>
          <div className="big">{say(duty.title)}</div>
          <div>
            {language === "zh" ? duty.law : duty.law_en || duty.law} {article(duty.article)}
            {!duty.verified && <Tag color="gold">{t("unverified")}</Tag>}
          </div>
          <div className="quiet">
            {t("addressee")} {language === "zh" ? duty.addressee : duty.addressee_en || duty.addressee}
          </div>
        </div>
        <div>
          {duty.due ? (
            <>
              <Countdown due={duty.due} big />
              <div className="quiet">{time(duty.due)}</div>
            </>
          ) : (
            <div className="big near">{say(duty.when)}</div>
          )}
          <a href={link("cases", next.case)}>
            {next.case} {next.title_of_case}
          </a>
        </div>
      </div>
    </Section>
  );
}

function Changes({ changes }: { changes: Entry[] }) {
  const { t, time, entry: word } = useTexts();
  return (
    <Section title={t("changes")}>
      {changes.length === 0 ? (
        <span className="quiet">{t("noChanges")}</span>
      ) : (
        <ul className="lines">
          {changes.slice(0, 12).map((entry) => (
            <li key={`${entry.case ?? ""}-${entry.seq}`}>
              <a className="cited" href={link("cases", entry.case ?? "")}>{entry.case}</a> {word(entry.what)} · {entry.by}{" "}
              <span className="quiet">{time(entry.at)}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Seals({ seals }: { seals: SealLine[] }) {
  const { t, number } = useTexts();
  return (
    <Section title={t("seals")}>
      {seals.length === 0 ? (
        <span className="quiet">{t("noSeals")}</span>
      ) : (
        <ul className="lines">
          {seals.map((seal) => (
            <li key={seal.dataset}>
              <strong>{seal.dataset}</strong> {number(seal.rows)} {t("rows")}{" "}
              {seal.people !== null && <>· {t("peopleCount", number(seal.people))}</>}
              <div className={seal.age_days > STALE_DAYS ? "near" : "quiet"}>
                {t("newest")} {seal.newest} · {t("ageDays", number(seal.age_days))}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

export default function Overview() {
  const { t } = useTexts();
  const { changes } = useHouse();
  const { value, failed, reload } = useAsked<Told>("/api/overview", changes.all);
  if (!value) return <Waiting failed={failed} reload={reload} />;
  return (
    <div className="stack">
      <h1>{t("overview")}</h1>
      <Next next={value.next_duty} />
      <Section title={t("openCases")}>
        {value.cases.length === 0 ? (
          <span className="quiet">{t("noCases")}</span>
        ) : (
          <ul className="lines">
            {value.cases.map((line) => (
              <CaseLineView key={line.id} line={line} />
            ))}
          </ul>
        )}
      </Section>
      <div className="two">
        <Changes changes={value.changes} />
        <Seals seals={value.seals} />
      </div>
      {value.drills.length > 0 && (
        <Section title={t("drills")}>
          <ul className="lines">
            {value.drills.map((line) => (
              <CaseLineView key={line.id} line={line} />
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}
