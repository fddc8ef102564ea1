/** Prometheus's text format, read. Pure; knows no metric. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples of one metric. */
export function samplesOf(text: string, metric: string): readonly Sample[] {
  const line = new RegExp(`^${metric}(?:\\{(.*)\\})? (\\S+)`);
  return text.split('\n').flatMap((one) => {
    const [, labels = '', value] = line.exec(one) ?? [];
    if (value === undefined) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', said = '']) => [key, said] as const);
    return [{ labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}
