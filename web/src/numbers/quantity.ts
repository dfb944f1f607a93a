/** Quantities as the command line prints them (`quintant/cli/quantity.py`): to the precision that their interval supports. */

const DIMENSIONLESS = new Set(["1", "", "fraction", "probability", "ratio"]);
const SMALLEST_PERCENT = 1e-4;
const THIN = "\u202f"; // narrow no-break space between thousands
const MINUS = "\u2212";

export interface Scale {
  factor: number;
  unit: string;
  /** Decimal places; null: powers of ten with `digits` significant digits. */
  decimals: number | null;
  digits: number;
}

/** The scale for values of one unit: as many digits as reach down to those of the half-width, else four. */
export function scale(unit: string, values: readonly (number | null | undefined)[], halfWidth?: number | null, digits?: number): Scale {
  const known = values.filter((value): value is number => value != null && Number.isFinite(value));
  const greatest = Math.max(0, ...known.map(Math.abs));
  const dimensionless = DIMENSIONLESS.has(unit);
  const percent = dimensionless && greatest >= SMALLEST_PERCENT && greatest <= 1;
  const factor = percent ? 100 : 1;
  const shown = percent ? "%" : dimensionless ? "" : unit;
  let significant = 4;
  if (halfWidth && halfWidth > 0 && greatest > 0) {
    const magnitude = Math.floor(Math.log10(halfWidth));
    const kept = digits ?? (halfWidth < 3.55 * 10 ** magnitude ? 2 : 1);
    significant = Math.max(2, Math.floor(Math.log10(greatest)) - magnitude + kept);
  }
  if (!halfWidth && !percent && known.every(Number.isInteger) && greatest < 2 ** 53) return { factor, unit: shown, decimals: 0, digits: significant };
  const top = greatest * factor;
  if (top === 0) return { factor, unit: shown, decimals: 0, digits: significant };
  const exponent = Math.floor(Math.log10(top));
  if (exponent < -3 || exponent > 7) return { factor, unit: shown, decimals: null, digits: Math.min(significant, 6) };
  return { factor, unit: shown, decimals: Math.max(0, Math.min(8, significant - 1 - exponent)), digits: significant };
}

export function grouped(text: string): string {
  const [whole = "", rest] = text.split(".");
  const sign = whole.startsWith("-") ? MINUS : "";
  const figures = whole.replace("-", "");
  const spaced = figures.length > 4 ? figures.replace(/\B(?=(\d{3})+$)/g, THIN) : figures.replace(/^(\d)(\d{3})$/, `$1${THIN}$2`);
  return sign + spaced + (rest === undefined ? "" : "." + rest);
}

export function numeral(value: number, { factor, decimals, digits }: Scale): string {
  const shown = value * factor;
  if (decimals === null) return powers(shown, digits);
  return grouped(shown.toFixed(decimals));
}

const RAISED: Record<string, string> = { "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹" };
export function powers(value: number, digits: number): string {
  if (value === 0) return "0";
  const [mantissa = "", exponent = "0"] = value.toExponential(Math.max(0, digits - 1)).split("e");
  const raised = String(Number(exponent)).split("").map((sign) => RAISED[sign]).join("");
  return `${mantissa.replace("-", MINUS)}${THIN}×${THIN}10${raised}`;
}

/** One number as text with its unit; "–" where there is none. */
export function single(value: number | null | undefined, unit = "1", digits?: number): string {
  if (value == null || !Number.isFinite(value)) return "–";
  const one = digits ? scale(unit, [value], Math.abs(value), digits) : scale(unit, [value]);
  return numeral(value, one) + (one.unit ? `\u00a0${one.unit}` : "");
}

export interface Parts { value: string; interval: string | null; unit: string; limit: boolean }

/** Value, interval and unit apart, so that each can be set in its own weight. */
export function parts(value: number | null | undefined, low: number | null | undefined, high: number | null | undefined, unit = "1", upperLimit = false, signed = false): Parts | null {
  if (upperLimit && high != null) {
    const one = scale(unit, [high], high / 10);
    return { value: `< ${numeral(high, one)}`, interval: null, unit: one.unit, limit: true };
  }
  if (value == null || !Number.isFinite(value)) return null;
  const bounded = low != null && high != null && Number.isFinite(low) && Number.isFinite(high);
  const one = bounded ? scale(unit, [value, low, high], (high - low) / 2) : scale(unit, [value]);
  const plus = signed && value > 0 ? "+" : "";
  return {
    value: plus + numeral(value, one),
    interval: bounded ? `[${numeral(low, one)}, ${numeral(high, one)}]` : null,
    unit: one.unit,
    limit: false,
  };
}

export function count(number: number): string {
  return grouped(String(Math.round(number)));
}

export function duration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return "–";
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))}\u00a0ms`;
  if (seconds < 10) return `${seconds.toFixed(1)}\u00a0s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}\u00a0s`;
  if (whole < 3600) return whole % 60 ? `${Math.floor(whole / 60)}\u00a0min ${whole % 60}\u00a0s` : `${whole / 60}\u00a0min`;
  return `${Math.floor(whole / 3600)}\u00a0h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")}\u00a0min`;
}

export function bytes(size: number): string {
  if (size < 1000) return `${size}\u00a0B`;
  let amount = size;
  for (const unit of ["kB", "MB", "GB", "TB"]) {
    amount /= 1000;
    if (amount < 1000 || unit === "TB") return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)}\u00a0${unit}`;
  }
  return "";
}

/** "now", "4 min ago", "Mon 14:02", "2026-11-22": the short form of a table. */
export function ago(iso: string | null | undefined, now: number): string {
  if (!iso) return "–";
  const at = Date.parse(iso);
  const seconds = (now - at) / 1000;
  if (seconds < 20) return "now";
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 12 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  return when(iso, now);
}

/** "today 14:02", "Mon 14:02" within a week, else the date. */
export function when(iso: string | null | undefined, now: number): string {
  if (!iso) return "–";
  const moment = new Date(iso);
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(new Date(now)) - midnight(moment)) / 86_400_000);
  const clock = moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (days === 0) return `today ${clock}`;
  if (days > 0 && days < 7) return `${moment.toLocaleDateString("en-GB", { weekday: "short" })} ${clock}`;
  return `${moment.getFullYear()}-${String(moment.getMonth() + 1).padStart(2, "0")}-${String(moment.getDate()).padStart(2, "0")}`;
}
