/** What one can do here and now: pages say it, the palette offers it, in the words of the command line's verbs. */
import { useEffect } from "react";
import { store } from "../api/store";

export interface Action {
  id: string;
  /** The verb of `quintant --help`, and what it acts on. */
  verb: string;
  text: string;
  detail?: string;
  keys?: string;
  /** The one line that does the same in a terminal. */
  command?: string;
  icon?: string;
  run: () => void;
}

export interface Offer {
  /** "the 2 selected sweeps" */
  what: string;
  actions: Action[];
}

export const offers = store<Offer[]>([]);

export function useOffer(offer: Offer | null): void {
  const name = offer && offer.what + offer.actions.map((action) => action.id + (action.detail ?? "")).join();
  useEffect(() => {
    if (!offer) return;
    offers.set((before) => [offer, ...before]);
    return () => offers.set((before) => before.filter((one) => one !== offer));
  }, [name]);
}
