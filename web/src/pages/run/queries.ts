/** What the pages of a Run and of a Sweep ask for. */
import { queryOptions } from "@tanstack/react-query";
import type { Detail, SweepDetail } from "../../api/page";
import { ask, NATIVE, query } from "../../api/request";
import type { Artifact, Comparison, Result, RunRecord, SweepSummary, Table } from "../../api/shapes";

export const runBase = (id: string) => `${NATIVE}/runs/${id}`;
export const sweepBase = (id: string) => `${NATIVE}/sweeps/${id}`;

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) => ask<Detail>(runBase(id), { signal }),
    staleTime: 1000,
  });

export const sweepQuery = (id: string) =>
  queryOptions({
    queryKey: ["sweep", id],
    queryFn: ({ signal }) => ask<SweepDetail>(sweepBase(id), { signal }),
  });

export const summaryQuery = (id: string) =>
  queryOptions({
    queryKey: ["sweep-summary", id],
    queryFn: ({ signal }) => ask<SweepSummary>(`${sweepBase(id)}/summary`, { signal }),
    staleTime: 1000,
  });

export const resultQuery = (id: string) =>
  queryOptions({
    queryKey: ["result", id],
    queryFn: ({ signal }) => ask<Result>(`${runBase(id)}/result`, { signal }),
    staleTime: Infinity,
  });

export const recordQuery = (id: string, ended: boolean) =>
  queryOptions({
    queryKey: ["record", id, ended],
    queryFn: ({ signal }) => ask<RunRecord>(`${runBase(id)}/record`, { signal }),
    staleTime: ended ? Infinity : 2000,
  });

export const artifactsQuery = (id: string, ended: boolean) =>
  queryOptions({
    queryKey: ["artifacts", id, ended],
    queryFn: async ({ signal }) => (await ask<{ artifacts: (Artifact & { preview?: string | null })[] }>(`${runBase(id)}/artifacts`, { signal })).artifacts,
    staleTime: ended ? Infinity : 2000,
    refetchInterval: ended ? false : 5000,
  });

export const tablesQuery = (id: string, ended: boolean) =>
  queryOptions({
    queryKey: ["tables", id, ended],
    queryFn: async ({ signal }) => (await ask<{ tables: Table[] }>(`${runBase(id)}/tables`, { signal })).tables,
    staleTime: ended ? Infinity : 2000,
    refetchInterval: ended ? false : 3000,
  });

export const comparisonQuery = (id: string, against: string) =>
  queryOptions({
    queryKey: ["verify", id, against],
    queryFn: ({ signal }) => ask<Comparison>(`${runBase(id)}/verify${query({ against })}`, { signal }),
    staleTime: Infinity,
  });
