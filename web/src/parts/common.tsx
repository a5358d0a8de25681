// Small things that every page uses.
import { Alert, App, Button, Card, Spin, Tag } from "antd";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { Problem, call, type Answer } from "../api";
import { useTexts } from "../i18n";
import type { Duty, DutyStatus } from "../types";

/** What was asked for, until it is there; asks again when `again` changes. */
export function useAsked<T>(path: string | null, again: unknown = 0) {
  const [answer, setAnswer] = useState<Answer<T> | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!path) return undefined;
    const stop = new AbortController();
    setFailed(null);
    call<T>(path, { signal: stop.signal })
      .then(setAnswer)
      .catch((why: unknown) => {
        if (!stop.signal.aborted) setFailed(why instanceof Problem ? why : new Problem(0, "", String(why), "", "", 0));
      });
    return () => stop.abort();
  }, [path, again, turn]);
  const reload = useCallback(() => setTurn((now) => now + 1), []);
  return { answer, value: answer?.value ?? null, failed, reload, setAnswer };
}

export function Waiting({ failed, reload }: { failed: Problem | null; reload: () => void }) {
  const { t } = useTexts();
  if (!failed)
    return (
      <div role="status" aria-label={t("loading")}>
        <Spin />
      </div>
    );
  return (
    <Alert
      type="error"
      showIcon
      message={t("failedToLoad")}
      description={[failed.message, failed.detail, failed.todo].filter(Boolean).join("; ")}
      action={<Button onClick={reload}>{t("retry")}</Button>}
    />
  );
}

/** Says what went wrong, in one line. */
export function useTold() {
  const { message } = App.useApp();
  const { t } = useTexts();
  return useCallback(
    (why: unknown) => {
      if (why instanceof DOMException && why.name === "AbortError") return;
      const text =
        why instanceof Problem
          ? why.status === 0
            ? t("serverAway")
            : [why.message, why.detail, why.todo].filter(Boolean).join("; ")
          : String(why);
      void message.error(text, 6);
    },
    [message, t],
  );
}

export function Section({ id, title, extra, children }: { id?: string; title: ReactNode; extra?: ReactNode; children: ReactNode }) {
  return (
    <Card id={id} size="small" title={<h2>{title}</h2>} extra={extra} styles={{ title: { whiteSpace: "normal" } }}>
      {children}
    </Card>
  );
}

export function useNow(every = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), every);
    return () => window.clearInterval(timer);
  }, [every]);
  return now;
}

export function useSpan() {
  const { t } = useTexts();
  return (milliseconds: number): string => {
    const seconds = Math.floor(Math.abs(milliseconds) / 1000);
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor(seconds / 3600);
    if (days > 1) return t("daysShort", days, Math.floor((seconds % 86400) / 3600));
    if (hours > 0) return t("hoursShort", hours, Math.floor((seconds % 3600) / 60));
    return t("minutesShort", Math.floor(seconds / 60), seconds % 60);
  };
}

/** How long is left, running. */
export function Countdown({ due, big }: { due: string; big?: boolean }) {
  const now = useNow();
  const span = useSpan();
  const { t } = useTexts();
  const left = Date.parse(due) - now;
  const style = left < 0 ? "overdue" : left < 3600_000 * 4 ? "near" : "";
  return (
    <span className={`clock ${style} ${big ? "big" : ""}`} role="timer">
      {left < 0 ? t("hoursOver", span(left)) : t("hoursLeft", span(left))}
    </span>
  );
}

export function StatusTag({ status }: { status: DutyStatus | "dropped" }) {
  const { t } = useTexts();
  const colours = { overdue: "red", near: "orange", open: "blue", done: "green", waived: "default", dropped: "default" };
  return <Tag color={colours[status]}>{t(status)}</Tag>;
}

export function DueText({ duty }: { duty: Duty }) {
  const { say, time } = useTexts();
  return (
    <>
      {duty.due ? (
        <>
          <div className="clock">{time(duty.due)}</div>
          {duty.status !== "done" && duty.status !== "waived" && <Countdown due={duty.due} />}
        </>
      ) : (
        <span>{say(duty.when)}</span>
      )}
    </>
  );
}

export function Copy({ text }: { text: string }) {
  const { t } = useTexts();
  const [done, setDone] = useState(false);
  const timer = useRef(0);
  const copy = () => {
    void navigator.clipboard?.writeText(text).then(() => {
      setDone(true);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setDone(false), 1500);
    });
  };
  return (
    <Button size="small" type="link" onClick={copy} aria-label={`${t("copy")} ${text.slice(0, 12)}`}>
      {done ? t("copied") : t("copy")}
    </Button>
  );
}

export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit ? value.toFixed(1) : value} ${units[unit]}`;
}

/** A verdict's word in half a sentence. */
export function useVerdictText() {
  const { t } = useTexts();
  return (word: string | null): string => {
    switch (word) {
      case "genuine":
      case "partly-genuine":
      case "recombined":
      case "ours-unsealed":
      case "overlap":
      case "inconclusive":
      case "not-ours":
        return t(word);
      default:
        return t("notJudged");
    }
  };
}

export const isOurs = (word: string | null) =>
  word === "genuine" || word === "partly-genuine" || word === "recombined" || word === "ours-unsealed";
