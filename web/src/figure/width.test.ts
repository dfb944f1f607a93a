import { expect, it } from "vitest";
import { step } from "./width";

it("asks for the widest layout that hardly shrinks", () => {
  expect([358, 440, 660, 900, 1400].map(step)).toEqual([85, 120, 174, 250, 250]);
});
