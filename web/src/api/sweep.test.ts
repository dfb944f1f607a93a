import { expect, test } from "vitest";
import { requested } from "./sweep";

test("single axes are asked for as they are", () => {
  expect(requested({ load_erlang: [210, 250], k_paths: [5, 50] })).toEqual({ load_erlang: [210, 250], k_paths: [5, 50] });
});

test("tied keys are one axis of rows, where the first of them stands", () => {
  const request = requested({ dt_ms: [0.1, 0.2], drive_e_start: [1, 2, 3], drive_e_end: [1, 2, 3] }, [["drive_e_start", "drive_e_end"]]);
  expect(request).toEqual({ dt_ms: [0.1, 0.2], "drive_e_start,drive_e_end": [[1, 1], [2, 2], [3, 3]] });
  expect(Object.keys(request)).toEqual(["dt_ms", "drive_e_start,drive_e_end"]);
});
