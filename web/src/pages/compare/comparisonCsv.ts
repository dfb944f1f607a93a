/** Every metric at every point, a line a series: raw numbers. */
import type { Comparable } from "../../api/page";

export function comparisonCsv(data: Comparable): string {
  const axis = data.axis?.key ?? "point";
  const lines = [["metric", "unit", axis, "series", "label", "mean", "low", "high", "n", "difference", "difference_low", "difference_high", "relative", "paired"].join()];
  for (const metric of data.metrics)
    for (const point of metric.points)
      for (const one of data.series) {
        const value = point.series[one.key];
        const difference = point.differences[one.key];
        if (!value) continue;
        lines.push([metric.name, metric.unit, point.at, one.key, one.label, value.mean, value.low, value.high, value.n, difference?.mean, difference?.low, difference?.high, difference?.relative, difference?.paired].map(cell).join());
      }
  return lines.join("\r\n") + "\r\n";
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
