import { describe, expect, it } from "vitest";
import { ago, bytes, count, duration, parts, single } from "./quantity";

const THIN = "\u202f";

describe("quantities", () => {
  it("print to the precision that the interval supports", () => {
    expect(parts(0.029915, 0.0291, 0.0307, "1")).toEqual({ value: "2.99", interval: "[2.91, 3.07]", unit: "%", limit: false });
    expect(parts(29.19, 29.13, 29.24, "Hz")).toEqual({ value: "29.19", interval: "[29.13, 29.24]", unit: "Hz", limit: false });
    expect(parts(4417, 3520, 5313, "1")?.value).toBe(`4${THIN}417`);
  });
  it("say an upper limit as one", () => expect(parts(0, 0, 3e-5, "1", true)).toEqual({ value: `< 3.00${THIN}×${THIN}10⁻⁵`, interval: null, unit: "", limit: true }));
  it("carry a sign where the change is meant", () => expect(parts(2.7, 1, 5, "points", false, true)?.value.startsWith("+")).toBe(true));
  it("group thousands narrowly", () => expect(count(1234567)).toBe(`1${THIN}234${THIN}567`));
  it("say that there is no number", () => expect(single(null)).toBe("–"));
  it("name durations and sizes", () => {
    expect(duration(0.0434)).toBe("43\u00a0ms");
    expect(duration(134)).toBe("2\u00a0min 14\u00a0s");
    expect(bytes(81_000)).toBe("81\u00a0kB");
  });
  it("tell how long ago", () => expect(ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:04:10Z"))).toBe("4 min ago"));
});
