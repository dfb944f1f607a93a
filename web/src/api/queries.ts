/** What is asked of the server, once for all pages. */
import { queryOptions } from "@tanstack/react-query";
import { ask, NATIVE, query } from "./request";
import type { LabDetail, LabRow, RunRow } from "./shapes";

interface Counted {
  total: number;
}

export const activity = queryOptions({
  queryKey: ["activity"],
  queryFn: async ({ signal }) => {
    const counted = (states: string) => ask<Counted>(`${NATIVE}/runs${query({ state: states, limit: 1 })}`, { signal });
    const [running, queued] = await Promise.all([counted("starting,running,paused"), counted("queued")]);
    return { running: running.total, queued: queued.total };
  },
  refetchInterval: 5000,
});

export const labs = queryOptions({
  queryKey: ["labs"],
  queryFn: async ({ signal }) => (await ask<{ labs: LabRow[] }>(`${NATIVE}/labs`, { signal })).labs,
  staleTime: 5 * 60_000,
});

export const lab = (name: string) =>
  queryOptions({
    queryKey: ["lab", name],
    queryFn: ({ signal }) => ask<LabDetail>(`${NATIVE}/labs/${name}`, { signal }),
    staleTime: 5 * 60_000,
  });

export const schema = (name: string) =>
  queryOptions({
    queryKey: ["schema", name],
    queryFn: ({ signal }) => ask<Record<string, unknown>>(`${NATIVE}/labs/${name}/schema`, { signal }),
    staleTime: 5 * 60_000,
  });

interface Named {
  lab: string;
  lead: string;
  id: string;
  name: string;
  tag: string;
  line: string;
  sweep: boolean;
}

/** A few runs by a part of their name, for the palette. */
export const runsNamed = (text: string) =>
  queryOptions({
    queryKey: ["runs-named", text],
    queryFn: async ({ signal }): Promise<Named[]> => {
      const [page, all] = await Promise.all([
        ask<{ runs: RunRow[] }>(`${NATIVE}/runs${query({ text, limit: 40 })}`, { signal }),
        ask<{ labs: LabRow[] }>(`${NATIVE}/labs`, { signal }),
      ]);
      const seen = new Set<string>();
      const named: Named[] = [];
      for (const run of page.runs) {
        const id = run.sweep_id ?? run.id;
        if (seen.has(id)) continue;
        seen.add(id);
        named.push({ id, lab: run.lab, lead: run.id, name: run.name, tag: all.labs.find((lab) => lab.name === run.lab)?.tag ?? run.lab, line: `${run.state} · ${id}`, sweep: run.sweep_id !== null });
      }
      return named;
    },
    staleTime: 2000,
  });
