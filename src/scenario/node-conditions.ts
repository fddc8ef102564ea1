/** The conditions that Kubernetes itself gives a Node, and slips of the pen near them. Others exist: a node problem detector has its own. */
import { distance } from 'fastest-levenshtein';

const CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];
/** Letters by which a slip differs; what is further away is somebody's own condition. */
const SLIP_MAX = 2;

/** The condition that was meant; undefined where the text is one, or is near none. */
export function conditionMeant(text: string): string | undefined {
  if (CONDITIONS.includes(text)) return undefined;
  return CONDITIONS.find((condition) => distance(text.toLowerCase(), condition.toLowerCase()) <= SLIP_MAX);
}
