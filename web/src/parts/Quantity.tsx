/** Value, interval, unit: the value semibold, the interval muted, the unit last. */
import { parts } from "../numbers/quantity";

interface Props {
  value: number | null | undefined;
  low?: number | null | undefined;
  high?: number | null | undefined;
  unit?: string;
  upperLimit?: boolean;
  signed?: boolean;
}

export function Quantity({ value, low, high, unit = "1", upperLimit = false, signed = false }: Props) {
  const shown = parts(value, low, high, unit, upperLimit, signed);
  if (!shown) return <span className="muted">–</span>;
  return (
    <>
      <span className="v strong">{shown.value}</span>
      {shown.interval && <span className="ci"> {shown.interval}</span>}
      {shown.unit && ` ${shown.unit}`}
    </>
  );
}

/** Changes carry their sign: ΔPHQ-9 +8. */
export const isChange = (metric: string): boolean => /(^|_)change$|^delta_/.test(metric);
