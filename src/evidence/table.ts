/** Tables as kubectl prints them: Go's tabwriter with a cell at least 6 wide and 3 blanks between; the last column is not padded. */

export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, i) => Math.max(6, ...lines.map((cells) => (cells[i]?.length ?? 0) + 3)));
  return lines
    .map((cells) => cells.map((cell, i) => (i === header.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join(''))
    .join('\n');
}
