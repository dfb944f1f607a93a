/** JSON whose whole numbers keep their digits: seeds have 64 bits, JavaScript's numbers 53. */

interface Written {
  source?: string;
}
const raw = (JSON as unknown as { rawJSON?: (text: string) => unknown }).rawJSON;

/** As `JSON.parse`; what a number cannot hold is kept as it was written, for `JSON.stringify`, where the browser can (all of 2025 and later). */
export function parseExact(text: string): unknown {
  const keep = (_: string, value: unknown, written?: Written) =>
    typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) && raw && written?.source && /^-?\d+$/.test(written.source) ? raw(written.source) : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown) as unknown;
}
