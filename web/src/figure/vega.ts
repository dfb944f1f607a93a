/** Vega under a policy without eval: expressions are interpreted, nothing is loaded from anywhere, data come as rows. */
import { expressionInterpreter } from "vega-interpreter";
import { transforms } from "vega-dataflow";
import * as encoding from "vega-encode";
import { loader } from "vega-loader";
import { parse } from "vega-parser";
import * as reshaping from "vega-transforms";
import type { Spec } from "vega-typings";
import { extend, Warn } from "vega-util";
import { View } from "vega-view";
import * as layout from "vega-view-transforms";

// What our figures are made of. The `vega` package brings maps, trees, forces, word clouds … as well: a fifth of what travels.
extend(transforms, reshaping, layout, encoding);

const nowhere = loader();
nowhere.load = () => Promise.reject(new Error("a figure loads nothing"));
nowhere.sanitize = () => Promise.reject(new Error("a figure links nowhere"));

export interface Drawn {
  view: View;
  finalize: () => void;
}

export async function drawVega(container: HTMLElement, spec: Record<string, unknown>, renderer: "svg" | "canvas"): Promise<Drawn> {
  const view = new View(parse(spec as unknown as Spec, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer,
    container,
    hover: true,
    loader: nowhere,
    logLevel: Warn,
  });
  view.tooltip((_, event, __, value) => {
    const target = event?.target;
    container.title = value && target ? text(value) : "";
  });
  await view.runAsync();
  return { view, finalize: () => view.finalize() };
}

function text(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name}: ${String(one)}`)
    .join("\n");
}
