/** How long things take on this machine: medians, because a shared machine is sometimes busy. */

/** The middle value; of an even number of them the lower middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

export async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export async function medianOf(times: number, work: () => unknown): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < times; i++) samples.push(await timed(work));
  return median(samples);
}

/** A fixed amount of plain JavaScript: integers, a Map, strings. Its time sets figures of different machines side by side. */
export function calibrate(): number {
  const counts = new Map<string, number>();
  let state = 1;
  for (let i = 0; i < 400_000; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    const key = `${state % 977}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts.size;
}
