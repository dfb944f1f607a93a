import { single } from "../../numbers/quantity";
import { words } from "../../words";
import type { LabPanel, Values } from "../panel";
import { list, number, text } from "../values";
import { part } from "../../frame/part";

const w = words.labs.persona;
const days = (config: Values) => number(config, "duration_days");

const course = (instrument: string, name: string, most: number) => ({
  name: `course-${instrument}`,
  title: w.courseTitle(name),
  says: w.courseSays,
  kind: "assessment",
  label: name,
  x: (payload: Values) => (payload["instrument"] === instrument ? number(payload, "day") : null),
  y: (payload: Values) => number(payload, "score"),
  series: (payload: Values) => text(payload, "persona_id")?.replace("persona_", "") ?? null,
  xLabel: w.day,
  yLabel: `${name} (${w.points})`,
  unit: "points",
  xEnd: days,
  domain: [0, most] as [number, number],
});

export const panel: LabPanel = {
  notice: { bold: w.noticeBold, text: w.notice },
  folds: { flag: "sensitive", columns: ["score", "raw_score", "response", "raw_response"] },
  even: true,
  line: (config) =>
    [
      w.personas(list(config, "personas").length),
      w.condition(String(config["condition"])),
      w.days(String(config["duration_days"])),
      w.every(String(config["assessment_interval_days"])),
      text((config["backend"] ?? {}) as Values, "kind"),
    ].filter((part): part is string => typeof part === "string"),
  head: [
    { metric: "phq9_change", label: "PHQ-9, change", signed: true },
    { metric: "gad7_change", label: "GAD-7, change", signed: true },
    { metric: "pss10_change", label: "PSS-10, change", signed: true },
    "|",
    { metric: "alerts", label: w.alerts },
    { metric: "assessments", label: w.assessments },
    { metric: "events", label: w.events },
  ],
  live: (values) => [
    { label: w.day, value: single(number(values, "day")), ...(number(values, "days") !== null && { ci: w.ofDays(String(values["days"])) }) },
    { label: w.events, value: single(number(values, "events")) },
    { label: w.assessments, value: single(number(values, "assessments")) },
    { label: w.alerts, value: single(number(values, "alerts")) },
  ],
  progress: (values) => (number(values, "day") !== null && number(values, "days") !== null ? w.dayOf(String(values["day"]), String(values["days"])) : null),
  courses: [course("phq9", "PHQ-9", 27), course("gad7", "GAD-7", 21), course("pss10", "PSS-10", 40)],
  ResultPanel: part(() => import("./Timeline")),
};
