/**
 * Rejects with the signal's reason once it is aborted. Timers get their turn first, as one of them may abort it: where a backend computes
 * at once, they never would.
 */
export async function checkSignal(signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return;
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
}
