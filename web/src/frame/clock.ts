/** The time of day, for words such as "4 min ago": one timer for the page. */
import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let now = Date.now();
setInterval(() => {
  if (document.hidden) return;
  now = Date.now();
  listeners.forEach((listener) => listener());
}, 1000);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Now, renewed every `everyMs` at the soonest. */
export function useNow(everyMs = 10_000): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / everyMs) * everyMs + (everyMs > 1000 ? everyMs : 0));
}

export const clockTime = (at: number): string => new Date(at).toLocaleTimeString("en-GB");
