// What is known and what is demanded: facts, demand, listing.
import { Button, Form, Input, Select, Switch, Table, Tag } from "antd";
import { useState } from "react";
import { useTexts } from "../i18n";
import { factName, kindName, sectorName } from "../i18n/names";
import { Copy, Countdown, Section, useVerdictText } from "../parts/common";
import { useHouse } from "../shell";
import type { Fact, ListingItem } from "../types";
import { useCase, useChange } from "./change";

interface Claim extends Fact {
  sources: string[];
}

interface Claims {
  name: string;
  claims: Claim[];
}

/** A row a name; what several sources say alike stands once. */
function byName(facts: Fact[]): Claims[] {
  const rows = new Map<string, Claims>();
  for (const fact of facts) {
    const row = rows.get(fact.name) ?? { name: fact.name, claims: [] };
    rows.set(fact.name, row);
    const same = row.claims.find((one) => one.value === fact.value && one.basis === fact.basis && one.superseded === fact.superseded);
    if (same) same.sources.push(fact.source);
    else row.claims.push({ ...fact, sources: [fact.source] });
  }
  return [...rows.values()];
}

/** A value in the language of the page, where it is a word of ours. */
function useShown() {
  const { t, language, number, time } = useTexts();
  const verdict = useVerdictText();
  return (name: string, value: string): string => {
    if (name === "verdict") return verdict(value);
    if (name === "kinds") return value.split(",").map((kind) => kindName(kind, language)).join(language === "zh" ? "、" : ", ");
    if (name === "sector") return sectorName(value, language);
    if (value === "true" || value === "false") return t(value === "true" ? "yes" : "no");
    if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return time(value);
    return /^people/.test(name) && /^\d+$/.test(value) ? number(Number(value)) : value;
  };
}

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
  const { t, time, language } = useTexts();
  const shown = useShown();
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
      <Table<Claims>
        size="small"
        pagination={false}
        scroll={{ x: true }}
        rowKey="name"
        dataSource={byName(value.facts.filter((fact) => all || !fact.superseded))}
        columns={[
          { title: t("factName"), render: (_, row) => <span title={row.name}>{factName(row.name, language)}</span> },
          {
            title: t("factValue"),
            render: (_, row) =>
              row.claims.map((claim) => (
                <div key={`${claim.value}-${claim.basis}`} className={claim.superseded ? "quiet" : ""}>
                  {shown(row.name, claim.value)}
                </div>
              )),
          },
          {
            title: t("basis"),
            render: (_, row) =>
              row.claims.map((claim) => (
                <div key={`${claim.value}-${claim.basis}`}>
                  <Tag color={claim.basis === "confirmed" ? "green" : claim.basis === "estimated" ? "blue" : "orange"}>
                    {claim.superseded ? t("superseded") : t(claim.basis)}
                  </Tag>
                </div>
              )),
          },
          {
            title: t("source"),
            render: (_, row) =>
              row.claims.map((claim) => (
                <div key={`${claim.value}-${claim.basis}`}>
                  {claim.sources.join(language === "zh" ? "；" : "; ")} <span className="quiet">{claim.by} {time(claim.at)}</span>
                </div>
              )),
          },
        ]}
      />
      {may("work") && value.state === "open" && (
        <Form form={form} layout="inline" onFinish={(fields) => void add(fields)} style={{ marginTop: 12, rowGap: 8 }} initialValues={{ basis: "claimed" }}>
          <Form.Item name="name" label={t("factName")} rules={[{ required: true, message: "" }]}>
            <Input list="fact-names" style={{ width: 160 }} />
          </Form.Item>
          <datalist id="fact-names">
            {NAMES.map((name) => (
              <option key={name} value={name} label={factName(name, language)} />
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
  const { t, number, language } = useTexts();
  const { may } = useHouse();
  const { value } = useCase();
  const { send, busy } = useChange();
  const [text, setText] = useState("");
  const read = async () => {
    if (await send("POST", "/listing", { text })) setText("");
  };
  const sum = value.listing_sum;
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
          { title: t("count"), render: (_, item) => (item.count === null ? "—" : `${number(item.count)} ${item.unit ?? ""}`) },
          { title: t("price"), render: (_, item) => price(item) },
          { title: t("perRecord"), render: (_, item) => (item.per_record === null ? "—" : `${item.per_record.toLocaleString("en", { maximumSignificantDigits: 3 })} ${item.currency ?? ""}`) },
          {
            title: t("fits"),
            render: (_, item) =>
              item.impossible ? (
                <span className="overdue">
                  {t("impossible")}: {(language === "zh" && item.impossible_zh) || item.impossible}
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
      {sum && (
        <p className="quiet">
          {sum.items_sum !== null && t("listingSum", `${sum.items_sum} ${sum.currency ?? ""}`)}{" "}
          {sum.bundle_price !== null && t("listingBundle", `${sum.bundle_price} ${sum.currency ?? ""}`)}{" "}
          {sum.bundle_share !== null && t("listingShare", (sum.bundle_share * 100).toFixed(0))}
        </p>
      )}
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
