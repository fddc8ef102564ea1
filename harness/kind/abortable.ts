/** A run that is over, as a signal: whoever asks between two steps whether it goes on (`breathe`) is asked while a long one is under way. */

const LOOK_EVERY_MS = 200;

/** Rejects, with why, where the run is over. */
export type Breathe = (() => Promise<void>) | undefined;

/** Lets work see that the run is over; that is what it rejects with then, whatever the work makes of it. A run that is over begins none. */
export async function abortable<T>(breathe: Breathe, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  await breathe?.();
  const controller = new AbortController();
  const { signal } = controller;
  const look = () => breathe?.().catch((error: unknown) => controller.abort(error));
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    return await work(signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
  }
}
