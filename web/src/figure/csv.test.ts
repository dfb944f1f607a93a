import { expect, it } from "vitest";
import { csv } from "./queries";

it("reads quotes, commas and line ends as RFC 4180 has them", () => {
  expect(csv('a,b\r\n1,"x, ""y"""\r\n"line\nend",\r\n')).toEqual([["a", "b"], ["1", 'x, "y"'], ["line\nend", ""]]);
});
