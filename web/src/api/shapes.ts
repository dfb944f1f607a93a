/** Short names for the shapes of `/openapi.json` (`npm run types` writes schema.d.ts). */
import type { components } from "./schema";

type S = components["schemas"];
export type LabRow = S["LabRow"];
export type LabDetail = S["LabDetail"];
export type Preset = S["PresetShape"];
export type Expected = S["ExpectedShape"];
export type RunRow = S["RunRow"];
export type RunDetail = S["RunDetail"];
export type Sweep = S["SweepShape"];
export type SweepSummary = S["SweepSummary"];
export type Point = S["PointShape"];
export type Estimate = S["EstimateShape"];
export type Created = S["Created"];
export type Verdict = S["Verdict"];
export type FigureShape = S["FigureShape"];
export type Result = S["ResultShape"];
export type Metric = S["MetricShape"];
export type Table = S["TableShape"];
export type Artifact = S["ArtifactShape"];
export type RunRecord = S["RecordShape"];
export type Comparison = S["ComparisonShape"];
export type State = RunRow["state"];
export type CreateBody = S["CreateBody"];

/** A fact of a Run's log, as pages and streams write it. */
export interface Fact {
  run: string;
  seq: number;
  at: string;
  kind: string;
  payload: Record<string, unknown>;
}

export const FINAL: readonly State[] = ["completed", "failed", "cancelled"];
export const isFinal = (state: State): boolean => FINAL.includes(state);
