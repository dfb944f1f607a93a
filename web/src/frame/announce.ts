/** What a screen reader is told: at once where it answers an action, at most every ten seconds where something runs. */
import { store } from "../api/store";

export const spoken = store<{ text: string; n: number }>({ text: "", n: 0 });
const EVERY_MS = 10_000;
let last = 0;
let waiting: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  spoken.set((before) => ({ text, n: before.n + 1 }));
}

export function sayProgress(text: string): void {
  clearTimeout(waiting);
  const wait = last + EVERY_MS - Date.now();
  if (wait > 0) {
    waiting = setTimeout(() => sayProgress(text), wait);
    return;
  }
  last = Date.now();
  say(text);
}
