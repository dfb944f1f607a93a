import { expect, it } from "vitest";
import { axisOf, axisValues, designed, parseNumber, typed } from "./number";

it("reads numbers as people type them", () => {
  expect(["1e-3", "100 000", "100\u202f000", "\u22125", ".5", "abc", "", "1.2.3", "0x10"].map(parseNumber)).toEqual([0.001, 100000, 100000, -5, 0.5, "abc", null, "1.2.3", "0x10"]);
});
it("reads back what it wrote", () => {
  for (const value of [0, 1, -3, 0.1, 1e-9, 123456, 1e6, 2 ** 40]) expect(parseNumber(typed(value))).toBe(value);
});
it("keeps a range as one", () => {
  expect(axisOf("150:250:30", true)).toEqual({ start: 150, stop: 250, step: 30 });
  expect(axisOf("1, 2", true)).toEqual([1, 2]);
});
it("reads axes", () => {
  expect(axisValues("190:270:20", true)).toEqual([190, 210, 230, 250, 270]);
  expect(axisValues("0.1:0.3:0.1", true)).toEqual([0.1, 0.2, 0.3]);
  expect(axisValues("a, b", false)).toEqual(["a", "b"]);
  expect(axisValues("true,false", false)).toEqual([true, false]);
  expect(axisValues("1:0:1", true)).toBeNull();
  expect(axisValues("", true)).toBeNull();
});
it("reads what the server spaces, as the server does", () => {
  expect(axisValues("0:1:lin:5", true)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(axisValues("1:1000:log:4", true)).toEqual([1, 10, 100, 1000]);
  expect(axisOf("1:1000:log:4", true)).toBe("1:1000:log:4");
  for (const none of ["0:10:log:3", "1:2:lin:1", "a:2:lin:3", "1:2:lhs:0"]) expect(axisValues(none, true)).toBeNull();
});
it("counts a design and leaves its values to the server", () => {
  for (const text of ["0:1:lhs:16", "0:1:sobol:16", "1:100:log:sobol:16", "0:1:lhs:16:7"]) {
    expect(designed(text)?.points).toBe(16);
    expect(axisValues(text, true)).toHaveLength(16);
    expect(axisOf(text, true)).toBe(text);
  }
  expect(designed("0:1:16")).toBeNull();
  expect(designed("0:1:log:lhs:8")?.name).toBe(designed("5:9:lhs:8")?.name);
  expect(designed("0:1:lhs:8:1")?.name).not.toBe(designed("0:1:lhs:8:2")?.name);
});
