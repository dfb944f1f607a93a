/** A refusal's way out as a button with the value in it: "use 200". */
import type { Fault } from "../api/problem";

export interface Remedy {
  label: string;
  value: unknown;
}

export function remedies(fault: Fault): Remedy[] {
  if ("use" in fault && fault.use !== undefined && fault.use !== null) return [{ label: show(fault.use), value: fault.use }];
  const near = fault.hint && /Did you mean '([^']+)'/.exec(fault.hint)?.[1];
  if (near && Array.isArray(fault.allowed) && fault.allowed.includes(near)) return [{ label: near, value: near }];
  const use = fault.hint && /\buse (-?\d[\d.e+-]*)\b/i.exec(fault.hint)?.[1];
  if (use) return [{ label: use, value: Number(use) }];
  const bounds = fault.allowed;
  if (bounds && typeof bounds === "object" && !Array.isArray(bounds) && typeof fault.value === "number") {
    const { minimum, maximum } = bounds as { minimum?: number; maximum?: number };
    if (typeof maximum === "number" && fault.value > maximum) return [{ label: String(maximum), value: maximum }];
    if (typeof minimum === "number" && fault.value < minimum) return [{ label: String(minimum), value: minimum }];
  }
  return [];
}

/** What may stand there instead, where it is a list that one can choose from. */
export function choices(fault: Fault): unknown[] {
  return Array.isArray(fault.allowed) && fault.allowed.length <= 60 && !/is not a parameter/.test(fault.message) ? (fault.allowed as unknown[]) : [];
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
