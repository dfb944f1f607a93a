/** A state in the words of the lifecycle: glyph, word, colour; how far it is. */
import type { State } from "../api/shapes";
import { words } from "../words";

export function Status({ state, fraction, progress }: { state: State; fraction?: number; progress?: string | null }) {
  return <span className={`st st-${state}`}>{statusWords(state, fraction, progress)}</span>;
}

export function statusWords(state: State, fraction?: number, progress?: string | null): string {
  const percent = fraction === undefined ? null : Math.floor(fraction * 100);
  if (state === "running") return progress ?? (percent !== null ? words.runs.runningAt(percent) : words.runs.state.running);
  if (state === "paused" && percent !== null) return words.runs.pausedAt(percent);
  if (state === "cancelled" && percent !== null && percent > 0 && percent < 100) return words.runs.cancelledAt(percent);
  return words.runs.state[state];
}

export function Progress({ state, fraction }: { state: State; fraction: number }) {
  if (state !== "running" && state !== "paused") return null;
  const style = { "--v": `${(fraction * 100).toFixed(1)}%`, "--c": state === "paused" ? "var(--paused)" : "var(--running)" } as React.CSSProperties;
  return (
    <span className="prog" aria-hidden="true">
      <i className="bar" style={style}>
        <i />
      </i>
    </span>
  );
}
