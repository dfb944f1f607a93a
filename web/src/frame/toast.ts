/** One message that floats, with what takes it back: undo, ten seconds. Errors never come this way. */
import { store } from "../api/store";
import { say } from "./announce";

export interface Toast {
  text: string;
  /** When it goes, ms since 1970. */
  until: number;
  counting?: (seconds: number) => string;
  action?: { label: string; run: () => void };
}

export const toast = store<Toast | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export function showToast(text: string, options: { ms?: number; counting?: Toast["counting"]; action?: Toast["action"] } = {}): void {
  clearTimeout(timer);
  const ms = options.ms ?? 4000;
  toast.set({ text, until: Date.now() + ms, ...(options.counting && { counting: options.counting }), ...(options.action && { action: options.action }) });
  timer = setTimeout(() => toast.set(null), ms);
  say(text);
}

export function dropToast(): void {
  clearTimeout(timer);
  toast.set(null);
}
