// A verdict: the answer in one sentence, why, which columns, when, who.
import { Alert, Descriptions, Spin, Tag } from "antd";
import { Suspense, lazy, useMemo } from "react";
import { useTexts } from "../i18n";
import type { Dataset, List, Verdict, VerdictDataset, VerdictPart, Window } from "../types";
import { Bars } from "./Bars";
import { Mapping } from "./Mapping";
import { Section, isOurs, useAsked, useVerdictText } from "./common";

const WindowChart = lazy(() => import("./WindowChart"));

export function useWindowText() {
  const { t } = useTexts();
  return (window: Window): string => {
    if (window.after && window.before) return t("windowBetween", window.after, window.before);
    if (window.after) return t("windowAfter", window.after);
    return window.before ? t("windowBefore", window.before) : t("windowOpen");
  };
}

/** The dataset with the most links. */
export function mainDataset(verdict: Verdict): VerdictDataset | null {
  const all = verdict.parts.flatMap((part) => part.datasets);
  return all.reduce<VerdictDataset | null>((best, one) => (!best || one.linked > best.linked ? one : best), null);
}

export function Answer({ verdict }: { verdict: Verdict }) {
  const { t, number, language } = useTexts();
  const say = useVerdictText();
  const span = useWindowText();
  const main = mainDataset(verdict);
  const [low, high] = verdict.people_bounds;
  return (
    <div>
      <p className={`answer ${isOurs(verdict.verdict) ? "overdue" : ""}`}>{say(verdict.verdict)}</p>
      {main && (
        <p>
          <strong>{main.dataset}</strong> · {t("window")} {span(main.window)} · <strong>{t("peopleCount", number(verdict.people))}</strong>
          {low !== high && <> ({t("bounds", number(low), number(high))})</>}
          {verdict.people_exposed !== verdict.people && <> · {t("exposed", number(verdict.people_exposed))}</>} ·{" "}
          {t("fdr", (main.fdr * 100).toFixed(2))}
        </p>
      )}
      {!verdict.complete && (
        <Alert
          type="warning"
          showIcon
          message={t("incomplete")}
          description={verdict.unread.map((one) => t("unread", one.what, one.why)).join("; ")}
        />
      )}
      <details open>
        <summary>{t("whyVerdict")}</summary>
        <ul className="reasons">
          {(verdict.reasons_in?.[language] ?? verdict.reasons).map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </details>
    </div>
  );
}

function DatasetView({ part, dataset, sealed }: { part: VerdictPart; dataset: VerdictDataset; sealed: Dataset | undefined }) {
  const { t, number } = useTexts();
  const span = useWindowText();
  const items = [
    { key: "linked", label: part.path, children: t("linked", number(dataset.linked), number(part.records)) },
    { key: "people", label: t("people"), children: number(dataset.people) },
    { key: "window", label: t("window"), children: span(dataset.window) },
    ...(dataset.window.newest_row
      ? [{ key: "newest", label: t("newestRow"), children: dataset.window.newest_row }]
      : []),
    ...(dataset.filter
      ? [{ key: "filter", label: t("filter"), children: `${dataset.filter.text} (${t("explains", Math.round(dataset.filter.explains * 100))})` }]
      : []),
    ...(dataset.origin?.length ? [{ key: "origin", label: t("origin"), children: dataset.origin.join(", ") }] : []),
  ];
  return (
    <Section title={dataset.dataset}>
      <Descriptions size="small" column={{ xs: 1, md: 2 }} items={items} />
      <div className="two">
        <div>
          <h3>{t("mapping")}</h3>
          <Mapping columns={dataset.columns} />
        </div>
        <div>
          <h3>{t("window")}</h3>
          {sealed && (
            <Suspense fallback={<Spin aria-label={t("loading")} />}>
              <WindowChart window={dataset.window} sealed={sealed.snapshots} />
            </Suspense>
          )}
          <p className="quiet">
            {t("snapshots")}:{" "}
            {(sealed?.snapshots ?? []).map((snapshot) => (
              <Tag key={snapshot.as_of} color={dataset.window.snapshots.includes(snapshot.as_of) ? "red" : undefined}>
                {snapshot.as_of}
              </Tag>
            ))}
          </p>
          {dataset.window.stitched?.length ? (
            <>
              <h3>{t("stitched")}</h3>
              <ul className="lines">
                {dataset.window.stitched.map((one) => (
                  <li key={`${one.after}-${one.before}`}>
                    {span({ ...one, snapshots: [], newest_row: null })}: {number(one.records)}
                  </li>
                ))}
              </ul>
            </>
          ) : null}
          {Object.entries(dataset.facets).map(([name, values]) => (
            <div key={name}>
              <h3>{t("byFacet", name)}</h3>
              <Bars values={values} />
            </div>
          ))}
        </div>
      </div>
    </Section>
  );
}

export function VerdictView({ verdict }: { verdict: Verdict }) {
  const { value } = useAsked<Dataset[] | List<Dataset>>("/api/datasets");
  const datasets = useMemo(() => (Array.isArray(value) ? value : (value?.items ?? [])), [value]);
  const found = verdict.parts.flatMap((part) => part.datasets.map((dataset) => ({ part, dataset })));
  return (
    <div className="stack">
      {found.map(({ part, dataset }) => (
        <DatasetView
          key={`${part.path}-${dataset.dataset}`}
          part={part}
          dataset={dataset}
          sealed={datasets.find((one) => one.name === dataset.dataset)}
        />
      ))}
    </div>
  );
}
