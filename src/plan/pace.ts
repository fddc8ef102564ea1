/** How a case's times are stretched: by the cluster's `timing.scale` (times `--time-scale`), and on slow machines by `--deadline-factor`. */
import type { Micros } from '../base/instant.js';

export interface Pace {
  /** `for`, `age`, `every`. */
  scaled(micros: Micros): Micros;
  /** `within` and `timeout`: scaled, and stretched. */
  deadline(micros: Micros): Micros;
  /** What no component's timer decides, as what traffic takes: only stretched. */
  stretched(micros: Micros): Micros;
}

/** Nothing that was longer than zero becomes zero. */
export function paceOf(scale: number, deadlineFactor: number): Pace {
  const times = (micros: Micros, factor: number) => (micros === 0 ? 0 : Math.max(1, Math.round(micros * factor)));
  return {
    scaled: (micros) => times(micros, scale),
    deadline: (micros) => times(micros, scale * deadlineFactor),
    stretched: (micros) => times(micros, deadlineFactor),
  };
}
