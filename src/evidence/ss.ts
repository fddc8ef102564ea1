/**
 * `ss -tn` and `ss -tnp` as iproute2 6.1 prints them where stdout is no terminal: columns as wide as their widest cell. With `-p` the
 * process has its name alone; models know no process numbers.
 */
import type { SocketRow } from './rows.js';

interface Column {
  readonly header: string;
  readonly align: 'left' | 'right';
  /** What stands before the column. */
  readonly before: string;
}

const COLUMNS: readonly Column[] = [
  { header: 'State', align: 'left', before: '' },
  { header: 'Recv-Q', align: 'left', before: ' ' },
  { header: 'Send-Q', align: 'left', before: ' ' },
  { header: 'Local Address', align: 'right', before: ' ' },
  { header: 'Port', align: 'left', before: ':' },
  { header: 'Peer Address', align: 'right', before: ' ' },
  { header: 'Port', align: 'left', before: ':' },
  { header: 'Process', align: 'left', before: '' },
];

function splitEndpoint(endpoint: string): [string, string] {
  const colon = endpoint.lastIndexOf(':');
  return [endpoint.slice(0, colon), endpoint.slice(colon + 1)];
}

/** The process brings its own blank; its column follows the port's at once. */
function cellsOf({ state, recvQ, sendQ, local, peer, process }: SocketRow, withProcess: boolean): string[] {
  const [peerAddress, peerPort] = splitEndpoint(peer);
  const owner = withProcess && process !== '' ? ` users:(("${process}"))` : '';
  return [state, String(recvQ), String(sendQ), ...splitEndpoint(local), peerAddress, peerPort, owner];
}

/** Which sockets the flags pick: connections alone, with `l` listeners alone, with `a` both. */
export function pickSockets(rows: readonly SocketRow[], flags: string): readonly SocketRow[] {
  if (flags.includes('a')) return rows;
  return rows.filter(({ state }) => (state === 'LISTEN') === flags.includes('l'));
}

export function formatSockets(rows: readonly SocketRow[], options: { readonly processes: boolean }): string {
  const table = rows.map((row) => cellsOf(row, options.processes));
  const widths = COLUMNS.map(({ header }, i) =>
    Math.max(header.length, ...table.map((cells) => cells[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    COLUMNS.map(({ align, before }, i) => {
      const cell = cells[i] ?? '';
      const width = widths[i] ?? 0;
      return before + (align === 'left' ? cell.padEnd(width) : cell.padStart(width));
    }).join('');
  return [line(COLUMNS.map(({ header }) => header)), ...table.map(line)].join('\n');
}
