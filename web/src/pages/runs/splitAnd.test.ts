import { expect, it } from "vitest";
import { splitAnd } from "./splitAnd";

it("splits at top-level and", () => {
  expect(splitAnd("lab:optical and blocking<1%")).toEqual(["lab:optical", "blocking<1%"]);
  expect(splitAnd('(a>1 and b<2) and tag:"x and y"')).toEqual(["(a>1 and b<2)", 'tag:"x and y"']);
  expect(splitAnd("a>1 or b<2")).toEqual(["a>1 or b<2"]);
});
