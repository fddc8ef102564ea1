/**
 * Words that have no place in a world: what would let the outside into src/, what only one file of harness/ may touch, and
 * what must never be published. Judges names as the syntax tree shows them, so comments and strings are free.
 */
import { lineOf, parse, type SourceFile, type SyntaxNode, walk } from './source-tree.js';

/** Global of the outside, and what src/ uses instead. */
const OUTSIDE: ReadonlyMap<string, string> = new Map([
  ['Date', 'the Clock port'],
  ['performance', 'the Clock port'],
  ['setTimeout', 'the Clock port'],
  ['setInterval', 'the Clock port'],
  ['setImmediate', 'the Clock port'],
  ['queueMicrotask', 'the event queue'],
  ['process', 'an argument'],
  ['console', 'a returned value'],
  ['globalThis', 'an argument'],
  ['fetch', 'a port'],
  ['crypto', 'src/base/random.ts'],
  ['Buffer', 'Uint8Array'],
  ['WeakRef', 'a Map'],
  ['FinalizationRegistry', 'a Map'],
  ['eval', 'plain code'],
]);

/** Members of `process` that speak to the terminal or end the program, and the files that may use them. */
const TERMINAL = new Set(['stdout', 'stderr', 'stdin', 'exit', 'exitCode', 'argv']);
const TERMINAL_OWNERS = new Set(['harness/main.ts', 'harness/terminal/streams.ts', 'harness/terminal/prompt.ts']);

function isReference(parent: SyntaxNode | undefined, key: string): boolean {
  if (!parent) return true;
  if (parent.type === 'MemberExpression') return key === 'object' || parent.computed === true;
  if (key === 'key') return parent.computed === true;
  if (parent.type.startsWith('TS') && !parent.type.endsWith('Expression')) return false;
  return !['LabeledStatement', 'BreakStatement', 'ContinueStatement', 'ImportSpecifier', 'ExportSpecifier'].includes(
    parent.type,
  );
}

/** Names that the file declares itself, anywhere: a parameter called `process` is not the global. */
function declaredNames(program: SyntaxNode): Set<string> {
  const names = new Set<string>();
  const addPattern = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    walk(value as SyntaxNode, (node) => {
      if (node.type === 'Identifier') names.add(String(node.name));
    });
  };
  walk(program, (node) => {
    if (Array.isArray(node.params)) for (const param of node.params) addPattern(param);
    if (['VariableDeclarator', 'FunctionDeclaration', 'ClassDeclaration'].includes(node.type)) addPattern(node.id);
    if (node.type.startsWith('Import') && node.local) addPattern(node.local);
  });
  return names;
}

/** `file:line: error: Date is banned in src/, use the Clock port`. */
export function judgeNames(file: SourceFile): string[] {
  const program = parse(file).program as unknown as SyntaxNode;
  const declared = declaredNames(program);
  const isCore = file.path.startsWith('src/');
  const problems: string[] = [];
  const report = (node: SyntaxNode, text: string) =>
    problems.push(`${file.path}:${lineOf(file.text, node.start)}: error: ${text}`);
  walk(program, (node, parent, key) => {
    if (node.type !== 'Identifier' || !isReference(parent, key)) return;
    const name = String(node.name);
    if (declared.has(name)) return;
    const member = (parent?.property as { name?: string } | undefined)?.name ?? '';
    const instead = OUTSIDE.get(name);
    if (isCore && instead) report(node, `${name} is banned in src/, use ${instead}`);
    else if (isCore && name === 'Math' && member === 'random') {
      report(node, 'Math.random is banned in src/, use src/base/random.ts');
    } else if (!isCore && name === 'process' && TERMINAL.has(member) && !TERMINAL_OWNERS.has(file.path)) {
      report(node, `process.${member} is banned here, use harness/terminal/streams.ts`);
    } else if (!isCore && name === 'console') report(node, 'console is banned, use harness/terminal/streams.ts');
  });
  return problems;
}

/** Paths of a machine and hosts of registries. Spelt in pieces, or this file would be found. */
const PRIVATE = [
  ['/wo', 'rk/'],
  ['/tmp', '/kw'],
  ['registry.', 'npmjs'],
  ['proxy.', 'golang'],
  ['files.', 'pythonhosted'],
].map((pieces) => pieces.join(''));

export function judgePrivateWords(file: SourceFile): string[] {
  return file.text
    .split('\n')
    .flatMap((line, index) =>
      PRIVATE.filter((word) => line.includes(word)).map(
        (word) => `${file.path}:${index + 1}: error: ${word} is of one machine and must not be published`,
      ),
    );
}
