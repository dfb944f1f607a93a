/** What a lab may add to the page. A lab without any works: everything here is optional, and a sixth lab has none. */
import type { ComponentType } from "react";
import type { Detail } from "../api/page";
import type { Fact } from "../api/shapes";

export type Config = Record<string, unknown>;
export type Values = Record<string, unknown>;

/** A number of the head: a metric by name, with the label that stands above it; "|" parts what follows. */
export interface HeadFact {
  metric: string;
  label: string;
  signed?: boolean;
  /** A share by its nature, not in percent: 0.359. */
  plain?: boolean;
}

/** A line that grows with the facts of a Run. */
export interface Course {
  name: string;
  title: string;
  says: string;
  /** The kind of fact that carries it. */
  kind: string;
  x: (payload: Values, fact: Fact) => number | null;
  y: (payload: Values) => number | null;
  low?: (payload: Values) => number | null;
  high?: (payload: Values) => number | null;
  /** One line for each; null: one line. */
  series?: (payload: Values) => string | null;
  xLabel: string;
  yLabel: string;
  unit: string;
  /** Where the axis ends from the beginning on. */
  xEnd?: (config: Config) => number | null;
  log?: boolean;
  domain?: [number, number];
  label: string;
}

export interface LiveNumber {
  label: string;
  value: string;
  unit?: string;
  ci?: string;
  ref?: string;
}

export interface LivePanelProps {
  run: Detail;
  facts: readonly Fact[];
  live: boolean;
}

export interface ResultPanelProps {
  run: Detail;
  live: boolean;
  facts: readonly Fact[];
}

export interface PreviewProps {
  lab: string;
  preset: string | null;
  config: Config;
}

export interface LabPanel {
  /** What stands beneath a Run's name: the facts that change results. */
  line?: (config: Config) => string[];
  head?: readonly (HeadFact | "|")[];
  /** Numbers of the head while it runs. */
  live?: (values: Values, config: Config) => LiveNumber[];
  /** "day 22 of 30" */
  progress?: (values: Values, config: Config) => string | null;
  courses?: readonly Course[];
  /** Drawn instead of the courses while it runs, and under the time cursor. */
  LivePanel?: ComponentType<LivePanelProps>;
  /** What a person's page of the original had besides figures. */
  ResultPanel?: ComponentType<ResultPanelProps>;
  /** Beside the form. */
  Controls?: ComponentType<PreviewProps & { change: (key: string, value: unknown) => void }>;
  /** Stands above every page of this lab. */
  notice?: { bold: string; text: string };
  /** Cells of a table that stay folded until they are opened, in rows whose flag is set. */
  folds?: { flag: string; columns: readonly string[] };
  /** Places of the original's pages that are documents of their own. */
  links?: readonly { text: string; href: string }[];
  /** Two columns of equal width instead of a hero and its side. */
  even?: boolean;
}
