/** A sentence of the schema: what stands in backticks is code. */
import type { ReactNode } from "react";

export function Coded({ text }: { text: string | undefined }): ReactNode {
  return (text ?? "").split(/(`[^`]+`)/).map((part, index) => (part.startsWith("`") && part.length > 2 ? <code key={index}>{part.slice(1, -1)}</code> : part));
}
