// As much Markdown as the emergency plan has: headings, tables, paragraphs. Text stays text; nothing is set as HTML.
import type { ReactNode } from "react";

const cells = (line: string) =>
  line
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

function table(lines: string[], key: number): ReactNode {
  const [head, , ...rows] = lines;
  return (
    <div className="scroll" key={key}>
      <table>
        <thead>
          <tr>
            {cells(head ?? "").map((cell, at) => (
              <th key={at} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {cells(row).map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Markdown({ text }: { text: string }) {
  const out: ReactNode[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("|")) {
      const block: string[] = [];
      while (lines[at]?.startsWith("|")) block.push(lines[at++] ?? "");
      at--;
      out.push(table(block, at));
    } else if (line.startsWith("#")) {
      const title = line.replace(/^#+\s*/, "");
      out.push(line.startsWith("##") ? <h3 key={at}>{title}</h3> : <h2 key={at}>{title}</h2>);
    } else if (line.trim()) out.push(<p key={at}>{line}</p>);
  }
  return <div className="plan">{out}</div>;
}
