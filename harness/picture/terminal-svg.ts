/** Text with the colours of a terminal as an SVG picture of one. Knows the few escape sequences that our output has. */

interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly colour: string | undefined;
}

interface Span {
  readonly text: string;
  readonly style: Style;
}

const PLAIN: Style = { bold: false, dim: false, colour: undefined };
const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  36: '#76e3ea',
};

/** One SGR parameter; what is not known changes nothing. */
function applySgr(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, colour: undefined };
  return COLOURS[code] ? { ...style, colour: COLOURS[code] } : style;
}

/** Splits a line at its escape sequences. A style ends with its line. */
export function parseAnsi(line: string): Span[] {
  const spans: Span[] = [];
  let style = PLAIN;
  let from = 0;
  for (const match of line.matchAll(/\u001b\[([\d;]*)m/g)) {
    if (match.index > from) spans.push({ text: line.slice(from, match.index), style });
    for (const code of (match[1] ?? '').split(';')) style = applySgr(style, Number(code || 0));
    from = match.index + match[0].length;
  }
  if (from < line.length) spans.push({ text: line.slice(from), style });
  return spans;
}

/** Cuts a line of spans to a terminal's width, with an ellipsis where something is lost. */
function cut(spans: readonly Span[], columns: number): Span[] {
  const kept: Span[] = [];
  let room = columns;
  for (const span of spans) {
    if (span.text.length <= room) kept.push(span);
    else {
      kept.push({ ...span, text: `${span.text.slice(0, Math.max(0, room - 1))}…` });
      return kept;
    }
    room -= span.text.length;
  }
  return kept;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function spanSvg({ text, style }: Span): string {
  const attributes = [
    style.colour ? ` fill="${style.colour}"` : '',
    style.bold ? ' font-weight="bold"' : '',
    style.dim ? ' fill-opacity="0.6"' : '',
  ].join('');
  return `<tspan${attributes}>${escapeXml(text)}</tspan>`;
}

const CELL = { width: 8.43, height: 19 };
const MARGIN = 20;
const TITLE_BAR = 34;

/** `title` stands in the bar of the window and is what a screen reader tells. */
export function terminalSvg(lines: readonly string[], title: string, columns: number): string {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = TITLE_BAR + lines.length * CELL.height + MARGIN;
  const rows = lines.map((line, i) => {
    const y = TITLE_BAR + (i + 1) * CELL.height - 5;
    return `<text x="${MARGIN}" y="${y}">${cut(parseAnsi(line), columns).map(spanSvg).join('')}</text>`;
  });
  const buttons = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, i) => `<circle cx="${20 + i * 18}" cy="17" r="6" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escapeXml(title)}">`,
    `<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>`,
    ...buttons,
    `<text x="${width / 2}" y="22" fill="#8b949e" text-anchor="middle" font-family="sans-serif" font-size="13">${escapeXml(title)}</text>`,
    '<g fill="#e6edf3" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" xml:space="preserve" style="white-space:pre">',
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}
