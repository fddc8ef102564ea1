/** `{log: {of, on}, matches}`: a component wrote such a line since instant zero. `matches` is a regular expression. */
import type { StateKind } from './kind.js';

/** Text that is no regular expression is looked for as it stands. */
function matcher(matches: string): (line: string) => boolean {
  try {
    const pattern = new RegExp(matches);
    return (line) => pattern.test(line);
  } catch {
    return (line) => line.includes(matches);
  }
}

export const log: StateKind<'log'> = {
  compared: false,
  async observe({ of, on, matches }, view) {
    const fits = matcher(matches);
    const line = (await view.logLines(on, of)).find(fits);
    if (line === undefined) return { holds: false, seen: `${of} on ${on} wrote no such line` };
    return { holds: true, seen: `${of} on ${on}: ${line}` };
  },
};
