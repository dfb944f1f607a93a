/** Arrow tables as plain columns. */
import { tableFromIPC } from "@uwdata/flechette";

export interface Columns {
  rows: number;
  /** Numbers as a typed array where the column has one, else as a list. */
  column: (name: string) => ArrayLike<unknown>;
  numbers: (name: string) => ArrayLike<number>;
}

export function readArrow(bytes: ArrayBuffer): Columns {
  const table = tableFromIPC(new Uint8Array(bytes), { useBigInt: false });
  const column = (name: string): ArrayLike<unknown> => (table.getChild(name)?.toArray() as ArrayLike<unknown> | undefined) ?? [];
  return { rows: table.numRows, column, numbers: (name) => column(name) as ArrayLike<number> };
}
