/** What is made in vain is taken away again. Owns what is thrown then: why it was made in vain. */
import type { Ends } from '../ends/ends.js';

/** `make` adds to `ends` what it has made. */
export async function orTakeAway<T>(ends: Ends, say: (text: string) => void, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await ends.run().catch((left: Error) => say(`not taken away: ${left.message}`));
    throw error;
  }
}
