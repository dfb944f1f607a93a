/** The data behind a figure, as a table in the page. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { download, query } from "../api/request";
import { FaultNote } from "../frame/Fault";
import { words } from "../words";
import { behind } from "./queries";

const MOST = 200;

export default function Behind({ base, name, extra, close }: { base: string; name: string; extra: Record<string, string>; close: () => void }) {
  const [dataset, setDataset] = useState<string | null>(null);
  const { data, error, refetch } = useQuery(behind(base, name, dataset, extra));
  return (
    <section className="behind" aria-label={words.run.dataBehind}>
      <div className="toolbar">
        <h3>{words.run.dataBehind}</h3>
        {data && data.datasets.length > 1 && (
          <span className="seg" role="group">
            {data.datasets.map((one, index) => (
              <button key={one} type="button" aria-pressed={(dataset ?? data.datasets[0]) === one || (dataset === null && index === 0)} onClick={() => setDataset(one)}>
                {one}
              </button>
            ))}
          </span>
        )}
        <span className="end">
          <button type="button" className="btn s" onClick={() => void download(`${base}/figures/${name}.csv${query({ dataset, ...extra })}`, `${name}.csv`)}>
            CSV
          </button>
          <button type="button" className="btn quiet icon s" aria-label={words.frame.close} onClick={close}>
            <i className="ico ico-x" />
          </button>
        </span>
      </div>
      {error && <FaultNote error={error} retry={() => void refetch()} />}
      {data && (
        <>
          <div className="scrollx" tabIndex={0} role="group" aria-label={words.run.dataBehind}>
            <table className="tbl small">
              <thead>
                <tr>
                  {data.head.map((column) => (
                    <th key={column} scope="col">
                      {column}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data.rows.slice(0, MOST).map((row, index) => (
                  <tr key={index}>
                    {row.map((cell, at) => (
                      <td key={at} className={cell !== "" && Number.isFinite(Number(cell)) ? "num" : undefined}>
                        {cell}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {data.rows.length > MOST && <p className="cap">{words.run.rowsShown(MOST, data.rows.length)}</p>}
        </>
      )}
    </section>
  );
}
