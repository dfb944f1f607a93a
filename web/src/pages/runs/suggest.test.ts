import { describe, expect, it } from "vitest";
import type { Facets } from "../../api/page";
import { suggest } from "./suggest";

const facets: Facets = {
  total: 3,
  lab: { optical: 2, spiking: 1 },
  state: { completed: 3 },
  tag: { "fig-3": 1 },
  contract: {},
  sweeps: 0,
  more: false,
  tokens: [],
  metrics: [{ name: "blocking", units: ["1"], labs: ["optical"], least: 0.001, most: 0.1, n: 2 }],
  keys: [{ key: "k_paths", unit: null, labs: ["optical"], kinds: ["number"], varies: true, values: [5, 50], essential: true, says: "Candidate paths." }],
  parsed: "",
  problems: [],
};

const texts = (text: string) => suggest(text, text.length, facets).list.map((one) => one.text);

describe("completion", () => {
  it("offers fields at the beginning of a word", () => expect(texts("bl")).toEqual(["blocking"]));
  it("offers values after the colon", () => {
    expect(texts("lab:")).toEqual(["optical", "spiking"]);
    expect(texts("lab:sp")).toEqual(["spiking"]);
    expect(texts("k_paths=")).toEqual(["5", "50"]);
  });
  it("offers connectives after a whole part", () => expect(texts("lab:optical ")).toEqual(["and ", "or "]));
  it("replaces only what is begun", () => {
    const { start, end } = suggest("lab:optical and blo", 19, facets);
    expect([start, end]).toEqual([16, 19]);
  });
});
