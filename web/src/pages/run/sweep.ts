/** A sweep in motion: its points, the run that is looked at, and when it is worth asking again. */
import { useQuery } from "@tanstack/react-query";
import type { SweepDetail } from "../../api/page";
import type { SweepSummary } from "../../api/shapes";
import { summaryQuery, sweepQuery } from "./queries";

export interface SweepState {
  detail: SweepDetail | undefined;
  summary: SweepSummary | undefined;
  /** The point that is looked at, and its replicate. */
  point: number;
  replicate: number;
  run: string | null;
  runs: number;
  done: number;
  live: boolean;
  states: Record<string, number>;
  error: Error | null;
}

const FINAL = new Set(["completed", "failed", "cancelled"]);

export function useSweep(id: string, point: number, replicate: number): SweepState {
  const detail = useQuery(sweepQuery(id));
  const summary = useQuery({
    ...summaryQuery(id),
    // The summary of a sweep at work is asked for again by how much it costs; its figures follow it.
    refetchInterval: (query) => (query.state.data && ended(query.state.data) ? false : 1500),
  });
  const points = summary.data?.points ?? [];
  const states: Record<string, number> = {};
  for (const one of points) for (const [state, n] of Object.entries(one.states)) states[state] = (states[state] ?? 0) + n;
  const runs = points.reduce((sum, one) => sum + one.runs.length, 0);
  const chosen = point >= 0 && point < points.length ? point : best(points);
  const at = points[chosen];
  const which = Math.max(0, Math.min(replicate, (at?.runs.length ?? 1) - 1));
  return {
    detail: detail.data,
    summary: summary.data,
    point: chosen,
    replicate: which,
    run: at?.runs[which] ?? null,
    runs,
    done: states["completed"] ?? 0,
    live: summary.data !== undefined && !ended(summary.data),
    states,
    error: detail.error ?? summary.error,
  };
}

function ended(summary: SweepSummary): boolean {
  // Of one that adds seeds until they are enough: not before that is decided at every point.
  return summary.points.every((one) => Object.keys(one.states).every((state) => FINAL.has(state)) && (one.until === null || one.until.converged !== null));
}

/** The middle of the points that have completed, else of all: where a look says most. */
function best(points: SweepSummary["points"]): number {
  const done = points.map((one, index) => ({ index, done: (one.states as Record<string, number>)["completed"] ?? 0 })).filter((one) => one.done > 0);
  const list = done.length ? done.map((one) => one.index) : points.map((_, index) => index);
  return list[Math.floor(list.length / 2)] ?? 0;
}
