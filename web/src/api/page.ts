/** Short names for what the pages ask for. */
import type { components } from "./schema";

type S = components["schemas"];
export type RowHeadline = S["RowHeadline"];
export type Row = S["RowShape"];
export type EndPoint = NonNullable<Row["ends"]>["first"];
export type RowPage = S["RowPageShape"];
export type FilterProblem = S["FaultShape"];
export type FilterToken = S["TokenShape"];
export type Facets = S["FacetsShape"];
export type Spark = S["SparkShape"];
export type Annotated = S["AnnotationShape"];
export type BulkAnswer = S["BulkAnswer"];
export type FigureWords = S["FigureWords"];
export type DrawnFigure = S["FigureParts"];
export type ListedFigure = S["FigureShape"];
export type Detail = S["RunDetail"];
export type SweepDetail = S["SweepDetail"];
export type Foreseen = S["EstimateAnswer"];
export type Preview = S["PreviewAnswer"];

export interface Example {
  lab: string;
  tag: string;
  preset: string;
  title: string;
  seeds: number;
  root_seed: number;
  figure: string;
  finding: string;
  what: string;
  headline: RowHeadline | null;
  seconds: { low: number; high: number } | null;
  command: string;
  /** null: the server keeps no picture of it. */
  svg: { light: string; dark: string } | null;
  notice: string | null;
}

export type Difference = S["DifferenceShape"];
export type Comparable = S["CompareAnswer"];
export type LogLines = S["LogPage"];
