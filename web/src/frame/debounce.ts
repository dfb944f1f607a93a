import { useEffect, useRef, useState } from "react";

/** The value: at once after a rest of `ms`, and once it has rested for `ms` while it keeps changing. */
export function useDebounced<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  const changed = useRef(-Infinity);
  useEffect(() => {
    if (Object.is(value, settled)) return;
    // The first key of a word is answered without a pause: only what follows it closely is gathered.
    const wait = performance.now() - changed.current < ms ? ms : 0;
    changed.current = performance.now();
    const timer = setTimeout(() => setSettled(value), wait);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
