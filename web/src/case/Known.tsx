// What is known and what is demanded: facts, demand, listing.
import { Button, Form, Input, Select, Switch, Table, Tag } from "antd";
import { useState } from "react";
import { useTexts } from "../i18n";
import { Copy, Countdown, Section } from "../parts/common";
import { useHouse } from "../shell";
import type { Fact, ListingItem } from "../types";
import { useCase, useChange } from "./change";

const NAMES = [
  "people",
  "people_sensitive",
  "people_exposed",
  "sector",
  "cii",
  "ransom",
  "learned_at",
  "important_data",
  "core_data",
  "unlawful_access",
  "loss_cny",
  "outage_h",
  "jurisdiction",
  "handled_end",
  "rules_as_of",
];

export function Facts() {
  const { t, time } = useTexts();
  const { may } = useHouse();
  const { value } = useCase();
  const { send, busy } = useChange();
  const [all, setAll] = useState(false);
  const [form] = Form.useForm<{ name: string; value: string; basis: string; source?: string }>();
  const add = async (fields: { name: string; value: string; basis: string; source?: string }) => {
    const body = { facts: { [fields.name]: fields.value }, basis: fields.basis, source: fields.source || undefined };
    if (await send("POST", "/facts", body)) form.resetFields();
  };
  return (
    <Section
      id="facts"
      title={t("facts")}
      extra={
        <label>
          <Switch size="small" checked={all} onChange={setAll} aria-label={t("showSuperseded")} /> {t("showSuperseded")}
        </label>
      }
    >
      <Table<Fact>
        size="small"
        pagination={false}
        scroll={{ x: true }}
        rowKey={(fact) => `${fact.name}-${fact.source}-${fact.at}-${fact.value}`}
        dataSource={value.facts.filter((fact) => all || !fact.superseded)}
        columns={[
          { title: t("factName"), dataIndex: "name" },
          { title: t("factValue"), render: (_, fact) => <span className={fact.superseded ? "quiet" : ""}>{fact.value}</span> },
          {
            title: t("basis"),
            render: (_, fact) => (
              <Tag color={fact.basis === "confirmed" ? "green" : fact.basis === "estimated" ? "blue" : "orange"}>
                {fact.superseded ? t("superseded") : t(fact.basis)}
              </Tag>
            ),
          },
          { title: t("source"), dataIndex: "source" },
          { title: t("by"), render: (_, fact) => `${fact.by} ${time(fact.at)}` },
        ]}
      />
      {may("work") && value.state === "open" && (
        <Form form={form} layout="inline" onFinish={(fields) => void add(fields)} style={{ marginTop: 12, rowGap: 8 }} initialValues={{ basis: "claimed" }}>
          <Form.Item name="name" label={t("factName")} rules={[{ required: true, message: "" }]}>
            <Input list="fact-names" style={{ width: 160 }} />
          </Form.Item>
          <datalist id="fact-names">
            {NAMES.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <Form.Item name="value" label={t("factValue")} rules={[{ required: true, message: "" }]}>
            <Input style={{ width: 160 }} />
          </Form.Item>
          <Form.Item name="basis" label={t("basis")}>
            <Select
              style={{ width: 120 }}
              options={(["claimed", "estimated", "confirmed"] as const).map((basis) => ({ value: basis, label: t(basis) }))}
            />
          </Form.Item>
          <Form.Item name="source" label={t("source")}>
            <Input style={{ width: 160 }} />
          </Form.Item>
          <Button htmlType="submit" type="primary" loading={busy}>
            {t("addFact")}
          </Button>
        </Form>
      )}
    </Section>
  );
}

export function Demand() {
  const { t, time } = useTexts();
  const { value } = useCase();
  const { demand } = value;
  if (!demand) return null;
  return (
    <Section id="demand" title={t("demand")}>
      <div className="two">
        <div>
          <div className="big">
            {demand.amount ?? "—"} {demand.currency}
          </div>
          {demand.wallet && (
            <div>
              <span className="hand">{demand.wallet}</span> <Copy text={demand.wallet} />
              {demand.wallet_valid !== null && (
                <Tag color={demand.wallet_valid ? "green" : "red"}>{demand.wallet_valid ? t("walletValid") : t("walletInvalid")}</Tag>
              )}
            </div>
          )}
        </div>
        <div>
          {demand.deadline && (
            <>
              <div>{t("deadline")}</div>
              <Countdown due={demand.deadline} />
              <div className="quiet">{time(demand.deadline)}</div>
            </>
          )}
          <p className="quiet">{t("ransomNote")}</p>
        </div>
      </div>
    </Section>
  );
}

export function Listing() {
  const { t, number } = useTexts();
  const { may } = useHouse();
  const { value } = useCase();
  const { send, busy } = useChange();
  const [text, setText] = useState("");
  const read = async () => {
    if (await send("POST", "/listing", { text })) setText("");
  };
  const price = (item: ListingItem) => (item.price === null ? "—" : `${item.price} ${item.currency ?? ""}`);
  return (
    <Section id="listing" title={t("listing")}>
      <Table<ListingItem>
        size="small"
        pagination={false}
        scroll={{ x: true }}
        rowKey={(item) => item.text}
        dataSource={value.listing}
        columns={[
          { title: t("item"), dataIndex: "text" },
          { title: t("count"), render: (_, item) => (item.count === null ? "—" : number(item.count)) },
          { title: t("price"), render: (_, item) => price(item) },
          {
            title: t("fits"),
            render: (_, item) =>
              item.impossible ? (
                <span className="overdue">
                  {t("impossible")}: {item.impossible}
                </span>
              ) : item.bundle ? (
                t("bundlePrice")
              ) : item.fits.length ? (
                item.fits.slice(0, 4).map((fit) => (
                  <div key={`${fit.dataset}-${fit.as_of}`}>
                    {fit.dataset} {fit.as_of}: {number(fit.count)}
                  </div>
                ))
              ) : (
                <span className="quiet">{t("fitsNothing")}</span>
              ),
          },
        ]}
      />
      {may("work") && value.state === "open" && (
        <div style={{ marginTop: 12 }}>
          <Input.TextArea aria-label={t("listing")} rows={2} value={text} onChange={(event) => setText(event.target.value)} />
          <Button style={{ marginTop: 8 }} disabled={!text.trim()} loading={busy} onClick={() => void read()}>
            {t("add")}
          </Button>
        </div>
      )}
    </Section>
  );
}
