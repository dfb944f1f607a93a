/** The server's key: in memory, or on wish in this browser; never in an address. */
import { store } from "./store";

const PLACE = "quintant.key";

function kept(): string | null {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null; // storage may be forbidden; the key is then asked for in each tab
  }
}

export const key = store<string | null>(kept());
/** Set by a 401: the page asks for the key once. `refused`: the one that was given is not it. */
export const keyWanted = store<{ wanted: boolean; refused: boolean }>({ wanted: false, refused: false });

export function giveKey(text: string, keep: boolean): void {
  try {
    if (keep) localStorage.setItem(PLACE, text);
    else localStorage.removeItem(PLACE);
  } catch {
    /* kept in memory only */
  }
  key.set(text);
  keyWanted.set({ wanted: false, refused: false });
}

export function refuseKey(used: string | null): void {
  if (used !== key.get()) return; // an answer to an older key
  keyWanted.set({ wanted: true, refused: used !== null });
}

export function keyHeaders(): Record<string, string> {
  const one = key.get();
  return one === null ? {} : { Authorization: `Bearer ${one}` };
}
