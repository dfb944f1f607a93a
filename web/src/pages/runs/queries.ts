/** What the first page asks for: rows by a cursor, what could be said next, trends, and examples. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { BulkAnswer, Example, Facets, Row, RowPage, Spark } from "../../api/page";
import { Problem } from "../../api/problem";
import { ask, NATIVE, query } from "../../api/request";
import type { LabRow } from "../../api/shapes";

export interface View {
  q: string;
  sort: string;
  cols: string;
}

export const DEFAULT_SORT = "-created_at";
const PAGE = 100;

export const rowsQuery = (view: View) =>
  infiniteQueryOptions({
    queryKey: ["runs", "rows", view],
    queryFn: ({ signal, pageParam }) => ask<RowPage>(`${NATIVE}/runs${query({ q: view.q, lenient: true, fold: "sweep", sort: view.sort || DEFAULT_SORT, cols: view.cols, cursor: pageParam, limit: PAGE })}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: 1000,
  });

/** What stands below a row: the points of a sweep, the seeds of a point. */
export const childrenQuery = (row: Pick<Row, "key" | "kind" | "points">, cols: string) =>
  queryOptions({
    queryKey: ["runs", "children", row.key, cols],
    queryFn: async ({ signal }) => {
      const points = row.kind === "sweep" && row.points > 1;
      return (await ask<RowPage>(`${NATIVE}/runs${query({ of: row.key, fold: points ? "point" : "none", cols: cols || "", sort: "created_at", limit: 500 })}${cols || points ? "" : "&cols="}`, { signal })).rows;
    },
    staleTime: 1000,
  });

export const facetsQuery = (q: string) =>
  queryOptions({
    queryKey: ["runs", "facets", q],
    queryFn: ({ signal }) => ask<Facets>(`${NATIVE}/runs/facets${query({ q, lenient: true })}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 5000,
  });

export const sparksQuery = (keys: readonly string[]) =>
  queryOptions({
    queryKey: ["runs", "sparks", keys.join()],
    queryFn: async ({ signal }) => (await ask<{ sparks: Record<string, Spark> }>(`${NATIVE}/runs/sparks${query({ ids: keys.join(), points: 40 })}`, { signal })).sparks,
    placeholderData: keepPreviousData,
    staleTime: 1500,
    refetchInterval: (asked) => (asked.state.data && Object.values(asked.state.data).some((spark) => spark.live) ? 2000 : false),
  });

export const examplesQuery = queryOptions({
  queryKey: ["examples"],
  queryFn: async ({ signal }): Promise<Example[]> => {
    try {
      return (await ask<{ examples: Example[] }>(`${NATIVE}/examples`, { signal })).examples;
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      return (await ask<{ labs: LabRow[] }>(`${NATIVE}/labs`, { signal })).labs.filter((lab) => lab.state === "ready" && lab.default_preset).map(bare);
    }
  },
  staleTime: 60_000,
});

/** An older server keeps no results of its presets: what it would run, without a picture. */
const bare = (lab: LabRow): Example => ({
  lab: lab.name,
  tag: lab.tag ?? lab.name,
  preset: lab.default_preset ?? "",
  title: lab.title ?? lab.name,
  seeds: 1,
  root_seed: 42,
  figure: "",
  finding: lab.title ?? lab.name,
  what: lab.default_preset ?? "",
  headline: null,
  seconds: null,
  command: `quintant run ${lab.name}`,
  svg: null,
  notice: lab.says ?? null,
});

export const countQuery = (q: string) =>
  queryOptions({
    queryKey: ["runs", "count", q],
    queryFn: async ({ signal }) => {
      const page = await ask<RowPage>(`${NATIVE}/runs${query({ q, lenient: true, fold: "sweep", limit: 1 })}`, { signal });
      return { rows: page.total ?? 0, runs: page.runs ?? 0 };
    },
    staleTime: 5000,
  });

export const bulk = (action: string, ids: readonly string[], tags?: readonly string[]) => ask<BulkAnswer>(`${NATIVE}/runs/bulk`, { method: "POST", body: { action, ids, ...(tags && { tags }) } });
