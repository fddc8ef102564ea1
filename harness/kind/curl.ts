/** How curl is called in a node's container. Owns the words that every call has; refuses to know who is asked. */

/** Of a control plane's container. */
export const CLUSTER_CA = '/etc/kubernetes/pki/ca.crt';

/**
 * Without a proxy: kind hands the machine's proxies to the nodes, and none of them is between a node and its own cluster. Brackets of a URL
 * are its own.
 */
export function curl(maxTimeS: number, ...words: readonly string[]): readonly string[] {
  return ['curl', '--silent', '--show-error', '--noproxy', '*', '--globoff', '--max-time', String(maxTimeS), ...words];
}
