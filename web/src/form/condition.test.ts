import { describe, expect, it } from "vitest";
import { cures, holds } from "./condition";
import type { Condition } from "./schema";

const config = { neuron_model: "lif", noise_std: 0, populations: [{ model: "coba" }, { model: "cuba" }], demand: { kind: "uniform" }, own: null, on: true, goods: ["fish"] };
const cases: [Condition, boolean][] = [
  [{ key: "neuron_model", in: ["lif", "hh"] }, true],
  [{ key: "/demand.kind", in: ["rates"] }, false],
  [{ key: "on", in: [true] }, true],
  [{ key: "own", given: true }, false],
  [{ key: "populations", given: true }, true],
  [{ key: "noise_std", above: 0 }, false],
  [{ not: { key: "noise_std", above: 0 } }, true],
  [{ all: [{ key: "on", in: [true] }, { key: "own", given: true }] }, false],
  [{ any: [{ key: "on", in: [true] }, { key: "own", given: true }] }, true],
  [{ some: "populations", where: { key: "model", in: ["cuba"] } }, true],
  [{ some: "populations", where: { key: "model", in: ["adex"] } }, false],
  [{ some: "goods", where: { key: "", in: ["fish", "milk"] } }, true],
  [{ some: "goods", where: { key: "", in: ["milk"] } }, false],
  [{ any: [] }, false],
];

describe("when a key is read", () => {
  it.each(cases)("%j is %s", (condition, expected) => expect(holds(condition, config, config)).toBe(expected));
  it("names what would have to change", () => {
    expect(cures({ key: "neuron_model", in: ["adex"] }, config, config)).toEqual([{ key: "neuron_model", value: "adex" }]);
    expect(cures({ all: [{ key: "on", in: [true] }, { key: "own", given: true }] }, config, config)).toEqual([{ key: "own" }]);
    expect(cures({ key: "on", in: [true] }, config, config)).toEqual([]);
  });
});
