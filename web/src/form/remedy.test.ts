import { expect, it } from "vitest";
import { choices, remedies } from "./remedy";

it("offers the bound that was passed, or the name that was meant", () => {
  expect(remedies({ path: "k", message: "", value: 500, allowed: { maximum: 200 } })).toEqual([{ label: "200", value: 200 }]);
  expect(remedies({ path: "k", message: "", value: 0, allowed: { minimum: 1 } })).toEqual([{ label: "1", value: 1 }]);
  expect(remedies({ path: "t", message: "", value: "nfsnet", allowed: ["nsfnet", "usnet"], hint: "Did you mean 'nsfnet'?" })).toEqual([{ label: "nsfnet", value: "nsfnet" }]);
  expect(remedies({ path: "x", message: "is required." })).toEqual([]);
  expect(choices({ path: "t", message: "must be one of", allowed: ["a", "b"] })).toEqual(["a", "b"]);
});
