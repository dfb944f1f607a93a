/** The rows that a drawn figure stands on, for the cursor that reads them aloud. */

export type DataRow = Record<string, unknown>;

interface VegaData {
  name?: string;
  values?: unknown;
}

/** The data set with the most numbers: the one that a reader wants to walk along. */
export function mainRows(spec: Record<string, unknown>): { name: string; rows: DataRow[] } | null {
  const sets: { name: string; rows: DataRow[] }[] = [];
  for (const one of (spec["data"] as VegaData[] | undefined) ?? []) if (Array.isArray(one.values)) sets.push({ name: one.name ?? "", rows: one.values as DataRow[] });
  for (const [name, values] of Object.entries((spec["datasets"] as Record<string, unknown> | undefined) ?? {})) if (Array.isArray(values)) sets.push({ name, rows: values as DataRow[] });
  const numbers = (rows: DataRow[]) => (rows[0] && typeof rows[0] === "object" ? rows.length * Object.values(rows[0]).filter((value) => typeof value === "number").length : 0);
  const best = sets.sort((a, b) => numbers(b.rows) - numbers(a.rows))[0];
  return best && numbers(best.rows) > 0 ? best : null;
}

export function readAloud(row: DataRow): string {
  return Object.entries(row)
    .filter(([name, value]) => (typeof value === "number" || typeof value === "string") && !/colou?r|ink|hue|dash|opacity|^_/.test(name) && !/^#[0-9a-f]{6}$/i.test(String(value)))
    .slice(0, 6)
    .map(([name, value]) => `${name} ${typeof value === "number" ? Number(value.toPrecision(5)) : value}`)
    .join(", ");
}
