/** Figures as the server draws them, kept as long as they cannot change. */
import { queryOptions } from "@tanstack/react-query";
import type { DrawnFigure, ListedFigure } from "../api/page";
import { ask, query, send } from "../api/request";
import { inTurn } from "./limiter";

/** The figures that a lab has, at once; whether they can be drawn is told by `listed`, which looks. */
export const named = (base: string) =>
  queryOptions({
    queryKey: ["figures-named", base],
    queryFn: async ({ signal }) => (await ask<{ figures: ListedFigure[] }>(`${base}/figures`, { signal })).figures,
    staleTime: Infinity,
  });

export const listed = (base: string, ended: boolean) =>
  queryOptions({
    queryKey: ["figures", base, ended], // what a live run could not draw, an ended one may
    queryFn: async ({ signal }) => (await ask<{ figures: ListedFigure[] }>(`${base}/figures${query({ drawable: true })}`, { signal })).figures,
    staleTime: ended ? Infinity : 2000,
  });

export const drawn = (base: string, name: string, theme: string, widthMm: number, extra: Record<string, string> = {}) =>
  queryOptions({
    queryKey: ["figure", base, name, theme, widthMm, extra],
    queryFn: ({ signal }) => inTurn(() => ask<DrawnFigure>(`${base}/figures/${name}.json${query({ as: "vega", parts: "plot", theme, width_mm: widthMm, ...extra })}`, { signal })),
    staleTime: Infinity, // who knows of a change asks anew
    gcTime: 10 * 60_000,
  });

export interface CsvData {
  head: string[];
  rows: string[][];
  datasets: string[];
}

export const behind = (base: string, name: string, dataset: string | null, extra: Record<string, string> = {}) =>
  queryOptions({
    queryKey: ["figure-data", base, name, dataset, extra],
    queryFn: async ({ signal }): Promise<CsvData> => {
      const answer = await send(`${base}/figures/${name}.csv${query({ dataset, ...extra })}`, { signal });
      const datasets = (answer.headers.get("X-Datasets") ?? "").split(",").map((one) => one.trim()).filter(Boolean);
      const [head = [], ...rows] = csv(await answer.text());
      return { head, rows, datasets };
    },
    staleTime: 60_000,
  });

/** RFC 4180, as the server writes it. */
export function csv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (quoted) {
      if (sign === '"' && text[at + 1] === '"') (cell += '"'), (at += 1);
      else if (sign === '"') quoted = false;
      else cell += sign;
    } else if (sign === '"') quoted = true;
    else if (sign === ",") row.push(cell), (cell = "");
    else if (sign === "\n") row.push(cell), rows.push(row), (row = []), (cell = "");
    else if (sign !== "\r") cell += sign;
  }
  if (cell || row.length) row.push(cell), rows.push(row);
  return rows;
}
