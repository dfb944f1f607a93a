/** A lab without courses of its own: every number that its progress tells, as a line over what is done. */
import type { Fact } from "../api/shapes";
import { words } from "../words";
import type { Course } from "./panel";
import { number } from "./values";

const MOST = 4;

export function genericCourses(facts: readonly Fact[]): Course[] {
  const names = new Set<string>();
  for (const fact of facts) if (fact.kind === "progress") for (const [name, value] of Object.entries(fact.payload)) if (name !== "fraction" && typeof value === "number") names.add(name);
  return [...names].slice(0, MOST).map((name) => ({
    name: `course-${name}`,
    title: name,
    says: words.run.course.says,
    kind: "progress",
    label: name,
    x: (payload) => {
      const fraction = number(payload, "fraction");
      return fraction === null ? null : fraction * 100;
    },
    y: (payload) => number(payload, name),
    xLabel: words.run.course.axis,
    yLabel: name,
    unit: "1",
    xEnd: () => 100,
  }));
}
