import { Button, Collapse, Form, Input, Modal, Select, Tag } from "antd";
import { useState } from "react";
import { call } from "../api";
import { useTexts } from "../i18n";
import { DueText, Section, StatusTag, useTold } from "../parts/common";
import { useHouse } from "../shell";
import type { Duty } from "../types";
import { useCase, useChange } from "./change";

function Settle({ duty, done }: { duty: Duty; done: () => void }) {
  const { t, say } = useTexts();
  const { send, busy } = useChange();
  const [form] = Form.useForm<{ status: string; note: string }>();
  const settled = duty.status === "done" || duty.status === "waived";
  const save = async () => {
    const fields = await form.validateFields();
    if (await send("PATCH", `/duties/${encodeURIComponent(duty.rule)}`, fields)) done();
  };
  return (
    <Modal open title={say(duty.title)} onCancel={done} onOk={() => void save()} okText={t("save")} confirmLoading={busy}>
      <Form form={form} layout="vertical" initialValues={{ status: settled ? "open" : "done" }}>
        <Form.Item name="status" label={t("state")}>
          <Select
            options={[
              { value: "done", label: t("done") },
              { value: "waived", label: t("waived") },
              { value: "open", label: t("reopen") },
            ]}
          />
        </Form.Item>
        <Form.Item name="note" label={t("note")} rules={[{ required: true, message: t("note") }]}>
          <Input.TextArea rows={3} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function Details({ duty }: { duty: Duty }) {
  const { t, say, language } = useTexts();
  const { value } = useCase();
  const told = useTold();
  const [text, setText] = useState<string | null>(null);
  const explain = () => {
    call<{ text: string }>(
      `/api/cases/${encodeURIComponent(value.id)}/duties/${encodeURIComponent(duty.rule)}/explanation?lang=${language}`,
    )
      .then((answer) => setText(answer.value.text))
      .catch(told);
  };
  return (
    <div>
      {duty.text_zh && (
        <>
          <strong>{t("quoted")}</strong>
          <div className="quote" lang="zh-CN">
            「{duty.text_zh}」
          </div>
        </>
      )}
      {language === "en" && duty.text_en && <div className="quote">{duty.text_en}</div>}
      {duty.contents.length > 0 && (
        <>
          <strong>{t("contents")}</strong>
          <ol className="reasons">
            {duty.contents.map((content) => (
              <li key={content.zh}>
                {say(content)} {content.first && <Tag>{t("contentsFirst")}</Tag>}
              </li>
            ))}
          </ol>
        </>
      )}
      {duty.source_url && (
        <div className="quiet hand">
          {t("source")}: {duty.source_url}
        </div>
      )}
      <Button type="link" size="small" onClick={explain}>
        {t("explain")}
      </Button>
      {text && <pre style={{ whiteSpace: "pre-wrap" }}>{text}</pre>}
    </div>
  );
}

const MOST_GROUNDS = 3;

export function DutyView({ duty }: { duty: Duty }) {
  const { t, say, time, article, language } = useTexts();
  const { may } = useHouse();
  const { value } = useCase();
  const [settling, setSettling] = useState(false);
  // What by itself crosses a threshold; the rest (what would be so under each claim alone) stands in the explanation.
  const grounds = duty.because.filter((ground) => ground.holds && ground.fact && ground.threshold).slice(0, MOST_GROUNDS);
  return (
    <li className="duty">
      <div>
        <StatusTag status={duty.status} />
        <DueText duty={duty} />
      </div>
      <div>
        <strong>{say(duty.title)}</strong>
        <div>
          {t("addressee")}: {language === "zh" ? duty.addressee : duty.addressee_en || duty.addressee}
        </div>
        <div>
          {language === "zh" ? duty.law : duty.law_en || duty.law} <strong>{article(duty.article)}</strong>{" "}
          <span className="quiet">{duty.rule}</span> {!duty.verified && <Tag color="gold">{t("unverified")}</Tag>}
          {!duty.legal && <Tag>{t("notLaw")}</Tag>}
        </div>
        {grounds.length > 0 && (
          <ul className="reasons">
            {grounds.map((ground) => (
              <li key={ground.zh}>
                {t("because")} {say(ground)}
              </li>
            ))}
          </ul>
        )}
        {duty.status === "waived" && duty.legal && !duty.may_waive && <div className="near">{t("waivedAgainst")}</div>}
        {duty.settled && (
          <div className="good">
            {t("settledBy", duty.settled.by, time(duty.settled.at))}: {duty.settled.note}
          </div>
        )}
        <Collapse
          ghost
          size="small"
          items={[{ key: "more", label: `${t("quoted")} · ${t("contents")}`, children: <Details duty={duty} /> }]}
        />
        {may("settle") && value.state === "open" && (
          <Button size="small" onClick={() => setSettling(true)}>
            {t("settle")}
          </Button>
        )}
        {settling && <Settle duty={duty} done={() => setSettling(false)} />}
      </div>
    </li>
  );
}

const order = { overdue: 0, near: 1, open: 2, done: 3, waived: 4 };
/** The clocks that run first, as the overview has it; what is due at once stays in front of what waits for an event. */
const dueAt = (duty: Duty) => (duty.due ? Date.parse(duty.due) : duty.immediate ? 8e15 : 8.1e15);
const byTime = (a: Duty, b: Duty) => order[a.status] - order[b.status] || dueAt(a) - dueAt(b);

export function Duties() {
  const { t, say } = useTexts();
  const { value } = useCase();
  return (
    <Section id="duties" title={t("duties")}>
      {value.warnings.map((warning) => (
        <p key={warning.zh} className="near">
          {say(warning)}
        </p>
      ))}
      <ul className="lines">
        {[...value.duties].sort(byTime).map((duty) => (
          <DutyView key={duty.rule} duty={duty} />
        ))}
      </ul>
      {value.duties.length === 0 && <span className="quiet">{t("noDuty")}</span>}
      <Collapse
        ghost
        items={[
          {
            key: "further",
            label: t("dutiesFurther", value.duties_further.length),
            children: (
              <ul className="lines">
                {[...value.duties_further].sort(byTime).map((duty) => (
                  <DutyView key={duty.rule} duty={duty} />
                ))}
              </ul>
            ),
          },
        ]}
      />
    </Section>
  );
}
