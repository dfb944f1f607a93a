/** The list in motion: what the stream of all runs tells is laid over the rows; what changes the list asks for it anew. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { RowHeadline } from "../../api/page";
import type { State } from "../../api/shapes";
import { watchAll } from "../../stream/hub";

export interface Live {
  state?: State;
  fraction?: number;
  values?: Record<string, unknown>;
  headline?: RowHeadline | null;
  metric?: string;
}

interface Told {
  run: string;
  kind: string;
  payload: { key?: string; fraction?: number; values?: Record<string, unknown>; to?: State; headline?: RowHeadline | null; sweep_id?: string | null };
}

const REFRESH_MS = 700;
const POLL_MS = 3000;

/** By key of a row: what is newer than the row. */
export function useLiveRows(): { live: Readonly<Record<string, Live>>; streaming: boolean } {
  const client = useQueryClient();
  const [live, setLive] = useState<Record<string, Live>>({});
  const [streaming, setStreaming] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const changes = useRef<Record<string, Live>>({});
  const shown = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const refresh = () => {
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        void client.invalidateQueries({ queryKey: ["runs"] }).then(() => setLive({}));
      }, REFRESH_MS);
    };
    const flush = () => {
      shown.current = undefined;
      const more = changes.current;
      changes.current = {};
      setLive((before) => {
        const next = { ...before };
        for (const [key, one] of Object.entries(more)) next[key] = { ...next[key], ...one };
        return next;
      });
    };
    const put = (key: string, one: Live) => {
      changes.current[key] = { ...changes.current[key], ...one };
      shown.current ??= setTimeout(flush, 200);
    };
    const stop = watchAll(
      (name, data) => {
        if (name !== "message") return;
        const told = data as Told;
        const key = told.run;
        if (told.kind === "progress") put(key, { ...(told.payload.fraction !== undefined && { fraction: told.payload.fraction }), ...(told.payload.values && { values: told.payload.values }) });
        else {
          if (told.kind === "state" && told.payload.to) put(key, { state: told.payload.to });
          refresh();
        }
        if (told.kind === "progress" && told.payload.key && told.payload.key !== told.run) refresh(); // a fold's own numbers come from the server
      },
      (open) => {
        setStreaming(open);
        if (open) refresh(); // whatever was missed meanwhile
      },
    );
    return () => {
      stop();
      clearTimeout(timer.current);
      clearTimeout(shown.current);
      timer.current = undefined;
      shown.current = undefined;
    };
  }, [client]);
  useEffect(() => {
    if (streaming) return;
    const poll = setInterval(() => document.hidden || void client.invalidateQueries({ queryKey: ["runs"] }), POLL_MS);
    return () => clearInterval(poll);
  }, [streaming, client]);
  return { live, streaming };
}
