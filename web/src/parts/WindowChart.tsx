// When the data can have been taken: the snapshots on a time axis, the window as a band over them.
import { LineChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useTexts } from "../i18n";
import type { Window } from "../types";

// On canvas: its SVG writes style attributes, which the content policy forbids.
echarts.use([LineChart, GridComponent, MarkAreaComponent, MarkLineComponent, CanvasRenderer]);

export interface Sealed {
  as_of: string;
  rows: number;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export default function WindowChart({ window: span, sealed }: { window: Window; sealed: Sealed[] }) {
  const { t, language } = useTexts();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return undefined;
    const chart = echarts.init(box.current, null, { renderer: "canvas" });
    const draw = () => {
      const fits = new Set(span.snapshots);
      const first = sealed[0]?.as_of;
      const last = sealed[sealed.length - 1]?.as_of;
      const ink = colour("--quiet");
      chart.setOption({
        animation: false,
        grid: { left: 56, right: 24, top: 28, bottom: 28 },
        xAxis: { type: "time", axisLabel: { color: ink }, axisLine: { lineStyle: { color: ink } } },
        yAxis: {
          type: "value",
          name: t("rows"),
          scale: true,
          axisLabel: { color: ink },
          nameTextStyle: { color: ink },
          splitLine: { lineStyle: { color: colour("--line") } },
        },
        series: [
          {
            type: "line",
            step: "end",
            symbolSize: 9,
            symbol: "circle",
            lineStyle: { color: ink, width: 1 },
            data: sealed.map((snapshot) => ({
              value: [snapshot.as_of, snapshot.rows],
              itemStyle: { color: fits.has(snapshot.as_of) ? colour("--ours") : ink },
            })),
            markArea: {
              silent: true,
              itemStyle: { color: colour("--ours"), opacity: 0.18 },
              data: [[{ xAxis: span.after ?? first }, { xAxis: span.before ?? last }]],
            },
            markLine: span.newest_row
              ? {
                  symbol: "none",
                  lineStyle: { color: colour("--near"), type: "dashed" },
                  label: { formatter: t("newestRow"), color: ink, position: "insideEndTop" },
                  data: [{ xAxis: span.newest_row }],
                }
              : undefined,
          },
        ],
      });
    };
    draw();
    const resized = new ResizeObserver(() => chart.resize());
    resized.observe(box.current);
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      resized.disconnect();
      themed.disconnect();
      chart.dispose();
    };
  }, [span, sealed, t, language]);
  return <div ref={box} className="chart" role="img" aria-label={t("window")} />;
}
