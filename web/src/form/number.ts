/** Numbers as people type them: 1e-3, 100 000, −5; anything else stays the text that it is, for the server to judge. */
export function parseNumber(text: string): number | string | null {
  const bare = text.trim();
  if (bare === "") return null;
  const plain = bare.replace(/(\d)[\s\u00a0\u202f_](?=\d{3})/g, "$1").replace(/^\u2212/, "-").replace(/e\u2212/i, "e-");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : bare;
}

/** A number as one types it. */
export function typed(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) && Math.abs(value) >= 1e4 && Math.abs(value) < 1e15 ? String(value).replace(/\B(?=(\d{3})+(?!\d))/g, " ") : String(value);
}

const STEPPED = /^\s*([^:,]+):([^:,]+):([^:,]+)\s*$/;
/** first:last:lin:n and first:last:log:n; designs besides: lhs, sobol, both also in the logarithm, a seed behind the number. */
const SPACED = /^\s*([^:,]+):([^:,]+):(lin|log)\s*:\s*(\d+)\s*$/;
const DESIGN = /^\s*[^:,]+:[^:,]+:(?:log:)?((?:lhs|sobol):(\d+)(?::\d+)?)\s*$/;
const MOST = 10_000;

/** How many points a design has, and which it is; null for an axis that is none. Axes of one design share its points. */
export function designed(text: string): { points: number; name: string } | null {
  const match = DESIGN.exec(text);
  return match ? { points: Number(match[2]), name: match[1]! } : null;
}

/** An axis as a request has it: what the server computes stays the text or range that it is, for it to judge. */
export function axisOf(text: string, numeric: boolean): unknown[] | string | { start: number; stop: number; step: number } {
  if (numeric && (SPACED.test(text) || DESIGN.test(text))) return text.trim();
  const [start, stop, step] = (STEPPED.exec(text)?.slice(1) ?? []).map((part) => parseNumber(part));
  if (numeric && typeof start === "number" && typeof stop === "number" && typeof step === "number") return { start, stop, step };
  return axisValues(text, numeric) ?? [];
}

/** "190:270:20", "1:1000:log:4" or "1, 2, 5": the values of an axis, or null where there are none. Of a design only the server
 * knows the values: as many holes. */
export function axisValues(text: string, numeric: boolean): unknown[] | null {
  const design = designed(text);
  if (numeric && design) return design.points >= 1 && design.points <= MOST ? Array.from({ length: design.points }) : null;
  const spaced = SPACED.exec(text);
  if (numeric && spaced) {
    const [first, last] = spaced.slice(1, 3).map((part) => parseNumber(part)) as [unknown, unknown];
    const n = Number(spaced[4]);
    const log = spaced[3] === "log";
    if (typeof first !== "number" || typeof last !== "number" || n < 2 || n > MOST || (log && (first <= 0 || last <= 0))) return null;
    const at = (share: number) => (log ? first * (last / first) ** share : first + share * (last - first));
    return Array.from({ length: n }, (_, index) => Number(at(index / (n - 1)).toPrecision(12)));
  }
  const stepped = STEPPED.exec(text);
  if (stepped && numeric) {
    const [start, stop, step] = stepped.slice(1).map((part) => parseNumber(part)) as [unknown, unknown, unknown];
    if (typeof start !== "number" || typeof stop !== "number" || typeof step !== "number" || step === 0 || (stop - start) / step < 0) return null;
    const n = Math.floor((stop - start) / step + 1e-9) + 1;
    return n > MOST ? null : Array.from({ length: n }, (_, index) => Number((start + index * step).toPrecision(12)));
  }
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean);
  if (!parts.length) return null;
  return parts.map((part) => (numeric ? parseNumber(part) : json(part)));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
