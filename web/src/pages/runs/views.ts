/** Saved views: a name for what stands in the address. */
import { store } from "../../api/store";

export interface SavedView {
  name: string;
  q: string;
  sort: string;
  cols: string;
}

const PLACE = "quintant.views";

function read(): SavedView[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(list) ? (list as SavedView[]).filter((one) => typeof one?.name === "string" && typeof one.q === "string") : [];
  } catch {
    return [];
  }
}

export const views = store<SavedView[]>(read());

function keep(list: SavedView[]): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify(list));
  } catch {
    /* for this visit only */
  }
  views.set(list);
}

export const saveView = (view: SavedView): void => keep([...views.get().filter((one) => one.name !== view.name), view]);
export const dropView = (name: string): void => keep(views.get().filter((one) => one.name !== name));
