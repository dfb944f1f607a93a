import { describe, expect, it } from "vitest";
import { parseExact } from "./exact";

describe("JSON with seeds of 64 bits", () => {
  it("is written again with the digits it came with, where the engine can", () => {
    const text = '{"seed":6382810170078693123,"small":42,"half":0.5,"huge":1e300,"in text":"6382810170078693123"}';
    const again = JSON.stringify(parseExact(text));
    expect(again).toBe("rawJSON" in JSON ? text.replace("1e300", "1e+300") : JSON.stringify(JSON.parse(text)));
  });
});
