import { frame } from "./en/frame";
import { runs } from "./en/runs";
import { run } from "./en/run";
import { form } from "./en/form";
import { compare } from "./en/compare";
import { labs } from "./en/labs";
import { terminal } from "./en/terminal";

export const en = { frame, runs, run, form, compare, labs, terminal };
export type Words = typeof en;
