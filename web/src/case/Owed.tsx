// What the law and the people are owed: filings, notices, claims.
import { Alert, Button, Form, Input, Modal, Select, Tag } from "antd";
import { useState } from "react";
import { blob, call } from "../api";
import { useTexts, type Key } from "../i18n";
import { Section, Waiting, useAsked, useTold } from "../parts/common";
import { useHouse } from "../shell";
import type { Claim, Filing, List, NoticeSent, Notices as NoticesTold } from "../types";
import { useCase } from "./change";

function usePath(): string {
  return `/api/cases/${encodeURIComponent(useCase().value.id)}`;
}

/** Does something, tells what went wrong, and says whether it is under way. */
function useDoing(after: () => void) {
  const told = useTold();
  const [busy, setBusy] = useState(false);
  const act = async (what: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    try {
      await what();
      after();
      return true;
    } catch (why) {
      told(why);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { act, busy };
}

function keep(data: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/* ---- filings ---- */

interface Sent {
  approved_by: string;
  sent_by: string;
  reference?: string;
}

function FilingLine({ filing, act, busy }: { filing: Filing; act: (what: () => Promise<unknown>) => Promise<boolean>; busy: boolean }) {
  const { t, say, time } = useTexts();
  const { may } = useHouse();
  const { value, reload } = useCase();
  const path = usePath();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<Sent>();
  const missing = filing.items.filter((item) => !item.known);
  const draft = () => act(async () => keep((await blob(`${path}/filings/${filing.kind}/draft`, {})).data, `${value.id}-${filing.kind}.docx`));
  const submit = async (fields: Sent) => {
    if (await act(() => call(`${path}/filings`, { method: "POST", body: { kind: filing.kind, ...fields } }))) {
      setOpen(false);
      reload();
    }
  };
  return (
    <li>
      <strong>{say(filing)}</strong>{" "}
      {filing.items.length > 0 &&
        (missing.length === 0 ? (
          <Tag color="green">{t("complete")}</Tag>
        ) : (
          <Tag color={filing.may_file_first ? "blue" : "orange"}>
            {filing.may_file_first ? t("mayFileFirst", missing.length) : t("missingItems", missing.length)}
          </Tag>
        ))}
      {missing.length > 0 && <div className="quiet">{missing.map((item) => say(item)).join(" · ")}</div>}
      {filing.versions.map((version) => (
        <div key={version.version}>
          {t("filedVersion", version.version, time(version.at), version.approved_by, version.sent_by)} {version.reference}{" "}
          {!version.complete && <Tag color="orange">{t("inPart")}</Tag>}
        </div>
      ))}
      <div style={{ display: "flex", gap: 8, flexWrap: "wrap", marginTop: 4 }}>
        {may("work") && (
          <Button size="small" loading={busy} onClick={() => void draft()}>
            {t("draft")}
          </Button>
        )}
        {may("settle") && value.state === "open" && (filing.may_file_first || filing.items.length === 0) && (
          <Button size="small" onClick={() => setOpen(true)}>
            {t("submitFiling")}
          </Button>
        )}
      </div>
      <Modal open={open} title={say(filing)} onCancel={() => setOpen(false)} onOk={() => form.submit()} okText={t("submitFiling")} confirmLoading={busy} destroyOnClose>
        <Form form={form} layout="vertical" onFinish={(fields) => void submit(fields)}>
          <Form.Item name="approved_by" label={t("approvedBy")} rules={[{ required: true, message: "" }]}>
            <Input />
          </Form.Item>
          <Form.Item name="sent_by" label={t("sentBy")} rules={[{ required: true, message: "" }]}>
            <Input />
          </Form.Item>
          <Form.Item name="reference" label={t("reference")}>
            <Input />
          </Form.Item>
        </Form>
      </Modal>
    </li>
  );
}

export function Filings() {
  const { t } = useTexts();
  const { value: shown } = useCase();
  const path = usePath();
  const { value, failed, reload } = useAsked<List<Filing>>(`${path}/filings`, JSON.stringify([shown.facts.length, shown.impact]));
  const { act, busy } = useDoing(reload);
  return (
    <Section id="filings" title={t("filings")}>
      {!value ? (
        <Waiting failed={failed} reload={reload} />
      ) : (
        <ul className="lines">
          {value.items
            .filter((filing) => filing.arises || filing.versions.length > 0)
            .map((filing) => (
              <FilingLine key={filing.kind} filing={filing} act={act} busy={busy} />
            ))}
        </ul>
      )}
    </Section>
  );
}

/* ---- notices ---- */

export function Notices() {
  const { t, number, time } = useTexts();
  const { may } = useHouse();
  const { value: shown } = useCase();
  const path = usePath();
  const { value, failed, reload } = useAsked<NoticesTold>(`${path}/notices`, String(shown.verdicts.length));
  const { act, busy } = useDoing(reload);
  const [sent, setSent] = useState<number | null>(null);
  const newest = value?.versions.at(-1);
  const post = (to: string, body?: unknown) => act(() => call(`${path}/notices${to}`, { method: "POST", body }));
  // Some hundred at a time: who watches sees it go on, and a closed page stops it at the next border.
  const send = () =>
    act(async () => {
      let all = 0;
      for (;;) {
        const told = (await call<NoticeSent>(`${path}/notices/send`, { method: "POST" })).value;
        all += told.sent;
        setSent(all);
        reload();
        if (!told.left || told.sent + told.refused + told.doubt + told.drill === 0) break;
      }
    });
  const works = shown.state === "open";
  const states = newest ? Object.entries(newest.counts) : [];
  return (
    <Section id="notices" title={t("notices")}>
      {!value ? (
        <Waiting failed={failed} reload={reload} />
      ) : (
        <>
          <p>
            {t("linkedPeople", number(value.linked))} {value.unplanned > 0 && newest && <Tag color="orange">{t("unplanned", number(value.unplanned))}</Tag>}
          </p>
          {newest && (
            <>
              <p>
                <strong>{newest.subject}</strong>{" "}
                <span className="quiet">
                  {t("noticeVersion", newest.version)} · {newest.written_by} {time(newest.written_at)}
                  {newest.released_at && ` · ${t("releasedBy", newest.released_by ?? "")} ${time(newest.released_at)}`}
                </span>
              </p>
              <pre className="notice">{newest.zh}</pre>
              <p role="status" aria-live="polite">
                {states.map(([state, count]) => (
                  <Tag key={state} color={state === "accepted" ? "green" : state === "planned" ? "blue" : "orange"}>
                    {t(`notice_${state}` as Key)} {number(count)}
                  </Tag>
                ))}
                {sent !== null && <span className="quiet">{t("sentNow", number(sent))}</span>}
              </p>
            </>
          )}
          {works && (
            <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }}>
              {may("notice") && (
                <Button loading={busy} disabled={!value.linked} onClick={() => void post("")}>
                  {t("writeNotice")}
                </Button>
              )}
              {may("release") && newest && !newest.released_at && (
                <Button loading={busy} onClick={() => void post("/release")}>
                  {t("releaseNotice")}
                </Button>
              )}
              {may("settle") && newest?.released_at && (newest.counts.planned ?? 0) > 0 && (
                <Button type="primary" loading={busy} onClick={() => void send()}>
                  {t("sendNotice")}
                </Button>
              )}
            </div>
          )}
          <ul className="lines">
            {value.open.slice(0, 50).map((entry) => (
              <li key={entry.n}>
                {t(`notice_${entry.state}` as Key)} <span className="hand">{entry.person}</span> {entry.status} {entry.why}{" "}
                {works && may("settle") && (
                  <>
                    <Button size="small" onClick={() => void post("/settle", { n: entry.n, how: "sent" })}>
                      {t("itArrived")}
                    </Button>{" "}
                    <Button size="small" onClick={() => void post("/settle", { n: entry.n, how: "again" })}>
                      {t("sendAgain")}
                    </Button>
                  </>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

/* ---- claims ---- */

const KINDS = ["question", "feedback", "complaint", "claim"] as const;
const CHANNELS = ["telephone", "letter", "mail", "counter", "other"] as const;
const DECISIONS = ["accepted", "partly", "rejected", "withdrawn", "paid", "open"] as const;

function ClaimLine({ claim, act, busy }: { claim: Claim; act: (what: () => Promise<unknown>) => Promise<boolean>; busy: boolean }) {
  const { t, say, time, language } = useTexts();
  const { may } = useHouse();
  const path = `${usePath()}/claims/${claim.n}`;
  const works = useCase().value.state === "open" && may("work");
  const [typed, setTyped] = useState("");
  const [form] = Form.useForm<{ state: string; why: string; amount?: string; currency?: string }>();
  const post = async (to: string, body: unknown) => {
    if (await act(() => call(`${path}${to}`, { method: "POST", body }))) setTyped("");
  };
  const asks = !claim.proved;
  return (
    <li>
      <strong>
        {claim.n}. {t(`claim_${claim.kind}` as Key)}
      </strong>{" "}
      <Tag>{t(`claim_${claim.state}` as Key)}</Tag>
      <span className="quiet">
        {t(`by_${claim.channel}` as Key)} · {time(claim.at)} · {claim.by}
      </span>
      {claim.note && <div>{claim.note}</div>}
      <div className={claim.in_leak ? "overdue" : "quiet"}>
        {claim.in_leak === null
          ? t("notProved")
          : claim.in_leak
            ? `${t("inLeak")}${claim.kinds.map((kind) => say(kind)).join(language === "zh" ? "、" : ", ")}`
            : t("notInLeak")}
      </div>
      {claim.decided && (
        <div>
          {claim.decided.amount} {claim.decided.currency} {claim.decided.why}
        </div>
      )}
      {works && asks && (
        <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }}>
          <Input
            style={{ width: 280 }}
            autoComplete="off"
            aria-label={claim.asked ? t("codeReadBack") : t("callerSays")}
            placeholder={claim.asked ? t("codeReadBack") : t("callerSays")}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          {claim.asked && (
            <Button loading={busy} disabled={!typed.trim()} onClick={() => void post("/code", { code: typed })}>
              {t("checkCode")}
            </Button>
          )}
          <Button loading={busy} disabled={!typed.trim()} onClick={() => void post("/ask", { said: typed })}>
            {claim.asked ? t("askAgain") : t("askCode")}
          </Button>
          {claim.asked && may("settle") && (
            <Button loading={busy} disabled={typed.trim().length < 4} onClick={() => void post("/proof", { how: typed })}>
              {t("otherProof")}
            </Button>
          )}
        </div>
      )}
      {works && !asks && may("settle") && (
        <Form form={form} layout="inline" style={{ rowGap: 8 }} onFinish={(fields) => void post("/decision", fields)} initialValues={{ state: "accepted" }}>
          <Form.Item name="state">
            <Select style={{ width: 130 }} aria-label={t("decide")} options={DECISIONS.map((state) => ({ value: state, label: t(`claim_${state}` as Key) }))} />
          </Form.Item>
          <Form.Item name="amount">
            <Input style={{ width: 110 }} placeholder={t("amount")} aria-label={t("amount")} />
          </Form.Item>
          <Form.Item name="currency">
            <Input style={{ width: 80 }} placeholder="CNY" aria-label={t("currency")} />
          </Form.Item>
          <Form.Item name="why" rules={[{ required: true, message: "" }]}>
            <Input style={{ width: 240 }} placeholder={t("why")} aria-label={t("why")} />
          </Form.Item>
          <Button htmlType="submit" loading={busy}>
            {t("decideClaim")}
          </Button>
        </Form>
      )}
    </li>
  );
}

export function Claims() {
  const { t } = useTexts();
  const { may } = useHouse();
  const { value: shown } = useCase();
  const path = usePath();
  const { value, failed, reload } = useAsked<List<Claim>>(`${path}/claims`, "");
  const { act, busy } = useDoing(reload);
  const [form] = Form.useForm<{ kind: string; channel: string; note?: string }>();
  const take = async (fields: { kind: string; channel: string; note?: string }) => {
    if (await act(() => call(`${path}/claims`, { method: "POST", body: fields }))) form.resetFields(["note"]);
  };
  return (
    <Section id="claims" title={t("claims")}>
      {!value ? (
        <Waiting failed={failed} reload={reload} />
      ) : (
        <ul className="lines">
          {value.items.map((claim) => (
            <ClaimLine key={claim.n} claim={claim} act={act} busy={busy} />
          ))}
        </ul>
      )}
      {may("work") && shown.state === "open" && (
        <>
          <Form form={form} layout="inline" style={{ rowGap: 8 }} onFinish={(fields) => void take(fields)} initialValues={{ kind: "question", channel: "telephone" }}>
            <Form.Item name="kind">
              <Select style={{ width: 130 }} aria-label={t("claimKind")} options={KINDS.map((kind) => ({ value: kind, label: t(`claim_${kind}` as Key) }))} />
            </Form.Item>
            <Form.Item name="channel">
              <Select style={{ width: 130 }} aria-label={t("claimChannel")} options={CHANNELS.map((way) => ({ value: way, label: t(`by_${way}` as Key) }))} />
            </Form.Item>
            <Form.Item name="note">
              <Input style={{ width: 280 }} placeholder={t("claimNote")} aria-label={t("claimNote")} />
            </Form.Item>
            <Button htmlType="submit" loading={busy}>
              {t("takeClaim")}
            </Button>
          </Form>
          <Alert style={{ marginTop: 12 }} type="info" message={t("deskNote")} />
        </>
      )}
    </Section>
  );
}
