// What proves it: timeline, plan, bundle; and the end.
import { Alert, Button, Input, Modal } from "antd";
import { useState } from "react";
import { blob, text as fetchText } from "../api";
import { useTexts } from "../i18n";
import { factName } from "../i18n/names";
import { Markdown } from "../parts/Markdown";
import { Copy, Section, Waiting, useAsked, useTold } from "../parts/common";
import { useHouse } from "../shell";
import type { Entry, Fact, List } from "../types";
import { useCase, useChange } from "./change";

const SHOWN = 30;

/** What only the record needs, or what the entry's own word says already. */
const UNSAID = new Set(["form", "zone_minutes", "sm3", "sha256", "verdict_sha256", "again", "token", "hash", "n"]);

/** What an entry tells, in a line: facts by name and value, the rest as it stands. */
function useBody() {
  const { t, language } = useTexts();
  const one = (name: string, value: unknown): string => {
    if (Array.isArray(value)) {
      const facts = value.filter((fact): fact is Fact => typeof fact === "object" && fact !== null && "name" in fact && "value" in fact);
      return facts.map((fact) => `${factName(fact.name, language)} ${fact.value}`).join(language === "zh" ? "，" : ", ");
    }
    if (UNSAID.has(name) || value === false || !["string", "number", "boolean"].includes(typeof value)) return "";
    return value === true ? t(name === "drill" ? "drill" : "yes") : String(value);
  };
  return (entry: Entry): string => {
    if (!entry.body || typeof entry.body !== "object") return "";
    return Object.entries(entry.body as Record<string, unknown>)
      .map(([name, value]) => one(name, value))
      .filter(Boolean)
      .join(" · ")
      .slice(0, 240);
  };
}

export function Timeline() {
  const { t, time, entry: word } = useTexts();
  const body = useBody();
  const { value: shown, version } = useCase();
  const path = `/api/cases/${encodeURIComponent(shown.id)}/timeline?order=desc&limit=200`;
  const { value, failed, reload } = useAsked<List<Entry> & { verified?: boolean }>(path, version);
  const [all, setAll] = useState(false);
  return (
    <Section id="timeline" title={t("timeline")} extra={value?.verified && <span className="good">{t("timelineHolds")}</span>}>
      {!value ? (
        <Waiting failed={failed} reload={reload} />
      ) : (
        <>
          <ol className="lines">
            {value.items.slice(0, all ? undefined : SHOWN).map((entry) => (
              <li key={entry.seq}>
                <span className="clock quiet">
                  {entry.seq} · {time(entry.at)}
                </span>{" "}
                <strong>{word(entry.what)}</strong> {entry.by} <span className="quiet">{body(entry)}</span>
              </li>
            ))}
          </ol>
          {shown.stamps.map((stamp) => (
            <p key={stamp.serial} className="quiet">
              {t("stamped", stamp.seq, time(stamp.at), stamp.by)}
            </p>
          ))}
          {!all && value.items.length > SHOWN && <Button onClick={() => setAll(true)}>{t("all")}</Button>}
        </>
      )}
    </Section>
  );
}

export function Plan() {
  const { t, language } = useTexts();
  const { value } = useCase();
  const told = useTold();
  const [plan, setPlan] = useState<string | null>(null);
  const open = () => {
    fetchText(`/api/cases/${encodeURIComponent(value.id)}/plan?lang=${language}`).then(setPlan).catch(told);
  };
  return (
    <>
      <Button onClick={open}>{t("plan")}</Button>
      <Modal open={plan !== null} width={1000} title={t("plan")} footer={null} onCancel={() => setPlan(null)}>
        <Markdown text={plan ?? ""} />
      </Modal>
    </>
  );
}

export function Bundle() {
  const { t } = useTexts();
  const { may } = useHouse();
  const { value, reload } = useCase();
  const told = useTold();
  const [signer, setSigner] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (!may("bundle")) return null;
  const make = async () => {
    setBusy(true);
    try {
      const made = await blob(`/api/cases/${encodeURIComponent(value.id)}/bundle`, { method: "POST", key: true });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(made.data);
      link.download = `${value.id}.tar.zst`;
      link.click();
      URL.revokeObjectURL(link.href);
      setSigner(made.headers.get("X-Hufu-Signer"));
      reload();
    } catch (why) {
      told(why);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button loading={busy} onClick={() => void make()}>
        {t("bundleDownload")}
      </Button>
      {signer && (
        <Alert
          style={{ flexBasis: "100%" }}
          type="success"
          message={t("bundleNote")}
          description={
            <>
              <span className="hand">{signer}</span> <Copy text={signer} />
            </>
          }
        />
      )}
    </>
  );
}

export function Close() {
  const { t } = useTexts();
  const { may } = useHouse();
  const { value } = useCase();
  const { send, busy } = useChange();
  const [open, setOpen] = useState(false);
  const [why, setWhy] = useState("");
  if (value.state !== "open" || !may("work")) return null;
  const end = async () => {
    if (await send("POST", "/close", { why })) setOpen(false);
  };
  return (
    <>
      <Button danger onClick={() => setOpen(true)}>
        {t("close")}
      </Button>
      <Modal open={open} title={t("close")} onCancel={() => setOpen(false)} onOk={() => void end()} okText={t("close")} confirmLoading={busy} okButtonProps={{ disabled: !why.trim() }}>
        <label htmlFor="close-why">{t("closeWhy")}</label>
        <Input.TextArea id="close-why" rows={3} value={why} onChange={(event) => setWhy(event.target.value)} />
      </Modal>
    </>
  );
}
