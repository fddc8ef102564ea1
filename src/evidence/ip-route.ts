/** `ip route get X` and `ip route show table local` as iproute2 6.1 prints them for root, trailing blanks included. */
import type { RouteAnswer } from './rows.js';

const ERRNO_TEXT: Readonly<Record<string, string>> = {
  ENETUNREACH: 'Network is unreachable',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EACCES: 'Permission denied',
};

function parts({ type, to, via, device, source }: RouteAnswer): string[] {
  const words = type === 'unicast' ? [to] : [type, to];
  if (via) words.push('via', via);
  if (device) words.push('dev', device);
  if (source) words.push('src', source);
  return words;
}

/** One line for people: `local 172.30.0.3 dev lo src 172.30.0.3`. */
export function formatRoute(answer: RouteAnswer): string {
  if (answer.type !== 'unreachable') return parts(answer).join(' ');
  return `RTNETLINK answers: ${ERRNO_TEXT[answer.error ?? ''] ?? answer.error ?? ERRNO_TEXT.ENETUNREACH}`;
}

export function formatRouteGet(answer: RouteAnswer): string {
  if (answer.type === 'unreachable') return formatRoute(answer);
  const cache = answer.type === 'unicast' ? '    cache ' : `    cache <${answer.type}> `;
  return `${formatRoute(answer)} uid 0 \n${cache}`;
}

/** Routes that the kernel makes for an address: `local` of scope host, `broadcast` of scope link. */
export function formatLocalTable(rows: readonly RouteAnswer[]): string {
  return rows
    .map(({ type, to, device, source }) => {
      const scope = type === 'local' ? 'host' : 'link';
      return `${type} ${to} dev ${device ?? ''} proto kernel scope ${scope}${source ? ` src ${source}` : ''} `;
    })
    .join('\n');
}
