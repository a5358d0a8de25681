// Accounts, one's own password and codes, rule packs, calendars, configuration, audit: by role.
import { Alert, Button, Form, Input, Modal, Select, Table, Tabs, Tag } from "antd";
import qrcode from "qrcode-generator";
import { useMemo, useState } from "react";
import { call } from "../api";
import { useTexts } from "../i18n";
import { Copy, Section, Waiting, useAsked, useTold } from "../parts/common";
import { useHouse } from "../shell";
import type { Account, Calendar, List, Pack, Setting } from "../types";
import { NewPassword } from "./SignIn";

const ROLES = ["admin", "responder", "legal", "auditor"] as const;

function listOf<T>(value: T[] | List<T> | null): T[] {
  return Array.isArray(value) ? value : (value?.items ?? []);
}

/* ---- accounts ---- */

function OneTime({ password, done }: { password: string | null; done: () => void }) {
  const { t } = useTexts();
  return (
    <Modal open={password !== null} title={t("oneTime")} footer={null} onCancel={done}>
      <p>
        <span className="hand big">{password}</span> {password && <Copy text={password} />}
      </p>
    </Modal>
  );
}

function Accounts() {
  const { t, time } = useTexts();
  const told = useTold();
  const { value, failed, reload } = useAsked<Account[] | List<Account>>("/api/accounts");
  const [password, setPassword] = useState<string | null>(null);
  const [form] = Form.useForm<{ name: string; role: string; contact?: string }>();
  if (!value) return <Waiting failed={failed} reload={reload} />;
  const act = (method: string, path: string, body?: unknown) =>
    call<{ password?: string } | undefined>(`/api/accounts${path}`, { method, body })
      .then((answer) => {
        if (answer.value?.password) setPassword(answer.value.password);
        form.resetFields();
        reload();
      })
      .catch(told);
  const at = (account: Account) => `/${encodeURIComponent(account.name)}`;
  return (
    <Section title={t("accounts")}>
      <Table<Account>
        size="small"
        rowKey="name"
        pagination={false}
        scroll={{ x: true }}
        dataSource={listOf(value)}
        columns={[
          { title: t("name"), render: (_, one) => <strong>{one.name}</strong> },
          {
            title: t("role"),
            render: (_, one) => (
              <Select
                aria-label={`${t("role")} ${one.name}`}
                size="small"
                style={{ width: 120 }}
                value={one.role}
                onChange={(role: string) => void act("PATCH", at(one), { role })}
                options={ROLES.map((role) => ({ value: role, label: t(role) }))}
              />
            ),
          },
          {
            title: t("contact"),
            render: (_, one) => (
              <Input
                key={one.contact}
                aria-label={`${t("contact")} ${one.name}`}
                size="small"
                style={{ width: 180 }}
                maxLength={200}
                defaultValue={one.contact ?? ""}
                onPressEnter={(event) => event.currentTarget.blur()}
                onBlur={(event) => {
                  const contact = event.target.value.trim();
                  if (contact !== (one.contact ?? "")) void act("PATCH", at(one), { contact });
                }}
              />
            ),
          },
          {
            title: t("state"),
            render: (_, one) => (
              <>
                {one.disabled_at && <Tag color="red">{t("disabled")}</Tag>}
                {one.totp && <Tag color="green">{t("totp")}</Tag>} <span className="quiet">{time(one.seen_at)}</span>
              </>
            ),
          },
          {
            title: "",
            render: (_, one) => (
              <div style={{ display: "flex", gap: 4, flexWrap: "wrap" }}>
                <Button size="small" onClick={() => void act("PATCH", at(one), { disabled: !one.disabled_at })}>
                  {one.disabled_at ? t("enable") : t("disable")}
                </Button>
                <Button size="small" onClick={() => void act("POST", `${at(one)}/reset`)}>
                  {t("reset")}
                </Button>
                <Button size="small" onClick={() => void act("DELETE", `${at(one)}/sessions`)}>
                  {t("endSessions")}
                </Button>
              </div>
            ),
          },
        ]}
      />
      <Form form={form} layout="inline" style={{ marginTop: 12, rowGap: 8 }} initialValues={{ role: "responder" }} onFinish={(fields) => void act("POST", "", fields)}>
        <Form.Item name="name" label={t("name")} rules={[{ required: true, message: "" }]}>
          <Input style={{ width: 150 }} maxLength={63} />
        </Form.Item>
        <Form.Item name="role" label={t("role")}>
          <Select style={{ width: 130 }} options={ROLES.map((role) => ({ value: role, label: t(role) }))} />
        </Form.Item>
        <Form.Item name="contact" label={t("contact")}>
          <Input style={{ width: 180 }} />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("addAccount")}
        </Button>
      </Form>
      <OneTime password={password} done={() => setPassword(null)} />
    </Section>
  );
}

