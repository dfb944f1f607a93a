/** What the server refuses, in the house's form (RFC 9457), and what it means when nobody answers. */

export interface Fault {
  path: string;
  message: string;
  value?: unknown;
  allowed?: unknown;
  hint?: string | null;
  /** What to put in its place, where the server knows. */
  use?: unknown;
}

export class Problem extends Error {
  override name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly problems: readonly Fault[] = [],
  ) {
    super(detail);
  }
}

/** Nobody answered: the server is away, or the line is. */
export class Away extends Error {
  override name = "Away";
}

export async function problemOf(answer: Response): Promise<Problem> {
  try {
    const body = (await answer.json()) as { code?: string; detail?: unknown; problems?: Fault[] };
    const detail = typeof body.detail === "string" ? body.detail : answer.statusText;
    return new Problem(answer.status, body.code ?? String(answer.status), detail, body.problems ?? []);
  } catch {
    return new Problem(answer.status, String(answer.status), answer.statusText || String(answer.status));
  }
}
