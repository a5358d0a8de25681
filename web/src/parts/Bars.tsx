import { Fragment } from "react";
import { useTexts } from "../i18n";

/** Few numbers side by side, the largest first: readable as text too. */
export function Bars({ values, most = 12 }: { values: Record<string, number>; most?: number }) {
  const { number } = useTexts();
  const sorted = Object.entries(values).sort((a, b) => b[1] - a[1]);
  const top = sorted[0]?.[1] ?? 1;
  return (
    <div className="bars">
      {sorted.slice(0, most).map(([name, value]) => (
        <Fragment key={name}>
          <span>{name}</span>
          <span className="bar-fill" style={{ width: `${(100 * value) / top}%` }} />
          <span className="clock">{number(value)}</span>
        </Fragment>
      ))}
    </div>
  );
}
