/** The rows shown, as CSV: raw numbers, no rounding. */
import type { Row } from "../../api/page";

export function tableText(rows: readonly Row[], cols: string, _format: "csv"): string {
  const extra = cols.split(",").filter(Boolean);
  const head = ["name", "id", "lab", "state", "metric", "mean", "low", "high", "n", "unit", "points", "seeds", "preset", "differs", "tags", "created_at", "started_at", "took_s", ...extra];
  const lines = rows.map((row) =>
    [
      row.name, row.key, row.lab, row.state, row.headline?.metric, row.headline?.mean, row.headline?.low, row.headline?.high, row.headline?.n, row.headline?.unit,
      row.points, row.seeds, row.preset, Object.keys(row.differs).length ? JSON.stringify(row.differs) : "", row.tags.join(" "), row.created_at, row.started_at, row.took_s,
      ...extra.map((name) => row.values[name]?.value),
    ].map(cell).join(),
  );
  return [head.join(), ...lines].join("\r\n") + "\r\n";
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
