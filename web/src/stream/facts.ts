/** The facts of one Run in a component: in order, without a gap, told to React at most ten times a second. */
import { useEffect, useRef, useState } from "react";
import type { Fact } from "../api/shapes";
import { watch } from "./hub";

const EVERY_MS = 100;
const MOST = 60_000; // facts kept in memory; the oldest go first
const BULKY = new Set(["ask", "answer"]);

export interface Facts {
  list: readonly Fact[];
  /** Grows with every change. */
  beat: number;
  received: number;
  ended: string | null;
  /** The latest `progress`. */
  values: Record<string, unknown>;
  fraction: number | null;
  last: Fact | null;
}

const EMPTY: Facts = { list: [], beat: 0, received: 0, ended: null, values: {}, fraction: null, last: null };

export function useFacts(run: string | null, wanted: boolean): Facts {
  const [facts, setFacts] = useState<Facts>(EMPTY);
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (shown.current !== run) {
      shown.current = run;
      setFacts(EMPTY);
    }
    if (run === null || !wanted) return;
    let list: Fact[] = [];
    let received = 0;
    let values: Record<string, unknown> = {};
    let fraction: number | null = null;
    let ended: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const tell = () => {
      timer = undefined;
      last = Date.now();
      setFacts((before) => ({ list, beat: before.beat + 1, received, ended, values, fraction, last: list.at(-1) ?? null }));
    };
    const soon = () => {
      timer ??= setTimeout(tell, document.hidden ? 1000 : Math.max(0, EVERY_MS - (Date.now() - last)));
    };
    const stop = watch(run, 0, {
      onFacts: (more) => {
        received += more.length;
        list = list.concat(more.filter((fact) => !BULKY.has(fact.kind)));
        if (list.length > MOST) list = list.slice(-MOST);
        for (const fact of more)
          if (fact.kind === "progress") {
            values = { ...values, ...fact.payload };
            if (typeof fact.payload["fraction"] === "number") fraction = fact.payload["fraction"];
          }
        soon();
      },
      onEnd: (state) => {
        ended = state;
        soon();
      },
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [run, wanted]);
  return facts;
}
