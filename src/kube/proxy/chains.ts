/**
 * Names of the chains that kube-proxy makes for a service port: the first letters of a base32 SHA-256, as the real ones.
 * Source: pkg/proxy/iptables/proxier.go (portProtoHash), pkg/proxy/nftables/proxier.go (hashAndTruncate).
 */
import { sha256 } from '@noble/hashes/sha2.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base32 of the digest of `text`, UTF-8, its first `length` letters. */
function hashOf(text: string, length: number): string {
  const digest = sha256(new TextEncoder().encode(text));
  let letters = '';
  for (let bit = 0; letters.length < length; bit += 5) {
    const pair = ((digest[bit >> 3] ?? 0) << 8) | (digest[(bit >> 3) + 1] ?? 0);
    letters += LETTERS[(pair >> (11 - (bit & 7))) & 31];
  }
  return letters;
}

/** `XPGD46QRK7WJZT7O`, behind `KUBE-SVC-`; `name` is `ns1/svc1:p80`. */
export function iptablesChainHash(name: string, protocol: string): string {
  return hashOf(`${name}${protocol.toLowerCase()}`, 16);
}

/** `ULMVA6XW-ns1/svc1/tcp/p80`, behind `service-`. */
export function nftablesChainBase(name: string, protocol: string): string {
  const [object = '', port = ''] = name.split(':');
  const full = `${object}/${protocol.toLowerCase()}/${port}`;
  return `${hashOf(full, 8)}-${full}`;
}
