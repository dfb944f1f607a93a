/** What stands in the form, and how it stands in the address. */

export interface Draft {
  preset: string | null;
  from: string | null;
  /** Top-level keys that were set, over the base. */
  values: Record<string, unknown>;
  /** Swept paths, as typed: "190:270:20" or "a, b". */
  sweeps: Record<string, string>;
  seeds: string;
  rootSeed: string;
  /** Targets with commas: "blocking+-5%"; seeds are added until they hold. */
  until: string;
  maxSeeds: string;
  /** "1": execute also what an identical run has the result of. */
  fresh: string;
  name: string;
}

export const EMPTY: Draft = { preset: null, from: null, values: {}, sweeps: {}, seeds: "", rootSeed: "", until: "", maxSeeds: "", fresh: "", name: "" };

export function fromSearch(search: Record<string, string | undefined>): Draft {
  return {
    preset: search["preset"] ?? null,
    from: search["from"] ?? null,
    values: object(search["set"]),
    sweeps: object(search["sweep"]) as Record<string, string>,
    seeds: search["seeds"] ?? "",
    rootSeed: search["root_seed"] ?? "",
    until: search["until"] ?? "",
    maxSeeds: search["max_seeds"] ?? "",
    fresh: search["fresh"] ?? "",
    name: search["name"] ?? "",
  };
}

export function toSearch(draft: Draft): Record<string, string | undefined> {
  return {
    preset: draft.preset ?? undefined,
    from: draft.from ?? undefined,
    set: Object.keys(draft.values).length ? JSON.stringify(draft.values) : undefined,
    sweep: Object.keys(draft.sweeps).length ? JSON.stringify(draft.sweeps) : undefined,
    seeds: draft.seeds || undefined,
    root_seed: draft.rootSeed || undefined,
    until: draft.until || undefined,
    max_seeds: draft.maxSeeds || undefined,
    fresh: draft.fresh || undefined,
    name: draft.name || undefined,
  };
}

function object(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** `value` with what stands at the dotted `path` replaced; lists by index. */
export function placed(value: unknown, path: readonly string[], next: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return next;
  if (Array.isArray(value)) return value.map((one, index) => (String(index) === head ? placed(one, rest, next) : (one as unknown)));
  const before = value && typeof value === "object" ? (value as Record<string, unknown>) : {};
  return { ...before, [head]: placed(before[head], rest, next) };
}
