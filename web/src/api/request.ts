/** One way to the server: the key in a header, refusals as Problem, silence as Away. */
import { key, keyHeaders, refuseKey } from "./key";
import { Away, problemOf } from "./problem";
import { answered, unanswered } from "./server";

export const NATIVE = "/api/v2";

export interface Options {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export async function send(path: string, { method = "GET", body, headers = {}, signal }: Options = {}): Promise<Response> {
  const used = key.get();
  const raw = body instanceof Blob || body instanceof ArrayBuffer || typeof body === "string";
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers: { ...(body !== undefined && !raw ? { "Content-Type": "application/json" } : {}), ...keyHeaders(), ...headers },
      body: body === undefined ? null : raw ? (body as BodyInit) : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    unanswered();
    throw new Away(String(error));
  }
  if (answer.status === 502 || answer.status === 504) {
    unanswered(); // a proxy in front of a server that is away
    throw new Away(answer.statusText);
  }
  answered();
  if (answer.status === 401) refuseKey(used);
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

export async function ask<T>(path: string, options?: Options): Promise<T> {
  const answer = await send(path, options);
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
}

/** `{a: 1, b: null}` as "?a=1"; empty values are left out. */
export function query(parameters: Record<string, string | number | boolean | null | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? "?" + new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString() : "";
}

/** Save what `path` answers as a file: a plain link would go without the key. */
export async function download(path: string, name: string, options?: Options): Promise<void> {
  const answer = await send(path, options);
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
