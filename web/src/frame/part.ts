/** Parts of the page that come when they are first needed. The server may be away just then: such a part waits for its return. */
import { lazy, type ComponentType } from "react";
import { onReturn, server, unanswered } from "../api/server";

/** When the document was last loaded anew for a part: not twice in a minute, for one that the server does not have. */
const TRIED = "quintant.part";
const SOON_MS = 60_000;

type Load<T> = () => Promise<{ default: T }>;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as React types `lazy`: whatever the properties are
export function part<T extends ComponentType<any>>(load: Load<T>) {
  return lazy(patient(load));
}

/** `load`, asked again when the server is back. Chromium keeps a module's failure for as long as the document lives; what a
 * page shows stands in its address, so the document is loaded anew then. */
export function patient<T>(load: Load<T>): Load<T> {
  return async () => {
    try {
      return await load();
    } catch (error) {
      if (Date.now() - Number(sessionStorage.getItem(TRIED)) < SOON_MS) throw error;
      await back();
      try {
        return await load();
      } catch {
        sessionStorage.setItem(TRIED, String(Date.now()));
        location.reload();
        return new Promise<never>(() => undefined);
      }
    }
  };
}

/** Resolved when the server answers. */
async function back(): Promise<void> {
  unanswered();
  if (!server.get().away) return;
  await new Promise<void>((resolve) => {
    const end = onReturn(() => {
      end();
      resolve();
    });
  });
}