/* ---- one's own ---- */

function Qr({ text }: { text: string }) {
  const cells = useMemo(() => {
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const size = code.getModuleCount();
    const dark: [number, number][] = [];
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (code.isDark(y, x)) dark.push([x, y]);
    return { size, dark };
  }, [text]);
  return (
    <svg viewBox={`-4 -4 ${cells.size + 8} ${cells.size + 8}`} width={220} height={220} role="img" aria-label="QR">
      <rect x={-4} y={-4} width={cells.size + 8} height={cells.size + 8} fill="#fff" />
      {cells.dark.map(([x, y]) => (
        <rect key={`${x}-${y}`} x={x} y={y} width={1} height={1} fill="#000" />
      ))}
    </svg>
  );
}

function Totp() {
  const { t } = useTexts();
  const { session, refresh } = useHouse();
  const told = useTold();
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const [code, setCode] = useState("");
  const begin = () => {
    call<{ secret: string; uri: string }>("/api/session/totp", { method: "POST" })
      .then((answer) => setBegun(answer.value))
      .catch(told);
  };
  const confirm = () => {
    call("/api/session/totp", { method: "PUT", body: { code } })
      .then(() => {
        setBegun(null);
        refresh();
      })
      .catch(told);
  };
  const off = () => {
    call("/api/session/totp", { method: "DELETE", body: { code } }).then(refresh).catch(told);
  };
  if (session.account.totp)
    return (
      <Section title={t("totp")}>
        <p className="good">{t("totpIsOn")}</p>
        <label htmlFor="totp-off">{t("code")}</label>
        <Input id="totp-off" inputMode="numeric" maxLength={6} value={code} onChange={(event) => setCode(event.target.value)} />
        <Button style={{ marginTop: 8 }} danger disabled={code.length !== 6} onClick={off}>
          {t("totpOff")}
        </Button>
      </Section>
    );
  return (
    <Section title={t("totp")}>
      {begun ? (
        <>
          <p>{t("totpScan")}</p>
          <Qr text={begun.uri} />
          <p className="hand">
            {begun.secret} <Copy text={begun.secret} />
          </p>
          <label htmlFor="totp-code">{t("code")}</label>
          <Input id="totp-code" inputMode="numeric" maxLength={6} value={code} onChange={(event) => setCode(event.target.value)} />
          <Button style={{ marginTop: 8 }} type="primary" disabled={code.length !== 6} onClick={confirm}>
            {t("save")}
          </Button>
        </>
      ) : (
        <Button onClick={begin}>{t("totpOn")}</Button>
      )}
    </Section>
  );
}

function Mine() {
  const { t } = useTexts();
  const { session } = useHouse();
  const [changed, setChanged] = useState(0);
  return (
    <div className="two">
      <Section title={t("changePassword")}>
        {changed > 0 && <Alert type="success" message={t("passwordChanged")} />}
        <NewPassword key={changed} first={false} account={session.account.name} done={() => setChanged(changed + 1)} />
      </Section>
      <Totp />
    </div>
  );
}

/* ---- what is set ---- */

