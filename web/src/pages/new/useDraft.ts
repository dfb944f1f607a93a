/** The form's state, kept in the address so that a reload or a link brings it back. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { fromSearch, placed, toSearch, type Draft } from "../../form/draft";
import { same } from "../../form/schema";

const REST_MS = 400;

export interface DraftState {
  draft: Draft;
  set: (path: string, value: unknown) => void;
  setSweep: (path: string, text: string | null) => void;
  put: (next: Partial<Draft>) => void;
  reset: (key: string) => void;
}

/** `base`: the config that the changes are laid over. */
export function useDraft(base: Record<string, unknown>): DraftState {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();
  const [draft, setDraft] = useState<Draft>(() => fromSearch(search));
  const latest = useRef(base);
  latest.current = base;

  useEffect(() => {
    const timer = setTimeout(() => {
      const wanted = toSearch(draft);
      void navigate({ to: ".", search: (before: Record<string, string | undefined>) => ({ ...before, ...wanted, find: undefined }), replace: true, resetScroll: false });
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [draft]);

  const set = useCallback((path: string, value: unknown) => {
    const [key, ...rest] = path.split(".") as [string, ...string[]];
    setDraft((now) => {
      const before = key in now.values ? now.values[key] : latest.current[key];
      const next = placed(before, rest, value);
      const values = { ...now.values };
      if (same(next, latest.current[key])) delete values[key];
      else values[key] = next;
      return { ...now, values };
    });
  }, []);
  const setSweep = useCallback((path: string, text: string | null) => {
    setDraft((now) => {
      const sweeps = { ...now.sweeps };
      if (text === null) delete sweeps[path];
      else sweeps[path] = text;
      return { ...now, sweeps };
    });
  }, []);
  const put = useCallback((next: Partial<Draft>) => setDraft((now) => ({ ...now, ...next })), []);
  const reset = useCallback((key: string) => {
    setDraft((now) => {
      const { [key]: _, ...values } = now.values;
      const { [key]: __, ...sweeps } = now.sweeps;
      return { ...now, values, sweeps };
    });
  }, []);
  return { draft, set, setSweep, put, reset };
}
