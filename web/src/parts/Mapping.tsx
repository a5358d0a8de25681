// Which leaked column is which of ours, as a picture; the table says the same.
import { Table } from "antd";
import { useState } from "react";
import { Button } from "antd";
import { useTexts } from "../i18n";
import type { VerdictColumn } from "../types";

const ROW = 30;
const WIDTH = 640;
const BOX = 220;

const cut = (text: string) => (text.length > 22 ? `${text.slice(0, 21)}…` : text);
const share = (column: VerdictColumn) => (column.agreement === null ? "" : `${(column.agreement * 100).toFixed(1)} %`);

function Picture({ columns }: { columns: VerdictColumn[] }) {
  const { t } = useTexts();
  const ours = columns.filter((column) => column.column !== null);
  const height = Math.max(columns.length, 1) * ROW + 26;
  const place = (column: VerdictColumn) => ours.indexOf(column);
  return (
    <svg className="mapping" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={t("mapping")}>
      <text x={8} y={16} className="loose">
        {t("leaked")}
      </text>
      <text x={WIDTH - BOX + 8} y={16} className="loose">
        {t("ours")}
      </text>
      {columns.map((column, at) => {
        const y = 26 + at * ROW;
        const there = 26 + place(column) * ROW;
        return (
          <g key={`${column.leak}-${at}`}>
            <rect x={1} y={y} width={BOX} height={ROW - 6} rx={3} />
            <text x={8} y={y + 17} className={column.column ? "" : "loose"}>
              {cut(column.leak)}
            </text>
            {column.column !== null && (
              <>
                <path
                  d={`M${BOX + 1} ${y + 12} C${BOX + 80} ${y + 12} ${WIDTH - BOX - 80} ${there + 12} ${WIDTH - BOX - 1} ${there + 12}`}
                  strokeWidth={0.5 + 3 * (column.agreement ?? 0)}
                />
                <rect x={WIDTH - BOX} y={there} width={BOX - 1} height={ROW - 6} rx={3} />
                <text x={WIDTH - BOX + 8} y={there + 17}>
                  {cut(`${column.column}  ${share(column)}`)}
                </text>
              </>
            )}
          </g>
        );
      })}
    </svg>
  );
}

export function Mapping({ columns }: { columns: VerdictColumn[] }) {
  const { t } = useTexts();
  const [table, setTable] = useState(false);
  return (
    <div>
      {table ? (
        <Table<VerdictColumn>
          size="small"
          pagination={false}
          rowKey={(column) => column.leak}
          scroll={{ x: true }}
          dataSource={columns}
          columns={[
            { title: t("leaked"), dataIndex: "leak" },
            { title: t("ours"), render: (_, column) => column.column ?? t("noColumn") },
            { title: t("kind"), render: (_, column) => column.kind ?? "—" },
            { title: t("form"), dataIndex: "form" },
            { title: t("agreement"), render: (_, column) => share(column) || "—" },
          ]}
        />
      ) : (
        <Picture columns={columns} />
      )}
      <Button type="link" size="small" onClick={() => setTable(!table)}>
        {table ? t("asChart") : t("asTable")}
      </Button>
    </div>
  );
}
