import { Button, Segmented } from "antd";
import { useEffect, useState } from "react";
import { call } from "../api";
import { useTexts } from "../i18n";
import { CaseLineView } from "../parts/CaseLine";
import { Section, Waiting, useAsked, useTold } from "../parts/common";
import { useHouse } from "../shell";
import type { CaseLine, List } from "../types";

export default function Cases() {
  const { t } = useTexts();
  const told = useTold();
  const { changes } = useHouse();
  const [state, setState] = useState<"open" | "closed">("open");
  const { value, failed, reload } = useAsked<List<CaseLine>>(`/api/cases?state=${state}`, changes.all);
  const [more, setMore] = useState<CaseLine[]>([]);
  const [next, setNext] = useState<string | null>(null);
  useEffect(() => {
    setMore([]);
    setNext(value?.next ?? null);
  }, [value]);
  if (!value) return <Waiting failed={failed} reload={reload} />;
  const goOn = () => {
    call<List<CaseLine>>(`/api/cases?state=${state}&cursor=${encodeURIComponent(next ?? "")}`)
      .then((answer) => {
        setMore((before) => [...before, ...answer.value.items]);
        setNext(answer.value.next);
      })
      .catch(told);
  };
  return (
    <div className="stack">
      <h1>{t("cases")}</h1>
      <Section
        title={state === "open" ? t("openCases") : t("closedCases")}
        extra={
          <Segmented<"open" | "closed">
            value={state}
            onChange={setState}
            options={[
              { value: "open", label: t("openCases") },
              { value: "closed", label: t("closedCases") },
            ]}
          />
        }
      >
        {value.items.length === 0 && <span className="quiet">{state === "open" ? t("noCases") : t("none")}</span>}
        <ul className="lines">
          {[...value.items, ...more].map((line) => (
            <CaseLineView key={line.id} line={line} />
          ))}
        </ul>
        {next && <Button onClick={goOn}>{t("more", 50)}</Button>}
      </Section>
    </div>
  );
}
