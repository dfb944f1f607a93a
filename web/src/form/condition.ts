/** Conditions of the schema, evaluated on what stands in the form: the same six kinds as `quintant.config.condition`. */
import type { Condition } from "./schema";

type Part = unknown;

export function valueAt(path: string, part: Part, config: Part): unknown {
  let here: unknown = path.startsWith("/") ? config : part;
  if (path === "") return here; // the element of a list itself
  for (const name of path.replace(/^\//, "").split(".")) {
    if (here === null || here === undefined) return null;
    if (Array.isArray(here)) here = /^\d+$/.test(name) ? here[Number(name)] : null;
    else if (typeof here === "object") here = (here as Record<string, unknown>)[name];
    else return null;
  }
  return here ?? null;
}

export function holds(condition: Condition, part: Part, config: Part): boolean {
  if ("in" in condition) return condition.in.includes(valueAt(condition.key, part, config));
  if ("given" in condition) {
    const value = valueAt(condition.key, part, config);
    const empty = value === null || value === "" || (Array.isArray(value) && !value.length) || (typeof value === "object" && value !== null && !Array.isArray(value) && !Object.keys(value).length);
    return !empty === condition.given;
  }
  if ("above" in condition) {
    const value = valueAt(condition.key, part, config);
    return typeof value === "number" && value > condition.above;
  }
  if ("not" in condition) return !holds(condition.not, part, config);
  if ("all" in condition) return condition.all.every((one) => holds(one, part, config));
  if ("any" in condition) return condition.any.some((one) => holds(one, part, config));
  const list = valueAt(condition.some, part, config);
  return Array.isArray(list) && list.some((element) => holds(condition.where, element, config));
}

export interface Cure {
  /** The key that decides, and what it would have to be; `value` undefined: the person decides. */
  key: string;
  value?: unknown;
}

/** What would make the condition hold, where one change does. */
export function cures(condition: Condition, part: Part, config: Part): Cure[] {
  if (holds(condition, part, config)) return [];
  if ("in" in condition) return condition.in.map((value) => ({ key: condition.key.replace(/^\//, ""), value }));
  if ("given" in condition) return [condition.given ? { key: condition.key.replace(/^\//, "") } : { key: condition.key.replace(/^\//, ""), value: null }];
  if ("above" in condition) return [{ key: condition.key.replace(/^\//, "") }];
  if ("all" in condition) return condition.all.flatMap((one) => cures(one, part, config));
  if ("any" in condition) return condition.any.flatMap((one) => cures(one, part, config));
  if ("not" in condition) return paths(condition.not).map((key) => ({ key }));
  return [{ key: condition.some.replace(/^\//, "") }];
}

function paths(condition: Condition): string[] {
  if ("key" in condition) return [condition.key.replace(/^\//, "")];
  if ("not" in condition) return paths(condition.not);
  if ("all" in condition) return condition.all.flatMap(paths);
  if ("any" in condition) return condition.any.flatMap(paths);
  return [condition.some.replace(/^\//, "")];
}
