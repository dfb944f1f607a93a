/** Whether the server answers: seen, away, and when it is asked again. */
import { keyHeaders } from "./key";
import { store } from "./store";

export interface ServerState {
  away: boolean;
  /** When it answered last, ms since 1970. */
  seen: number | null;
  /** When it is asked again, while it is away. */
  retryAt: number | null;
}

export const server = store<ServerState>({ away: false, seen: null, retryAt: null });
const LONGEST_MS = 10_000;
let tries = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const returned = new Set<() => void>();

/** Called when the server answers again after it was away. */
export function onReturn(listener: () => void): () => void {
  returned.add(listener);
  return () => void returned.delete(listener);
}

export function answered(): void {
  const was = server.get();
  if (was.away) {
    clearTimeout(timer);
    tries = 0;
    server.set({ away: false, seen: Date.now(), retryAt: null });
    returned.forEach((listener) => listener());
  } else if (was.seen === null || Date.now() - was.seen > 1000) server.set({ ...was, seen: Date.now() });
}

export function unanswered(): void {
  if (server.get().away) return;
  plan();
}

function plan(): void {
  const wait = Math.min(LONGEST_MS, 1000 * 2 ** tries) * (0.8 + 0.4 * Math.random());
  tries += 1;
  server.set((was) => ({ ...was, away: true, retryAt: Date.now() + wait }));
  clearTimeout(timer);
  timer = setTimeout(() => void tryNow(), wait);
}

/** Ask now whether it is back. */
export async function tryNow(): Promise<void> {
  clearTimeout(timer);
  try {
    const answer = await fetch("/api/health", { headers: keyHeaders(), cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (answer.status < 500) return answered();
  } catch {
    /* still away */
  }
  plan();
}
