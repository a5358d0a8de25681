// A case: the answer on top, then what is due, then everything behind it.
import { Alert, Select, Tag } from "antd";
import { startTransition, useCallback, useEffect, useMemo, useState } from "react";
import { Demand, Facts, Listing } from "../case/Known";
import { Duties } from "../case/Duties";
import { Evidence } from "../case/Evidence";
import { Bundle, Close, Plan, Timeline } from "../case/Record";
import { FirstReport } from "../case/FirstReport";
import { Claims, Filings, Notices } from "../case/Owed";
import { Decisions, Members, Tasks } from "../case/Team";
import { CaseChanging, type Changing } from "../case/change";
import { useTexts, type Key } from "../i18n";
import { Section, Waiting, isOurs, useAsked } from "../parts/common";
import { Answer, VerdictView } from "../parts/VerdictView";
import { useHouse } from "../shell";
import type { Case, Verdict } from "../types";

/** The last verdict on each piece of evidence; the gravest first. */
function verdictsOf(value: Case): { sha256: string; name: string; verdict: Verdict }[] {
  const last = new Map<string, Verdict>();
  for (const one of value.verdicts) if (one.verdict) last.set(one.sha256, one.verdict);
  const named = [...last].map(([sha256, verdict]) => ({ sha256, name: verdict.leak.path, verdict }));
  return named.sort(
    (a, b) => Number(isOurs(b.verdict.verdict)) - Number(isOurs(a.verdict.verdict)) || b.verdict.people - a.verdict.people,
  );
}

function Head({ value, chosen, choose }: { value: Case; chosen: Verdict | null; choose: (sha256: string) => void }) {
  const { t, say, time } = useTexts();
  const verdicts = verdictsOf(value);
  return (
    <Section
      title={
        <>
          {value.id} {value.title} {value.drill && <Tag color="purple">{t("drill")}</Tag>}
        </>
      }
      extra={value.state === "closed" ? <Tag>{t("closed")}</Tag> : null}
    >
      <div className="quiet">
        {t("opened")} {time(value.opened_at)} {value.closed_at && <> · {t("closedAt")} {time(value.closed_at)}</>}
      </div>
      {chosen ? <Answer verdict={chosen} /> : <p className="answer">{t("notJudged")}</p>}
      {verdicts.length > 1 && (
        <Select
          aria-label={t("verdict")}
          style={{ minWidth: 240, maxWidth: "100%", marginTop: 8 }}
          value={chosen?.leak.sha256}
          onChange={choose}
          options={verdicts.map((one) => ({ value: one.sha256, label: one.name }))}
        />
      )}
      <div style={{ margin: "12px 0" }}>
        {value.grades.map((grade) => (
          <Tag key={grade.standard} color={grade.verified ? "volcano" : "gold"}>
            {grade.standard} {say(grade)}
            {!grade.verified && ` · ${t("unverified")}`}
          </Tag>
        ))}
      </div>
      <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }}>
        <Plan />
        <Bundle />
        <Close />
      </div>
    </Section>
  );
}

const PLACES: Key[] = ["duties", "impact", "filings", "demand", "listing", "facts", "tasks", "members", "decisions", "notices", "claims", "evidence", "timeline"];

function Places() {
  const { t } = useTexts();
  const jump = (place: string) => {
    const section = document.getElementById(place);
    section?.scrollIntoView({ block: "start" });
    section?.setAttribute("tabindex", "-1");
    section?.focus({ preventScroll: true });
  };
  return (
    <nav className="sections" aria-label={t("cases")}>
      {PLACES.map((place) => (
        <button key={place} type="button" onClick={() => jump(place)}>
          {t(place)}
        </button>
      ))}
    </nav>
  );
}

/** What stands behind the answer and the duties: drawn once these can be read. */
function Behind({ verdict }: { verdict: Verdict | null }) {
  return (
    <>
      <FirstReport />
      <Filings />
      {verdict && <VerdictView verdict={verdict} />}
      <Demand />
      <Listing />
      <Facts />
      <div className="two">
        <Tasks />
        <div className="stack">
          <Members />
          <Decisions />
        </div>
      </div>
      <Notices />
      <Claims />
      <Evidence />
      <Timeline />
    </>
  );
}

export default function CasePage({ id }: { id: string }) {
  const { t, language } = useTexts();
  const { changes } = useHouse();
  const { value, answer, failed, reload, setAnswer } = useAsked<Case>(`/api/cases/${encodeURIComponent(id)}`, language);
  const [chosen, choose] = useState<string | null>(null);
  const [stale, setStale] = useState(false);
  const [deep, setDeep] = useState(false);
  const there = Boolean(value);
  useEffect(() => {
    if (!there) return undefined;
    // Behind two frames: what is on top is painted by then; and in slices, so that it can be used meanwhile.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => startTransition(() => setDeep(true)));
    });
    return () => cancelAnimationFrame(frame);
  }, [there]);
  const seen = changes.cases[id] ?? 0;
  useEffect(() => {
    if (seen) setStale(true);
  }, [seen]);
  const took = useCallback(
    (next: Case, version: string | null) => {
      setAnswer({ value: next, version, headers: new Headers() });
      setStale(false);
    },
    [setAnswer],
  );
  const renew = useCallback(() => {
    setStale(false);
    reload();
  }, [reload]);
  // Nobody types into what is shown, so it may be renewed under his eyes; what is being typed lies in its own fields.
  useEffect(() => {
    if (!stale) return undefined;
    const timer = window.setTimeout(renew, 600);
    return () => window.clearTimeout(timer);
  }, [stale, renew]);
  const changing = useMemo<Changing | null>(
    () => (value ? { value, version: answer?.version ?? null, took, reload: renew } : null),
    [value, answer, took, renew],
  );
  if (!value || !changing) return <Waiting failed={failed} reload={reload} />;
  const verdicts = verdictsOf(value);
  const verdict = (verdicts.find((one) => one.sha256 === chosen) ?? verdicts[0])?.verdict ?? null;
  return (
    <CaseChanging value={changing}>
      <div className="stack">
        {value.drill && <Alert type="info" showIcon message={t("drill")} />}
        <Head value={value} chosen={verdict} choose={choose} />
        <div role="status" aria-live="polite" className="quiet" style={{ position: "absolute", left: -9999 }}>
          {stale ? t("changedElsewhere") : ""}
        </div>
        <Places />
        <Duties />
        {deep && <Behind verdict={verdict} />}
      </div>
    </CaseChanging>
  );
}
