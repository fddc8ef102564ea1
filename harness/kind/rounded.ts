/** Quantities as people say them, with three digits: `903 Mbps`. Exact ones are written by src/plan/quantities.ts. */
const scaled = (value: number, units: readonly string[]): string => {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const number = value / 1000 ** step;
  return `${number >= 100 ? Math.round(number) : Number(number.toPrecision(3))} ${units[step]}`;
};

export const rateText = (bps: number) => scaled(bps, ['bps', 'Kbps', 'Mbps', 'Gbps']);
export const sizeText = (bytes: number) => scaled(bytes, ['B', 'KB', 'MB', 'GB', 'TB']);
