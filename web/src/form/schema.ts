import { grouped } from "../numbers/quantity";

/** A lab's JSON Schema as the page reads it: keys with unit, group, bounds, sentence, and when they are read. */

/** When a key is read (docs/api.md): one of six kinds. */
export type Condition =
  | { key: string; in: unknown[] }
  | { key: string; given: boolean }
  | { key: string; above: number }
  | { not: Condition }
  | { all: Condition[] }
  | { any: Condition[] }
  | { some: string; where: Condition };

export interface When {
  sentence: string;
  condition: Condition;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  unit?: string;
  group?: string;
  essential?: boolean;
  source?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  discriminator?: { propertyName: string; mapping?: Record<string, string> };
  $defs?: Record<string, Schema>;
  "x-when"?: When;
  "x-order"?: number;
  "x-synonyms"?: string[];
  /** Endings of the files that the key takes, once uploaded. */
  "x-file"?: string[];
}

/** `$ref` with its siblings merged in: what stands beside a reference counts. */
export function resolve(schema: Schema, root: Schema): Schema {
  if (!schema.$ref) return schema;
  const name = schema.$ref.replace("#/$defs/", "");
  const target = root.$defs?.[name];
  const { $ref: _, ...beside } = schema;
  return target ? { ...resolve(target, root), ...beside } : beside;
}

/** The keys of an object, in the order of their declaration. */
export const properties = (of: Schema, root: Schema = of): [string, Schema][] =>
  Object.entries(of.properties ?? {})
    .map(([key, one]): [string, Schema] => [key, resolve(one, root)])
    .sort(([, a], [, b]) => (a["x-order"] ?? 0) - (b["x-order"] ?? 0));

export interface Branch {
  name: string;
  /** The discriminator's value. */
  tag: string | null;
  schema: Schema;
  isNull: boolean;
}

/** The ways to fill a key: a union's branches with their names, one for what is no union. */
export function branches(schema: Schema, root: Schema): Branch[] {
  const list = schema.oneOf ?? schema.anyOf;
  if (!list) return [];
  const mapping = schema.discriminator?.mapping;
  return list.map((raw) => {
    const one = resolve(raw, root);
    const tag = mapping && Object.entries(mapping).find(([, ref]) => ref === raw.$ref)?.[0];
    return { name: tag ?? raw.title ?? one.title ?? String(one.type ?? "value"), tag: tag ?? null, schema: one, isNull: one.type === "null" };
  });
}

export const types = (schema: Schema): string[] => (Array.isArray(schema.type) ? schema.type : schema.type ? [schema.type] : []);
export const nullable = (schema: Schema): boolean => types(schema).includes("null");

export type Kind = "choice" | "boolean" | "number" | "integer" | "text" | "union" | "object" | "list" | "rows" | "json";

export function kindOf(schema: Schema, root: Schema): Kind {
  if (schema.oneOf || schema.anyOf) return "union";
  if (schema.enum) return "choice";
  const list = types(schema).filter((one) => one !== "null");
  const type = list[0];
  if (type === "boolean") return "boolean";
  if (type === "integer") return "integer";
  if (type === "number") return "number";
  if (type === "string") return "text";
  if (type === "object") return schema.properties ? "object" : "json";
  if (type === "array") {
    const items = schema.items && resolve(schema.items, root);
    if (!items) return "json";
    if (items.properties && !items.oneOf && !items.anyOf) return "rows";
    if (["string", "number", "integer"].includes(types(items)[0] ?? "") && !items.prefixItems) return "list";
  }
  return "json";
}

/** "1 to 200", "> 0": the bounds in words. */
export function bounds(schema: Schema): string | null {
  const [least, most] = [schema.minimum ?? schema.exclusiveMinimum, schema.maximum ?? schema.exclusiveMaximum];
  const [low, high] = [shown(least), shown(most)];
  if (low === undefined && high === undefined) return null;
  if (low !== undefined && high !== undefined) return `${schema.exclusiveMinimum !== undefined ? "> " : ""}${low} … ${schema.exclusiveMaximum !== undefined ? "< " : ""}${high}`;
  if (low !== undefined) return schema.exclusiveMinimum !== undefined ? `> ${low}` : `≥ ${low}`;
  return schema.exclusiveMaximum !== undefined ? `< ${high}` : `≤ ${high}`;
}

function shown(value: number | undefined): string | undefined {
  return value !== undefined && Number.isInteger(value) && Math.abs(value) < 1e15 ? grouped(String(value)) : value?.toString();
}

/** A value as one short line. */
export function brief(value: unknown, most = 60): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > most ? text.slice(0, most - 1) + "…" : text;
}

export const same = (a: unknown, b: unknown): boolean => a === b || canonical(a) === canonical(b);

export function canonical(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "undefined";
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  return `{${Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    .join()}}`;
}
