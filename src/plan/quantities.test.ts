/** Rates as they are written. */
import t from 'tap';
import { formatRate, parseRate } from './quantities.js';

t.test('a rate is written in the largest unit that leaves a whole number, and read back', async (t) => {
  const rates = [1, 1500, 25e3, 900e6, 1e9, 2.5e9, 1e10];
  const texts = rates.map(formatRate);
  t.same(texts, ['1bps', '1500bps', '25Kbps', '900Mbps', '1Gbps', '2500Mbps', '10Gbps']);
  t.same(texts.map(parseRate), rates);
});
