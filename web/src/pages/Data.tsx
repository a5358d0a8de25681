// What is sealed: datasets, snapshots, what each column is taken for.
import { Table, Tag } from "antd";
import { useTexts } from "../i18n";
import { Section, Waiting, bytesText, useAsked } from "../parts/common";
import type { Dataset, List } from "../types";

function DatasetView({ dataset }: { dataset: Dataset }) {
  const { t, number } = useTexts();
  const newest = dataset.snapshots[dataset.snapshots.length - 1];
  return (
    <Section
      title={dataset.name}
      extra={
        <span className="quiet">
          {number(dataset.rows)} {t("rows")} · {bytesText(dataset.bytes)}
        </span>
      }
    >
      <p>
        {newest && (
          <>
            {t("newest")} <strong>{newest.as_of}</strong>{" "}
          </>
        )}
        {dataset.key.length > 0 && (
          <>
            · {t("key")} {dataset.key.join(", ")}{" "}
          </>
        )}
        {dataset.person && (
          <>
            · {t("person")} {dataset.person} ({dataset.space})
          </>
        )}
      </p>
      <div className="two">
        <Table<Dataset["snapshots"][number]>
          size="small"
          rowKey="as_of"
          pagination={dataset.snapshots.length > 12 ? { pageSize: 12 } : false}
          scroll={{ x: true }}
          dataSource={[...dataset.snapshots].reverse()}
          columns={[
            { title: t("snapshots"), dataIndex: "as_of" },
            { title: t("rows"), render: (_, one) => number(one.rows) },
            { title: t("people"), render: (_, one) => (one.people === null ? "—" : number(one.people)) },
          ]}
        />
        <Table<Dataset["columns"][number]>
          size="small"
          rowKey="name"
          pagination={false}
          scroll={{ x: true }}
          dataSource={dataset.columns}
          columns={[
            { title: t("columns"), dataIndex: "name" },
            { title: t("kind"), render: (_, one) => one.kind ?? "—" },
            {
              title: t("role"),
              render: (_, one) => (
                <>
                  <Tag>{t(one.role)}</Tag>
                  {one.facet && <Tag color="blue">{t("facet")}</Tag>}
                  {one.key && <Tag color="gold">{t("key")}</Tag>}
                  {one.person && <Tag color="purple">{t("person")}</Tag>}
                </>
              ),
            },
          ]}
        />
      </div>
    </Section>
  );
}

export default function Data() {
  const { t } = useTexts();
  const { value, failed, reload } = useAsked<Dataset[] | List<Dataset>>("/api/datasets");
  if (!value) return <Waiting failed={failed} reload={reload} />;
  const datasets = Array.isArray(value) ? value : value.items;
  return (
    <div className="stack">
      <h1>{t("data")}</h1>
      {datasets.length === 0 && <p className="quiet">{t("noSeals")}</p>}
      {datasets.map((dataset) => (
        <DatasetView key={dataset.name} dataset={dataset} />
      ))}
    </div>
  );
}
