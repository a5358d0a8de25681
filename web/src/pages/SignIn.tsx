import { Alert, Button, Form, Input } from "antd";
import { useEffect, useState } from "react";
import { Problem, call } from "../api";
import { useTexts } from "../i18n";
import type { Session } from "../types";

interface Fields {
  name: string;
  password: string;
  totp?: string;
}

function useFault() {
  const { t } = useTexts();
  const [fault, setFault] = useState<string | null>(null);
  const [wait, setWait] = useState(0);
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = window.setTimeout(() => setWait(wait - 1), 1000);
    return () => window.clearTimeout(timer);
  }, [wait]);
  const tell = (why: unknown) => {
    if (!(why instanceof Problem) || why.status === 0) setFault(t("serverAway"));
    else if (why.status === 429) setWait(Math.max(1, why.wait));
    else if (why.status === 401) setFault(t("wrongCredentials"));
    else setFault([why.message, why.detail, why.todo].filter(Boolean).join("; "));
  };
  return { fault: wait > 0 ? t("slowDown", wait) : fault, wait, tell, clear: () => setFault(null) };
}

export function SignIn({ lost, done }: { lost: boolean; done: (session: Session) => void }) {
  const { t } = useTexts();
  const { fault, wait, tell, clear } = useFault();
  const [needsCode, setNeedsCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const send = async (fields: Fields) => {
    setBusy(true);
    clear();
    try {
      done((await call<Session>("/api/login", { method: "POST", body: fields, quiet: true })).value);
    } catch (why) {
      if (why instanceof Problem && why.type === "/problems/totp") {
        if (needsCode) tell(why);
        setNeedsCode(true);
      } else tell(why);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="signin">
      <h1>
        {t("product")} · {t("signIn")}
      </h1>
      {lost && !fault && <Alert type="info" message={t("sessionLost")} style={{ marginBottom: 16 }} />}
      <div role="alert">{fault && <Alert type="error" message={fault} style={{ marginBottom: 16 }} />}</div>
      <Form<Fields> layout="vertical" onFinish={(fields) => void send(fields)} requiredMark={false}>
        <Form.Item name="name" label={t("name")} rules={[{ required: true, message: "" }]}>
          <Input autoComplete="username" autoFocus maxLength={64} />
        </Form.Item>
        <Form.Item name="password" label={t("password")} rules={[{ required: true, message: "" }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        {needsCode && (
          <Form.Item name="totp" label={t("code")} rules={[{ required: true, message: "" }]}>
            <Input autoComplete="one-time-code" inputMode="numeric" maxLength={6} autoFocus />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block loading={busy} disabled={wait > 0}>
          {t("signIn")}
        </Button>
      </Form>
    </div>
  );
}

export function NewPassword({ first, account, done }: { first: boolean; account: string; done: () => void }) {
  const { t } = useTexts();
  const { fault, wait, tell, clear } = useFault();
  const [busy, setBusy] = useState(false);
  const send = async (fields: { old: string; new: string }) => {
    setBusy(true);
    clear();
    try {
      await call("/api/session/password", { method: "PUT", body: fields, quiet: true });
      done();
    } catch (why) {
      tell(why);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={first ? "signin" : ""}>
      {first && (
        <>
          <h1>{t("changePassword")}</h1>
          <p>{t("mustChange")}</p>
        </>
      )}
      <div role="alert">{fault && <Alert type="error" message={fault} style={{ marginBottom: 16 }} />}</div>
      <Form layout="vertical" onFinish={(fields: { old: string; new: string }) => void send(fields)} requiredMark={false}>
        <input type="text" autoComplete="username" value={account} readOnly hidden aria-hidden />
        <Form.Item name="old" label={t("oldPassword")} rules={[{ required: true, message: "" }]}>
          <Input.Password autoComplete="current-password" autoFocus={first} />
        </Form.Item>
        <Form.Item name="new" label={t("newPassword")} rules={[{ required: true, min: 12, message: t("newPassword") }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy} disabled={wait > 0}>
          {t("save")}
        </Button>
      </Form>
    </div>
  );
}
