/** Keep a stream open: come back with the cursor after a cut, ask for the key once, begin anew where the cursor is gone. */
import { key, keyHeaders, refuseKey } from "../api/key";
import { problemOf } from "../api/problem";
import { answered, onReturn, server, unanswered } from "../api/server";
import { parser, type Message } from "./sse";

const SILENCE_MS = 45_000; // heartbeats come every 15 s
const LONGEST_MS = 10_000;

export interface Following {
  /** The address for the cursor reached; null ends the following. */
  path: () => string | null;
  onMessage: (message: Message) => void;
  onOpen?: (open: boolean) => void;
  /** The cursor is gone (410). */
  onGone?: () => void;
}

/** Runs until `signal` aborts, `path` gives null, or a message handler asks to stop by aborting. */
export async function follow({ path, onMessage, onOpen, onGone }: Following, signal: AbortSignal): Promise<void> {
  let tries = 0;
  while (!signal.aborted) {
    const address = path();
    if (address === null) return;
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    signal.addEventListener("abort", stop);
    let silence: ReturnType<typeof setTimeout> | undefined;
    const awake = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE_MS);
    };
    try {
      awake();
      const used = key.get();
      const answer = await fetch(address, { headers: { Accept: "text/event-stream", ...keyHeaders() }, cache: "no-store", signal: attempt.signal });
      if (answer.ok && answer.body) {
        answered();
        onOpen?.(true);
        tries = 0;
        const feed = parser(onMessage);
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done || signal.aborted) break;
          awake();
          feed(value);
        }
      } else if (answer.status === 401) {
        refuseKey(used);
        await changed(key, signal);
        continue;
      } else if (answer.status === 410) onGone?.();
      else if (answer.status === 404 || answer.status === 422) throw await problemOf(answer); // asking again would not help
      else tries += 1;
    } catch (error) {
      if (error instanceof Error && error.name === "Problem") throw error;
      tries += 1;
      if (!signal.aborted && !attempt.signal.aborted) unanswered();
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
      onOpen?.(false);
    }
    if (signal.aborted) return;
    await pause(Math.min(LONGEST_MS, 1000 * 2 ** Math.max(0, tries - 1)) * (0.7 + 0.6 * Math.random()) * (tries ? 1 : 0.3), signal);
  }
}

/** Wait, but not longer than until the server is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    const off = onReturn(finish);
    signal.addEventListener("abort", finish);
    function finish() {
      clearTimeout(timer);
      off();
      signal.removeEventListener("abort", finish);
      resolve();
    }
    if (server.get().away && ms < 500) setTimeout(finish, 500);
  });
}

function changed(of: typeof key, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const off = of.subscribe(finish);
    signal.addEventListener("abort", finish);
    function finish() {
      off();
      signal.removeEventListener("abort", finish);
      resolve();
    }
  });
}
