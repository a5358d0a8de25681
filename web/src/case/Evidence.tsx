import { Alert, Button, Form, Input, Modal, Select, Table, Tag } from "antd";
import { useState } from "react";
import { call } from "../api";
import { useTexts } from "../i18n";
import { Copy, Section, bytesText, useTold } from "../parts/common";
import { useHouse } from "../shell";
import type { Evidence as Piece, Look } from "../types";
import { useCase } from "./change";

const ROWS = 20;

/** Rows of a piece of evidence: masked, or in clear with a reason that is on the timeline first. */
function Looking({ piece, done }: { piece: Piece; done: () => void }) {
  const { t } = useTexts();
  const { may } = useHouse();
  const { value } = useCase();
  const told = useTold();
  const [look, setLook] = useState<Look | null>(null);
  const [from, setFrom] = useState(1);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const ask = async (clear: boolean, start: number, part?: string) => {
    setBusy(true);
    try {
      const body = { evidence: piece.sha256, part, from: start, rows: ROWS, clear, reason: clear ? reason : undefined };
      const answer = await call<Look>(`/api/cases/${encodeURIComponent(value.id)}/looks`, { method: "POST", body });
      setLook(answer.value);
      setFrom(start);
    } catch (why) {
      told(why);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open width={1000} title={piece.name} footer={null} onCancel={done} afterOpenChange={(open) => open && void ask(false, 1)}>
      {may("read") && (
        <Form layout="inline" onFinish={() => void ask(true, from, look?.part)} style={{ marginBottom: 12, rowGap: 8 }}>
          <Form.Item label={t("reason")} style={{ flex: 1 }}>
            <Input value={reason} onChange={(event) => setReason(event.target.value)} minLength={4} maxLength={200} />
          </Form.Item>
          <Button htmlType="submit" danger disabled={reason.trim().length < 4} loading={busy}>
            {t("lookClear")}
          </Button>
          <p className="quiet">{t("lookNote")}</p>
        </Form>
      )}
      {look && (
        <>
          <p>
            <Tag color={look.masked ? "blue" : "red"}>{look.masked ? t("masked") : t("inClear")}</Tag>
            {look.parts.length > 1 && (
              <Select
                aria-label={t("part")}
                value={look.part}
                style={{ minWidth: 260, maxWidth: "100%" }}
                onChange={(part: string) => void ask(false, 1, part)}
                options={look.parts.map((part) => ({ value: part.path, label: part.path }))}
              />
            )}
          </p>
          <Table<(string | null)[]>
            size="small"
            pagination={false}
            scroll={{ x: true }}
            rowKey={(row) => row.join("\u0000")}
            dataSource={look.rows}
            columns={look.columns.map((column, at) => ({
              key: String(at),
              title: column.kind ? `${column.name} (${column.kind})` : column.name,
              render: (_: unknown, row: (string | null)[]) => row[at] ?? "",
            }))}
          />
          <p>
            <Button disabled={from <= 1 || busy} onClick={() => void ask(!look.masked, Math.max(1, from - ROWS), look.part)}>
              {t("fewer", ROWS)}
            </Button>{" "}
            <Button disabled={!look.more || busy} onClick={() => void ask(!look.masked, from + ROWS, look.part)}>
              {t("more", ROWS)}
            </Button>
          </p>
        </>
      )}
    </Modal>
  );
}

export function Evidence() {
  const { t, time } = useTexts();
  const { value } = useCase();
  const [looking, setLooking] = useState<Piece | null>(null);
  return (
    <Section id="evidence" title={t("evidence")}>
      {value.hold && <Alert type="info" showIcon message={`${t("hold")}: ${value.hold.why} (${time(value.hold.at)})`} />}
      <ul className="lines">
        {value.evidence.map((piece) => (
          <li key={piece.number}>
            <strong>{piece.name}</strong> <Tag>{piece.role}</Tag> {bytesText(piece.bytes)}{" "}
            <span className="quiet">{time(piece.added_at)}</span>
            <div className="hand quiet">
              SHA-256 {piece.sha256} <Copy text={piece.sha256} />
              <br />
              SM3 {piece.sm3} <Copy text={piece.sm3} />
            </div>
            {piece.deleted ? (
              <span className="near">{t("removedByRule", `${piece.rule ?? ""} ${time(piece.deleted_at)}`)}</span>
            ) : (
              <Button size="small" onClick={() => setLooking(piece)}>
                {t("look")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {value.evidence.length === 0 && <span className="quiet">{t("none")}</span>}
      {looking && <Looking piece={looking} done={() => setLooking(null)} />}
    </Section>
  );
}
