import { count, numeral, scale } from "../../numbers/quantity";
import { words } from "../../words";
import type { LabPanel } from "../panel";
import { number, text } from "../values";

const w = words.labs.optical;

function millions(requests: number): { value: string; unit: string } {
  if (requests < 1e6) return { value: count(requests), unit: "" };
  return { value: (requests / 1e6).toPrecision(4).replace(/\.?0+$/, ""), unit: "M" };
}

export const panel: LabPanel = {
  line: (config) => {
    const requests = number(config, "requests");
    const parts = [
      requests !== null && w.requests(count(requests), count(number(config, "warmup_requests") ?? 0)),
      number(config, "load_erlang") !== null && `${config["load_erlang"]}\u00a0E`,
      `k\u00a0${config["k_paths"]}`,
      w.slots(String(config["slots"]), String(config["slot_width_ghz"])),
      config["directed"] ? w.directed : w.undirected,
      text(config, "topology"),
    ];
    return parts.filter((part): part is string => typeof part === "string");
  },
  head: [
    { metric: "blocking", label: w.blocking },
    { metric: "bitrate_blocking", label: w.bitrate },
    "|",
    { metric: "utilization", label: w.utilisation },
    { metric: "fragmentation", label: w.fragmentation, plain: true },
    { metric: "active_lightpaths", label: w.lightpaths },
    { metric: "hops", label: w.hops },
  ],
  live: (values, config) => {
    const blocking = number(values, "blocking");
    const half = number(values, "half_width");
    const relative = number(values, "relative_half_width");
    const requests = number(values, "requests");
    const target = number(config, "requests");
    const shown = blocking === null ? null : scale("1", [blocking], half);
    const interval = shown && half !== null && blocking !== null ? `[${numeral(blocking - half, shown)}, ${numeral(blocking + half, shown)}]` : undefined;
    return [
      shown && blocking !== null ? { label: w.blockingSoFar, value: numeral(blocking, shown), unit: shown.unit, ...(interval && { ci: interval }), ref: w.batchMeans } : { label: w.blockingSoFar, value: "–", ref: w.warmUp },
      ...(relative !== null ? [{ label: w.halfWidth, value: `±\u00a0${(relative * 100).toPrecision(2)}`, unit: "%", ci: w.ofTheMean }] : []),
      ...(requests !== null ? [{ label: w.requestsHead, ...millions(requests), ...(target !== null && { ci: w.ofRequests(millions(target).value + (millions(target).unit ? ` ${millions(target).unit}` : "")) }) }] : []),
    ];
  },
  courses: [
    {
      name: "course-blocking",
      title: w.courseTitle,
      says: w.courseSays,
      kind: "progress",
      label: w.blocking,
      x: (payload) => number(payload, "requests"),
      y: (payload) => number(payload, "blocking"),
      low: (payload) => bound(payload, -1),
      high: (payload) => bound(payload, 1),
      xLabel: w.requestsAxis,
      yLabel: w.cumulative,
      unit: "1",
      xEnd: (config) => (number(config, "target_half_width") === null ? number(config, "requests") : null),
    },
    {
      name: "course-half-width",
      title: w.halfWidthTitle,
      says: w.halfWidthSays,
      kind: "progress",
      label: w.halfWidth,
      x: (payload) => number(payload, "requests"),
      y: (payload) => number(payload, "relative_half_width"),
      xLabel: w.requestsAxis,
      yLabel: w.halfWidthAxis,
      unit: "1",
      xEnd: (config) => (number(config, "target_half_width") === null ? number(config, "requests") : null),
    },
  ],
};

function bound(payload: Record<string, unknown>, sign: number): number | null {
  const mean = number(payload, "blocking");
  const half = number(payload, "half_width");
  return mean === null || half === null ? null : mean + sign * half;
}

