/** A row's name, tags and note, edited in place. */
import { useQueryClient } from "@tanstack/react-query";
import type { Row } from "../../api/page";
import { NATIVE } from "../../api/request";
import { Edit } from "../run/Head";

export function RowEdit({ row, close }: { row: Row; close: () => void }) {
  const client = useQueryClient();
  const base = row.kind === "run" ? `${NATIVE}/runs/${row.lead}` : `${NATIVE}/sweeps/${row.sweep_id ?? row.key}`;
  return <Edit base={base} name={row.name} tags={row.tags} note={row.note} version={row.version} close={close} done={() => void client.invalidateQueries({ queryKey: ["runs"] })} />;
}