function Packs() {
  const { t, say, language } = useTexts();
  const { value, failed, reload } = useAsked<Pack[] | List<Pack>>("/api/packs");
  if (!value) return <Waiting failed={failed} reload={reload} />;
  return (
    <div className="stack">
      {listOf(value).map((pack) => (
        <Section key={pack.file} title={language === "zh" ? pack.law : pack.law_en || pack.law} extra={<span className="quiet">{pack.file}</span>}>
          <Table<Pack["rules"][number]>
            size="small"
            rowKey="rule"
            pagination={false}
            scroll={{ x: true }}
            dataSource={pack.rules}
            columns={[
              { title: t("rule"), dataIndex: "rule" },
              { title: "§", dataIndex: "article" },
              { title: t("title"), render: (_, rule) => say(rule.title) },
              { title: t("mark"), render: (_, rule) => <Tag color={rule.verified ? "green" : "gold"}>{rule.mark}</Tag> },
              { title: t("validFrom"), render: (_, rule) => `${rule.valid_from || "…"} – ${rule.valid_to || "…"}` },
            ]}
          />
        </Section>
      ))}
    </div>
  );
}

function Calendars() {
  const { t } = useTexts();
  const { value, failed, reload } = useAsked<List<Calendar>>("/api/calendars");
  if (!value) return <Waiting failed={failed} reload={reload} />;
  return (
    <Section title={t("calendars")}>
      <ul className="lines">
        {value.items.map((calendar) => (
          <li key={calendar.name}>
            <strong>{calendar.name}</strong>{" "}
            {calendar.years.map((year) => (
              <Tag key={year}>{year}</Tag>
            ))}
          </li>
        ))}
      </ul>
      <p className="quiet">{t("calendarsNote")}</p>
    </Section>
  );
}

function Configuration() {
  const { t } = useTexts();
  const { value, failed, reload } = useAsked<Setting[] | List<Setting>>("/api/settings");
  if (!value) return <Waiting failed={failed} reload={reload} />;
  return (
    <Section title={t("configuration")}>
      <p className="quiet">{t("configNote")}</p>
      <Table<Setting>
        size="small"
        rowKey="name"
        pagination={false}
        scroll={{ x: true }}
        dataSource={listOf(value)}
        columns={[
          { title: t("name"), render: (_, one) => <span className="hand">{one.name}</span> },
          { title: t("value"), render: (_, one) => (one.value === null ? "—" : Array.isArray(one.value) ? one.value.join(", ") : String(one.value)) },
          { title: t("from"), dataIndex: "from" },
          { title: "", render: (_, one) => <span className="quiet">{one.help}</span> },
        ]}
      />
    </Section>
  );
}

interface AuditLine {
  time: string;
  user: string;
  what: string;
  sha256: string | null;
  dataset: string | null;
  records: number;
  linked: number;
  people: number;
}

function Audit() {
  const { t, number } = useTexts();
  const { value, failed, reload } = useAsked<List<AuditLine>>("/api/audit");
  if (!value) return <Waiting failed={failed} reload={reload} />;
  return (
    <Section title={t("audit")}>
      <Table<AuditLine>
        size="small"
        rowKey={(line) => `${line.time}-${line.sha256 ?? line.dataset ?? ""}-${line.what}`}
        pagination={{ pageSize: 20 }}
        scroll={{ x: true }}
        dataSource={value.items}
        columns={[
          { title: t("at"), dataIndex: "time" },
          { title: t("by"), dataIndex: "user" },
          { title: t("what"), dataIndex: "what" },
          { title: "SHA-256", render: (_, line) => <span className="hand">{line.sha256?.slice(0, 16) ?? line.dataset ?? "—"}</span> },
          { title: t("count"), render: (_, line) => `${number(line.linked)} / ${number(line.records)}` },
          { title: t("people"), render: (_, line) => number(line.people) },
        ]}
      />
    </Section>
  );
}

export default function Settings() {
  const { t } = useTexts();
  const { may } = useHouse();
  const tabs = [
    { key: "mine", label: t("myAccount"), children: <Mine /> },
    ...(may("accounts") ? [{ key: "accounts", label: t("accounts"), children: <Accounts /> }] : []),
    { key: "packs", label: t("packs"), children: <Packs /> },
    { key: "calendars", label: t("calendars"), children: <Calendars /> },
    ...(may("accounts") ? [{ key: "configuration", label: t("configuration"), children: <Configuration /> }] : []),
    { key: "audit", label: t("audit"), children: <Audit /> },
  ];
  return (
    <div className="stack">
      <h1>{t("settings")}</h1>
      <Tabs items={tabs} destroyInactiveTabPane />
    </div>
  );
}
