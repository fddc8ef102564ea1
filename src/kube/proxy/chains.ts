/** Names of the chains that kube-proxy makes for a service port. Departs: the hash is another one, of the same length and letters. */
import { fnv1a } from '../../base/random.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const LENGTH = 16;

export function chainHash(name: string, protocol: string): string {
  let hash = '';
  for (let i = 0; hash.length < LENGTH; i++) {
    let bits = fnv1a(`${name}${protocol.toLowerCase()}${i}`) >>> 0;
    for (let k = 0; k < 6 && hash.length < LENGTH; k++, bits >>>= 5) hash += LETTERS[bits & 31] ?? '';
  }
  return hash;
}
