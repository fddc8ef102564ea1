/** How long files and functions are. */
import { lineOf, parse, type SourceFile, type SyntaxNode, walk } from './source-tree.js';

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 60;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** The name it is known by: its own, that of the variable, method or property it is given to, or `a function`. */
function nameOf(node: SyntaxNode, parent: SyntaxNode | undefined): string {
  for (const holder of [node.id, parent?.key, parent?.id]) {
    const name = (holder as { name?: unknown } | null | undefined)?.name;
    if (typeof name === 'string') return name;
  }
  return 'a function';
}

/** `file:line: error: run has 72 lines; the limit is 60`, one line for each that is too long. */
export function judgeSizes(file: SourceFile): string[] {
  const problems: string[] = [];
  const lines = file.text.replace(/\n$/, '').split('\n').length;
  if (lines > FILE_LINES_MAX) {
    problems.push(`${file.path}:1: error: the file has ${lines} lines; the limit is ${FILE_LINES_MAX}`);
  }
  walk(parse(file).program as unknown as SyntaxNode, (node, parent) => {
    if (!FUNCTIONS.has(node.type)) return;
    const first = lineOf(file.text, node.start);
    const length = lineOf(file.text, node.end) - first + 1;
    if (length <= FUNCTION_LINES_MAX) return;
    problems.push(
      `${file.path}:${first}: error: ${nameOf(node, parent)} has ${length} lines; the limit is ${FUNCTION_LINES_MAX}`,
    );
  });
  return problems;
}
