/** The parts of Vega carry no types of their own; those of the whole stand in vega-typings. */
declare module "vega-view" {
  export { View } from "vega-typings";
}
declare module "vega-parser" {
  export { parse } from "vega-typings";
}
declare module "vega-loader" {
  export { loader } from "vega-typings";
}
declare module "vega-dataflow" {
  export const transforms: Record<string, unknown>;
}
declare module "vega-encode";
declare module "vega-transforms";
declare module "vega-view-transforms";
