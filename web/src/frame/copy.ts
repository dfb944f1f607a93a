/** Copy to the clipboard and say so. */
import { words } from "../words";
import { showToast } from "./toast";

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showToast(words.frame.copied(text.length > 64 ? text.slice(0, 60) + " …" : text));
  } catch {
    showToast(words.frame.notCopied);
  }
}
