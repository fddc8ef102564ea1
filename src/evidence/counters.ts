/** Kernel counters as `nstat -az` lays them out: a name, then its value. */

export function formatCounters(counters: Readonly<Record<string, number>>): string {
  const names = Object.keys(counters).sort();
  return names.map((name) => `${name.padEnd(31)} ${counters[name]}`).join('\n');
}

/** The counter of /proc/net/stat/rt_cache that grows with each packet or ARP request dropped for its source address. */
export function martianSources(counters: Readonly<Record<string, number>>): number | undefined {
  return counters.in_martian_src;
}
