import { Tag } from "antd";
import { useTexts } from "../i18n";
import { link } from "../router";
import type { CaseLine } from "../types";
import { Countdown, isOurs, useVerdictText } from "./common";

export function CaseLineView({ line }: { line: CaseLine }) {
  const { t, say, number, time } = useTexts();
  const verdict = useVerdictText();
  return (
    <li className="caseline">
      <div>
        <a href={link("cases", line.id)}>
          <strong>{line.id}</strong> {line.title}
        </a>{" "}
        {line.drill && <Tag color="purple">{t("drill")}</Tag>}
        {line.state === "closed" && <Tag>{t("closed")}</Tag>}
        <div className={isOurs(line.verdict) ? "overdue" : "quiet"}>{verdict(line.verdict)}</div>
        <div className="quiet">
          {t("opened")} {time(line.opened_at)}
        </div>
      </div>
      <div>
        {line.people !== null && <div>{t("peopleCount", number(line.people))}</div>}
        {line.grades.map((grade) => (
          <Tag key={grade.standard}>
            {grade.standard} {say(grade)}
          </Tag>
        ))}
      </div>
      <div>
        {line.next_duty ? (
          <>
            <div>{say(line.next_duty.title)}</div>
            {line.next_duty.due ? <Countdown due={line.next_duty.due} /> : <span className="near">{say(line.next_duty.when)}</span>}
          </>
        ) : (
          <span className="quiet">{t("noDuty")}</span>
        )}
        <div className="quiet">
          {t("openDuties")} {line.open_duties} · {t("openTasks")} {line.open_tasks}
        </div>
      </div>
    </li>
  );
}
