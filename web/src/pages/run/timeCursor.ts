/** One time cursor per run: where in the log of its facts the page looks. At the end, unless somebody moved it. */
import { useEffect, useState } from "react";
import type { Detail } from "../../api/page";

export interface TimeCursor {
  /** Share of the progress facts, 0 to 1; null: at the end, with the run. */
  at: number | null;
  playing: boolean;
  /** The facts are needed although the run has ended. */
  wanted: boolean;
  set: (at: number | null) => void;
  play: (on?: boolean) => void;
}

const WHOLE_MS = 10_000; // playing all of a run

export function useTimeCursor(run: Detail, live: boolean): TimeCursor {
  const [at, setAt] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    setAt(null);
    setPlaying(false);
    setWanted(false);
  }, [run.id]);
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function advance(now) {
      const by = (now - last) / WHOLE_MS;
      last = now;
      setAt((before) => {
        const next = (before ?? 0) + by;
        if (next >= 1) {
          setPlaying(false);
          return null;
        }
        return next;
      });
      frame = requestAnimationFrame(advance);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing]);
  return {
    at,
    playing,
    wanted: wanted && !live,
    set: (next) => {
      setWanted(true);
      setPlaying(false);
      setAt(next === null || next >= 1 ? null : Math.max(0, next));
    },
    play: (on) => {
      setWanted(true);
      setPlaying((now) => on ?? !now);
      setAt((before) => (before === null ? 0 : before));
    },
  };
}

/** Which of `n` marks a cursor at this share stands on. */
export const markAt = (at: number, n: number): number => Math.min(n - 1, Math.floor(at * n + 1e-9));
