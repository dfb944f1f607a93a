/** What could be said next in a filter: fields, values, connectives, from what the runs hold. */
import type { Facets } from "../../api/page";

export interface Suggestion {
  text: string;
  detail: string;
}

const OPERATORS = ["<=", ">=", "!=", "<", ">", "=", ":"];

/** What fits at the caret: fields while a field is begun, values after its colon or comparison, then and, or. */
export function suggest(text: string, caret: number, facets: Facets | undefined): { list: Suggestion[]; start: number; end: number } {
  const before = text.slice(0, caret);
  const start = /[^\s()]*$/.exec(before)!.index;
  const word = before.slice(start);
  const end = caret + (/^[^\s()<>=!:]*/.exec(text.slice(caret))?.[0].length ?? 0);
  if (!facets) return { list: [], start, end };
  const operator = OPERATORS.find((one) => word.includes(one));
  if (operator) {
    const [field = "", typed = ""] = word.split(operator, 2) as [string, string?];
    const from = start + field.length + operator.length;
    const list = valuesOf(field, facets)
      .filter((one) => one.text.toLowerCase().startsWith(typed.toLowerCase()) && one.text !== typed)
      .slice(0, 9);
    return { list, start: from, end };
  }
  const lower = word.toLowerCase();
  const previous = before.slice(0, start).trim();
  const connective = previous && !/(\b(and|or|not)|\()$/i.test(previous);
  if (connective && !word) return { list: [{ text: "and ", detail: "" }, { text: "or ", detail: "" }], start, end };
  const fields: Suggestion[] = [
    { text: "lab:", detail: Object.keys(facets.lab).join(", ") },
    { text: "state:", detail: Object.keys(facets.state).join(", ") },
    { text: "tag:", detail: Object.keys(facets.tag).slice(0, 5).join(", ") },
    ...facets.metrics.map((one) => ({ text: one.name, detail: `${one.labs.join(", ")} · ${range(one.least, one.most, one.units)}` })),
    ...[...facets.keys].sort((a, b) => Number(b.essential) - Number(a.essential)).map((one) => ({ text: one.key, detail: `${one.labs.join(", ")} · ${one.says}` })),
    { text: "not ", detail: "" },
  ];
  const list = fields.filter((one) => one.text.toLowerCase().startsWith(lower) && one.text !== word);
  const inside = word.length > 1 ? fields.filter((one) => !one.text.toLowerCase().startsWith(lower) && one.text.toLowerCase().includes(lower)) : [];
  return { list: [...list, ...inside].slice(0, 9), start, end };
}

function valuesOf(field: string, facets: Facets): Suggestion[] {
  const counted = (of: Record<string, number>) => Object.entries(of).map(([text, n]) => ({ text: quoted(text), detail: String(n) }));
  if (field === "lab") return counted(facets.lab);
  if (field === "state") return counted(facets.state);
  if (field === "tag") return counted(facets.tag);
  if (field === "contract") return counted(facets.contract);
  const key = facets.keys.find((one) => one.key === field.replace(/^config:/, ""));
  if (key?.values.length) return key.values.slice(0, 20).map((one) => ({ text: quoted(String(one)), detail: key.unit ?? "" }));
  return [];
}

const quoted = (text: string): string => (/^[\w.+-]+$/.test(text) ? text : `"${text}"`);
const range = (least: number | null, most: number | null, units: readonly string[]): string => {
  const unit = units.filter((one) => one !== "1").join(", ");
  return least === null || most === null ? unit : `${Number(least.toPrecision(3))} … ${Number(most.toPrecision(3))}${unit ? ` ${unit}` : ""}`;
};
