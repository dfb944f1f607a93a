/** The list that a run was opened from, so that [ and ] lead to its neighbours. */
const PLACE = "quintant.list";

/** "run:ID" or "sweep:ID", in the order of the rows. */
export function keepOrder(ids: readonly string[]): void {
  try {
    sessionStorage.setItem(PLACE, ids.join());
  } catch {
    /* then there are no neighbours */
  }
}

export interface Neighbours {
  at: number;
  of: number;
  previous: string | null;
  next: string | null;
}

export function neighbours(id: string): Neighbours | null {
  try {
    const ids = (sessionStorage.getItem(PLACE) ?? "").split(",").filter(Boolean);
    const at = ids.findIndex((one) => one.endsWith(`:${id}`));
    return at < 0 ? null : { at: at + 1, of: ids.length, previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null };
  } catch {
    return null;
  }
}
