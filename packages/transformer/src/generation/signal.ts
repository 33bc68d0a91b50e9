import { breathe } from "@xlm/core";

/** Rejects with the signal's reason once it is aborted; timers get their turn first, as one of them may abort it. */
export async function checkSignal(signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return;
  await breathe();
  signal.throwIfAborted();
}
