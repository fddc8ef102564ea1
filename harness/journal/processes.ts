/** Processes of this machine by the label that their run gave them, exactly; never by a name. */
import { readdirSync, readFileSync } from 'node:fs';

/** The variable that carries the label, in a process's environment or among its arguments. */
export const LABEL = 'WINDTUNNEL_LABEL';

/** Processes that carry the label. Those of other users are not seen. */
export function labelled(label: string): readonly number[] {
  const wanted = `${LABEL}=${label}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        pid !== process.pid && [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((path) => has(path, wanted)),
    );
}

function has(path: string, wanted: string): boolean {
  try {
    return readFileSync(path, 'utf8').split('\0').includes(wanted);
  } catch {
    // It has ended meanwhile, or is somebody else's.
    return false;
  }
}

/** Ends them at once, and answers how many there were. */
export function endLabelled(label: string): number {
  const found = labelled(label);
  for (const pid of found) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  return found.length;
}
