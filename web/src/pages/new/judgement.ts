/** The server is the judge: what it thinks of the draft, 300 ms after the last key. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Foreseen } from "../../api/page";
import type { Fault } from "../../api/problem";
import { Problem } from "../../api/problem";
import { ask, NATIVE } from "../../api/request";
import type { Verdict } from "../../api/shapes";
import { useDebounced } from "../../frame/debounce";

const REST_MS = 300;

export interface Body {
  lab: string;
  preset?: string | null;
  from_run?: string;
  config: Record<string, unknown>;
  sweep: Record<string, unknown[] | string | { start: number; stop: number; step: number }>;
  seeds?: number;
  root_seed?: number;
  until?: string[];
  max_seeds?: number;
  fresh?: boolean;
  name?: string;
}

export interface Judgement {
  problems: readonly Fault[];
  warnings: readonly Fault[];
  foreseen: Foreseen | null;
  /** Judged exactly as it stands now. */
  settled: boolean;
  away: boolean;
}

const NONE: readonly Fault[] = [];

export function useJudgement(body: Body, base: Record<string, unknown> | null): Judgement {
  const text = JSON.stringify(body);
  const rested = useDebounced(text, REST_MS);
  const asked = JSON.parse(rested) as Body;
  const verdict = useQuery({
    queryKey: ["validate", rested],
    // From a run: its whole config is the base, for `validate` knows presets only.
    queryFn: ({ signal }) => ask<Verdict>(`${NATIVE}/labs/${asked.lab}/validate`, { method: "POST", body: { preset: asked.preset ?? null, config: base ? { ...base, ...asked.config } : asked.config }, signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const foreseen = useQuery({
    queryKey: ["estimate", rested],
    queryFn: async ({ signal }) => {
      const { name: _, lab, ...rest } = asked;
      try {
        return await ask<Foreseen>(`${NATIVE}/labs/${lab}/estimate`, { method: "POST", body: rest, signal });
      } catch (error) {
        if (error instanceof Problem && error.status === 422) return { problems: error.problems } as unknown as Foreseen;
        throw error;
      }
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const own = (verdict.data?.problems ?? NONE) as readonly Fault[];
  const more = (foreseen.data?.problems ?? NONE).map((fault) => ({ ...fault, path: fault.path.replace(/^(config|sweep)\./, "") })).filter((fault) => !own.some((one) => one.path === fault.path && one.message === fault.message));
  return {
    problems: [...own, ...more],
    warnings: (verdict.data?.warnings ?? NONE) as readonly Fault[],
    foreseen: foreseen.data && "runs" in foreseen.data ? foreseen.data : null,
    settled: rested === text && !verdict.isFetching && !foreseen.isFetching,
    away: verdict.isError && !verdict.data,
  };
}
