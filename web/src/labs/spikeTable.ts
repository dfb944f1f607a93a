/** The spikes of a Run, read as they come: each time only the rows that are new. */
import { useEffect, useRef, useState } from "react";
import { readArrow, type Columns } from "../api/arrow";
import { ask, NATIVE, query, send } from "../api/request";
import type { Table } from "../api/shapes";
import { Spikes } from "../figure/Raster";

const AT_ONCE = 200_000;
const MOST = 1_000_000; // dots on one canvas; the figure of the ended run says what it leaves out

export interface Reading {
  spikes: Spikes;
  version: number;
  error: Error | null;
}

/** `told`: how many spikes the log has told of; asked again whenever it grows. */
export function useSpikeTable(run: string, told: number, live: boolean, place: (columns: Columns) => { x: ArrayLike<number>; y: ArrayLike<number>; group: ArrayLike<number> }): Reading {
  const spikes = useRef(new Spikes());
  const [version, setVersion] = useState(0);
  const [error, setError] = useState<Error | null>(null);
  const busy = useRef(false);
  const wanted = useRef(0);
  const written = useRef(false);
  const how = useRef(place);
  how.current = place;
  useEffect(() => {
    spikes.current.clear();
    written.current = false;
    setVersion(spikes.current.version);
  }, [run]);
  useEffect(() => {
    wanted.current = told;
    const abort = new AbortController();
    const read = async () => {
      if (busy.current) return;
      busy.current = true;
      try {
        if (!written.current) {
          const { tables } = await ask<{ tables: Table[] }>(`${NATIVE}/runs/${run}/tables`, { signal: abort.signal });
          written.current = tables.some((one) => one.name === "spikes");
          if (!written.current) return; // the log told of them before the file was written
        }
        while (spikes.current.count < Math.min(wanted.current, MOST) && !abort.signal.aborted) {
          const answer = await send(`${NATIVE}/runs/${run}/tables/spikes.arrow${query({ first: spikes.current.count, rows: AT_ONCE })}`, { signal: abort.signal });
          const columns = readArrow(await answer.arrayBuffer());
          if (!columns.rows) break;
          spikes.current.add(how.current(columns));
          setVersion(spikes.current.version);
        }
        setError(null);
      } catch (problem) {
        if (!abort.signal.aborted) setError(problem as Error);
      } finally {
        busy.current = false;
      }
    };
    void read();
    return () => abort.abort();
  }, [run, told, live]);
  return { spikes: spikes.current, version, error };
}
