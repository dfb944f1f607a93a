/** Reading what the server tells without promising more than it says. */
import type { Values } from "./panel";

export const number = (values: Values, key: string): number | null => (typeof values[key] === "number" && Number.isFinite(values[key]) ? values[key] : null);
export const text = (values: Values, key: string): string | null => (typeof values[key] === "string" ? values[key] : null);
export const list = (values: Values, key: string): unknown[] => (Array.isArray(values[key]) ? (values[key] as unknown[]) : []);
