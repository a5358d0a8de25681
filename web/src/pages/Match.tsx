// Drop files: open a case with them, or judge them; watch it being judged.
import { Alert, Button, Checkbox, Input, Progress, Select, Tag } from "antd";
import { useEffect, useRef, useState } from "react";
import { call, upload } from "../api";
import { useTexts } from "../i18n";
import { Answer, VerdictView } from "../parts/VerdictView";
import { Section, Waiting, bytesText, useAsked, useNow, useSpan, useTold } from "../parts/common";
import { go, link } from "../router";
import { useHouse } from "../shell";
import type { CaseLine, Job, List, Uploaded } from "../types";

interface Sending {
  file: File;
  done: number;
  uploaded: Uploaded | null;
}

function Drop({ add }: { add: (files: File[]) => void }) {
  const { t } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="files"
        onChange={(event) => {
          add([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <button
        type="button"
        className={`drop ${over ? "over" : ""}`}
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          add([...event.dataTransfer.files]);
        }}
      >
        <strong>{t("dropHere")}</strong>
        <br />
        <span className="quiet">{t("dropNote")}</span>
      </button>
    </>
  );
}

function useSending() {
  const told = useTold();
  const [files, setFiles] = useState<Sending[]>([]);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const set = (file: File, change: Partial<Sending>) =>
    setFiles((now) => now.map((one) => (one.file === file ? { ...one, ...change } : one)));
  const add = (more: File[]) => {
    setFiles((now) => [...now, ...more.map((file) => ({ file, done: 0, uploaded: null }))]);
    for (const file of more)
      upload(file, (done) => set(file, { done }), stop.current.signal)
        .then((uploaded) => set(file, { uploaded, done: file.size }))
        .catch((why: unknown) => {
          told(why);
          setFiles((now) => now.filter((one) => one.file !== file));
        });
  };
  return { files, add, clear: () => setFiles([]) };
}

function NewOnes() {
  const { t } = useTexts();
  const { may } = useHouse();
  const told = useTold();
  const { files, add, clear } = useSending();
  const [title, setTitle] = useState("");
  const [drill, setDrill] = useState(false);
  const [into, setInto] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { value: cases } = useAsked<List<CaseLine>>("/api/cases?state=open");
  const ready = files.length > 0 && files.every((one) => one.uploaded);
  const named = () => files.flatMap((one) => (one.uploaded ? [{ sha256: one.uploaded.sha256, name: one.uploaded.name }] : []));
  const act = async (what: () => Promise<void>) => {
    setBusy(true);
    try {
      await what();
      clear();
    } catch (why) {
      told(why);
    } finally {
      setBusy(false);
    }
  };
  const open = () =>
    act(async () => {
      const body = { files: named(), title: title.trim() || undefined, drill };
      const opened = await call<{ id: string }>("/api/cases", { method: "POST", body, key: true });
      go("cases", opened.value.id);
    });
  const judge = (number: string | null) =>
    act(async () => {
      let last: Job["id"] | null = null;
      const path = number ? `/api/cases/${encodeURIComponent(number)}/matches` : "/api/matches";
      for (const file of named()) last = (await call<{ job: Job["id"] }>(path, { method: "POST", body: file, key: true })).value.job;
      if (last !== null) go("match", last);
    });
  return (
    <Section title={t("newCase")}>
      <Drop add={add} />
      <ul className="lines">
        {files.map((one) => (
          <li key={`${one.file.name}-${one.file.lastModified}-${one.file.size}`}>
            {one.file.name} <span className="quiet">{bytesText(one.file.size)}</span>
            {one.uploaded ? (
              <div className="hand quiet">SHA-256 {one.uploaded.sha256}</div>
            ) : (
              <Progress size="small" percent={one.file.size ? Math.floor((100 * one.done) / one.file.size) : 0} aria-label={t("uploading")} />
            )}
          </li>
        ))}
      </ul>
      {files.length > 0 && (
        <div style={{ display: "flex", gap: 12, flexWrap: "wrap", alignItems: "center", marginTop: 12 }}>
          {may("open") || may("work") ? (
            <>
              <Input style={{ width: 260 }} aria-label={t("title")} placeholder={t("title")} value={title} onChange={(event) => setTitle(event.target.value)} />
              <Checkbox checked={drill} onChange={(event) => setDrill(event.target.checked)}>
                {t("asDrill")}
              </Checkbox>
              <Button type="primary" disabled={!ready} loading={busy} onClick={() => void open()}>
                {t("openCase")}
              </Button>
            </>
          ) : null}
          {may("match") && (
            <>
              <Button disabled={!ready} loading={busy} onClick={() => void judge(null)}>
                {t("judgeOnly")}
              </Button>
              <Select
                style={{ width: 240 }}
                allowClear
                aria-label={t("attachTo")}
                placeholder={t("attachTo")}
                value={into}
                onChange={(id: string | undefined) => setInto(id ?? null)}
                options={(cases?.items ?? []).map((line) => ({ value: line.id, label: `${line.id} ${line.title}` }))}
              />
              <Button disabled={!ready || !into} loading={busy} onClick={() => void judge(into)}>
                {t("attachTo")}
              </Button>
            </>
          )}
        </div>
      )}
    </Section>
  );
}

const ended = (job: Job) => job.state === "done" || job.state === "failed" || job.state === "cancelled";

function Running({ job }: { job: Job }) {
  const { t } = useTexts();
  const span = useSpan();
  const now = useNow();
  if (job.state === "queued") return <p>{t("queued", job.position ?? 0)}</p>;
  const seconds = job.started_at ? Math.max(0.5, (now - Date.parse(job.started_at)) / 1000) : 1;
  const rate = job.done_bytes / seconds;
  const left = rate > 0 ? (job.bytes - job.done_bytes) / rate : 0;
  return (
    <div>
      <p>{t("running")}</p>
      <Progress percent={job.bytes ? Math.min(99, Math.floor((100 * job.done_bytes) / job.bytes)) : 0} aria-label={t("running")} />
      <span className="quiet">
        {bytesText(job.done_bytes)} / {bytesText(job.bytes)} · {t("rate", bytesText(rate))} · {t("timeLeft", span(left * 1000))}
      </span>
    </div>
  );
}

function Watch({ id }: { id: string }) {
  const { t } = useTexts();
  const { may } = useHouse();
  const told = useTold();
  const { value, failed, reload, setAnswer } = useAsked<Job>(`/api/jobs/${encodeURIComponent(id)}`);
  const over = value ? ended(value) : true;
  useEffect(() => {
    if (over) return undefined;
    const source = new EventSource(`/api/jobs/${encodeURIComponent(id)}/events`);
    source.addEventListener("progress", (event: MessageEvent<string>) => {
      const told = JSON.parse(event.data) as { done_bytes: number; bytes: number };
      setAnswer((now) => (now ? { ...now, value: { ...now.value, ...told, state: "running" } } : now));
    });
    source.addEventListener("state", () => reload());
    return () => source.close();
  }, [id, over, reload, setAnswer]);
  if (!value) return <Waiting failed={failed} reload={reload} />;
  const cancel = () => {
    call(`/api/jobs/${encodeURIComponent(id)}`, { method: "DELETE" }).then(reload).catch(told);
  };
  return (
    <div className="stack">
      <Section title={value.name} extra={value.case && <a href={link("cases", value.case)}>{value.case}</a>}>
        {!ended(value) && <Running job={value} />}
        {!ended(value) && may("match") && (
          <Button danger onClick={cancel}>
            {t("cancel")}
          </Button>
        )}
        {value.state === "failed" && <Alert type="error" message={t("failed")} description={value.error} />}
        {value.state === "cancelled" && <Alert type="info" message={t("cancelled")} />}
        {value.verdict && <Answer verdict={value.verdict} />}
        <div className="hand quiet">SHA-256 {value.sha256}</div>
      </Section>
      {value.verdict && <VerdictView verdict={value.verdict} />}
    </div>
  );
}

function Jobs() {
  const { t, time } = useTexts();
  const { changes } = useHouse();
  const verdictless = { done: "green", failed: "red", cancelled: "default", queued: "blue", running: "orange" };
  const { value, failed, reload } = useAsked<List<Job>>("/api/jobs", changes.all);
  const words = { done: t("done"), failed: t("failed"), cancelled: t("cancelled"), queued: t("queued", "…"), running: t("running") };
  return (
    <Section title={t("jobs")}>
      {!value ? (
        <Waiting failed={failed} reload={reload} />
      ) : (
        <>
        <ul className="lines">
          {value.items.map((job) => (
            <li key={job.id}>
              <a href={link("match", job.id)}>{job.name}</a> <Tag color={verdictless[job.state]}>{words[job.state]}</Tag>
              {job.verdict?.verdict && <Tag>{job.verdict.verdict}</Tag>}
              <span className="quiet">
                {job.by} {time(job.queued_at)}
              </span>
            </li>
          ))}
        </ul>
        {value.items.length === 0 && <span className="quiet">{t("noJobs")}</span>}
        </>
      )}
    </Section>
  );
}

export default function Match({ job }: { job?: string }) {
  const { t } = useTexts();
  const { may } = useHouse();
  return (
    <div className="stack">
      <h1>{t("newCase")}</h1>
      {job && <Watch key={job} id={job} />}
      {(may("match") || may("open") || may("work")) && <NewOnes />}
      <Jobs />
    </div>
  );
}
