import { expect, it } from "vitest";
import { logTicks, ticks } from "./ticks";

it("are round and inside", () => {
  expect(ticks(0, 20, 10)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
  expect(ticks(0.0289, 0.0335, 5)).toEqual([0.029, 0.03, 0.031, 0.032, 0.033]);
  expect(ticks(3, 3, 5)).toEqual([3]);
});
it("are decades on a log axis", () => {
  expect(logTicks(1e-3, 0.1)).toEqual([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]);
  expect(logTicks(1e-6, 1)).toHaveLength(7);
});
