/** The drawing itself: one tab stop, read with the arrows, redrawn for each theme by the server's own colours. */
import { useEffect, useRef, useState } from "react";
import type { DrawnFigure } from "../api/page";
import { say } from "../frame/announce";
import { words } from "../words";
import { mainRows, readAloud } from "./rows";

export default function Plot({ drawn, onError }: { drawn: DrawnFigure; onError: (error: Error) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const rows = useRef<ReturnType<typeof mainRows>>(null);
  const report = useRef(onError);
  report.current = onError;

  useEffect(() => {
    let gone = false;
    let finalize: (() => void) | undefined;
    const next = document.createElement("div"); // drawn aside, so that the last drawing stays until this one is there
    next.className = "vega";
    rows.current = mainRows(drawn.spec);
    void import("./vega")
      .then(({ drawVega }) => drawVega(next, drawn.spec, drawn.renderer))
      .then((done) => {
        finalize = done.finalize;
        if (gone) return done.finalize();
        next.querySelectorAll("svg, canvas").forEach((one) => one.setAttribute("aria-hidden", "true"));
        place.current?.replaceChildren(next);
      })
      .catch((error: Error) => gone || report.current(error));
    return () => {
      gone = true;
      finalize?.();
    };
  }, [drawn]);

  const move = (event: React.KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 }[event.key];
    const list = rows.current?.rows ?? [];
    if (event.key === "Escape" && cursor !== null) {
      event.stopPropagation();
      return setCursor(null);
    }
    if (!list.length || (by === undefined && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    const at = event.key === "Home" ? 0 : event.key === "End" ? list.length - 1 : Math.max(0, Math.min(list.length - 1, (cursor ?? (by! > 0 ? -1 : list.length)) + by!));
    setCursor(at);
    say(words.run.readRow(at + 1, list.length, readAloud(list[at]!)));
  };

  const row = cursor === null ? null : rows.current?.rows[cursor];
  return (
    <>
      <div className="fig-plot" ref={place} role="img" aria-label={drawn.words.alt} tabIndex={0} onKeyDown={move} />
      {row && <p className="cap readout">{words.run.readRow(cursor! + 1, rows.current!.rows.length, readAloud(row))}</p>}
    </>
  );
}
